# What tests share, and the libraries that only tests use.
find_package(GTest REQUIRED)
add_library(posthorn_test_libraries INTERFACE)
find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
target_link_libraries(posthorn_test_libraries INTERFACE GTest::gtest GTest::gmock GTest::gmock_main ${RAPIDCHECK_LIBRARY})

file(GLOB testkit_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/testkit/*.cpp)
list(FILTER testkit_sources EXCLUDE REGEX "fuzz_main\\.cpp$")
add_library(posthorn_testkit INTERFACE)
target_include_directories(posthorn_testkit INTERFACE ${PROJECT_SOURCE_DIR})
if(testkit_sources)
  # An object library of sources, compiled once and linked into each test program.
  add_library(posthorn_testkit_sources STATIC ${testkit_sources})
  target_include_directories(posthorn_testkit_sources PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(posthorn_testkit_sources PUBLIC posthorn_flags posthorn_test_libraries)
  target_link_libraries(posthorn_testkit INTERFACE posthorn_testkit_sources)
endif()

add_library(posthorn_fuzz_main INTERFACE)
# All of them, for `cmake --build --preset fuzz --target fuzzers`.
add_custom_target(fuzzers)
if(POSTHORN_FUZZ)
  target_compile_options(posthorn_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(posthorn_fuzz_main INTERFACE -fsanitize=fuzzer)
else()
  # Runs each file of a corpus once, so that an input that once failed stays tested in every build.
  add_library(posthorn_fuzz_corpus STATIC ${PROJECT_SOURCE_DIR}/testkit/fuzz_main.cpp)
  target_link_libraries(posthorn_fuzz_main INTERFACE posthorn_fuzz_corpus)
endif()
