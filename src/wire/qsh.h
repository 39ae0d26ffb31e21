#pragma once
// The query string hash, which binds a token to one request (connect.md section 3).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace posthorn::wire {

/// 64 lower-case hex digits.
using QueryStringHash = std::array<char, 64>;
inline std::string_view text_of(const QueryStringHash& hash) { return {hash.data(), hash.size()}; }

/// Appends `METHOD&path&query`. `path` is the request's path without the path of baseUrl, as on the wire;
/// `query` as on the wire, without the '?'.
void append_canonical_request(std::string& out, std::string_view method, std::string_view path, std::string_view query);
std::string canonical_request(std::string_view method, std::string_view path, std::string_view query);

/// SHA-256 of the canonical request. Any thread.
QueryStringHash query_string_hash(std::string_view method, std::string_view path, std::string_view query);
/// The hash for a request target of which the first `base_path_bytes` are the path of baseUrl.
QueryStringHash query_string_hash_of_target(std::string_view method, std::string_view target,
                                            std::size_t base_path_bytes);
/// The hash of a canonical request that is already there.
QueryStringHash hash_of_canonical_request(std::string_view canonical);

enum class CanonicalPart : std::uint8_t { none, method, path, query };
/// Which part of two canonical requests is the first to differ; none if they are equal.
CanonicalPart first_difference(std::string_view one, std::string_view other);
std::string_view to_text(CanonicalPart part);

/// `path` without the path of baseUrl (trailing slashes ignored); `path` itself if it isn't below it.
std::string_view without_base_path(std::string_view path, std::string_view base_path);

}  // namespace posthorn::wire
