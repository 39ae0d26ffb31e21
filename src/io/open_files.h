#pragma once
// How many files and sockets this process may have open.

#include <cstddef>

namespace posthorn::io {

/// Raises the process's soft limit to its hard limit, and returns what holds now. Any thread; meant for the start.
/// Source: setrlimit(2), RLIMIT_NOFILE.
std::size_t raise_open_files_max();

}  // namespace posthorn::io
