#include "io/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace posthorn::io {

namespace {

// Where there is no limit; more are never used.
constexpr rlim_t kManyFiles = 1 << 20;
constexpr std::size_t kUsualFiles = 1024;

}  // namespace

std::size_t raise_open_files_max() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUsualFiles;
    const auto before = limit.rlim_cur;
    limit.rlim_cur = std::min(limit.rlim_max, kManyFiles);
    if (limit.rlim_cur < before || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace posthorn::io
