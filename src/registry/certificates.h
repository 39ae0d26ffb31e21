#pragma once
// The certificate authorities that an operator sets for an add-on.

#include <cstddef>
#include <string>
#include <string_view>

namespace posthorn::registry {

inline constexpr std::size_t kCertificatesBytesMax = 256 * 1024;

/// What is wrong with `pem` as a list of one or more certificates, as a sentence; empty when it is fine.
std::string certificates_fault(std::string_view pem);

}  // namespace posthorn::registry
