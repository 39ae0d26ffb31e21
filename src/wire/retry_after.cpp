#include "wire/retry_after.h"

#include <algorithm>

#include "wire/http_date.h"

namespace posthorn::wire {

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
    constexpr std::chrono::seconds none{0};
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    if (!value.empty() && std::ranges::all_of(value, is_digit)) {
        std::chrono::seconds wait = none;
        for (const char c : value) wait = std::min(wait * 10 + std::chrono::seconds(c - '0'), kRetryAfterMax);
        return wait;
    }
    const auto at = parse_http_date(value, now);
    if (!at) return std::nullopt;
    return std::clamp(*at - now, none, kRetryAfterMax);
}

}  // namespace posthorn::wire
