#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "wire/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn::wire;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    base_url_faults(text, PlainHttp::refused);
    const auto url = parse_url(text);
    if (!url) return 0;
    // What we say a URL means, we read back the same way.
    const auto again = parse_url(url->origin() + url->target());
    if (!again || again->host != url->host || again->port != url->port || again->scheme != url->scheme ||
        again->target() != url->target() || again->has_user_info) {
        std::abort();
    }
    return 0;
}
