#pragma once
// Random bytes from the system (libsodium).

#include <cstddef>
#include <cstdint>
#include <string>

namespace posthorn::io {

/// `count` random bytes, fit for secrets. Any thread.
std::string random_bytes(std::size_t count);
/// All 64 bits random. Any thread.
std::uint64_t random_number();
/// A random UUID, version 4 (RFC 9562), lower case, with hyphens. Any thread.
std::string random_uuid();

}  // namespace posthorn::io
