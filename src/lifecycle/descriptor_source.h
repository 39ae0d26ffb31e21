#pragma once
// A descriptor by URL.

#include <string>

#include <tl/expected.hpp>

#include "base/moment.h"
#include "http/problem_details.h"
#include "io/dialer.h"
#include "io/task.h"

namespace posthorn::lifecycle {

/// The text at `url`: at most registry::kDescriptorBytesMax, within `limit`, no redirects, connected to by the
/// dialer's rules. `ca_pem` in place of the system's authorities, may be empty. A problem is always 422. Net thread.
io::Task<tl::expected<std::string, http::Problem>> fetch_descriptor(io::Dialer& dialer, std::string url,
                                                                    std::string ca_pem, Millis limit);

}  // namespace posthorn::lifecycle
