# Every library is a Debian 12 package; docs/decisions/ says why each was chosen.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
# Metrics' text alone, for src/inspect; its CMake package would look for the libraries of its HTTP server too.
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

add_library(posthorn_dependencies INTERFACE)
target_link_libraries(posthorn_dependencies INTERFACE
  Threads::Threads Boost::json OpenSSL::SSL OpenSSL::Crypto SQLite::SQLite3 fmt::fmt
  PkgConfig::sodium PkgConfig::cares)
# Asio is compiled once, in src/io/asio.cpp, so that the files that use it compile fast.
target_compile_definitions(posthorn_dependencies INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
if(POSTHORN_BENCH)
  find_package(benchmark REQUIRED)
endif()
