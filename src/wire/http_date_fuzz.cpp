#include <cstdint>
#include <cstdlib>

#include "wire/http_date.h"
#include "wire/retry_after.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn::wire;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::chrono::sys_seconds now{std::chrono::seconds(1'795'550'000)};
    if (const auto at = parse_http_date(text, now)) {
        const auto again = parse_http_date(format_http_date(*at), now);
        if (!again || *again != *at) std::abort();
    }
    const auto wait = parse_retry_after(text, now);
    if (wait && (wait->count() < 0 || *wait > kRetryAfterMax)) std::abort();
    return 0;
}
