# What tests share, and the libraries that only tests use.
find_package(GTest REQUIRED)
add_library(posthorn_test_libraries INTERFACE)
find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
target_link_libraries(posthorn_test_libraries INTERFACE GTest::gtest GTest::gmock GTest::gmock_main ${RAPIDCHECK_LIBRARY})

# A test links what its rank allows: the first library needs nothing of ours beyond io/, the second a whole engine.
set(testkit_of_engine engine_fixture.cpp recording_receiver.cpp simulation_state.cpp)
file(GLOB testkit_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/testkit/*.cpp)
list(TRANSFORM testkit_of_engine PREPEND ${PROJECT_SOURCE_DIR}/testkit/)
list(REMOVE_ITEM testkit_sources ${testkit_of_engine} ${PROJECT_SOURCE_DIR}/testkit/fuzz_main.cpp)
foreach(library posthorn_testkit posthorn_testkit_engine)
  add_library(${library} STATIC)
  target_include_directories(${library} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${library} PUBLIC posthorn_flags posthorn_test_libraries)
endforeach()
target_sources(posthorn_testkit PRIVATE ${testkit_sources})
target_sources(posthorn_testkit_engine PRIVATE ${testkit_of_engine})

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
