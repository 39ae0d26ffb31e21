#include "program/time_text.h"

#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "wire/duration.h"

namespace posthorn::program {

namespace {

std::tm local_tm(Moment at) {
    const auto seconds =
        static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
}

std::string amount(Millis duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min", seconds / 60);
    return fmt::format("{} h", seconds / 3600);
}

}  // namespace

std::string relative_time(Moment at, Moment now) {
    const auto passed = now - at;
    if (passed > std::chrono::days(1) || passed < -std::chrono::days(1)) {
        const auto parts = local_tm(at);
        return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                           parts.tm_hour, parts.tm_min);
    }
    if (passed < Millis(0)) return passed > -std::chrono::seconds(1) ? "now" : "in " + amount(-passed);
    return passed < std::chrono::seconds(1) ? "now" : amount(passed) + " ago";
}

std::string local_time(Moment at) {
    const auto parts = local_tm(at);
    const auto millis = (at - std::chrono::floor<std::chrono::seconds>(at)).count();
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, millis);
}

std::string local_clock(Moment at) {
    const auto parts = local_tm(at);
    return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Result<Moment> parse_since(std::string_view text, Moment now) {
    if (const auto back = wire::parse_duration(text)) return now - *back;
    if (const auto at = parse_rfc3339(std::string(text))) return *at;
    return fail(Errc::invalid, fmt::format("'{}' is no time: give how long ago (30m, 1h, 3d) or when "
                                           "(2026-11-24T20:14:00Z)",
                                           text));
}

Result<Moment> parse_at(std::string_view text) {
    std::int64_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, seconds);
    // Farther from 1970 than 10000 years the calendar ends.
    constexpr std::int64_t kSecondsMax = 253'402'300'799;
    if (error == std::errc() && seconds >= 0 && seconds <= kSecondsMax) {
        if (stop == end) return from_epoch_ms(seconds * 1000);
        std::int64_t fraction = 0;
        std::int64_t scale = 100;
        const auto* digit = stop + 1;
        const bool has_digits = *stop == '.' && digit != end;
        for (; has_digits && digit != end && *digit >= '0' && *digit <= '9'; ++digit) {
            fraction += (*digit - '0') * scale;
            scale /= 10;
        }
        if (has_digits && digit == end) return from_epoch_ms(seconds * 1000 + fraction);
    }
    if (const auto at = parse_rfc3339(std::string(text))) return *at;
    return fail(Errc::invalid, fmt::format("'{}' is no time: give 2026-11-24T20:14:00Z or seconds since 1970 "
                                           "(1795550040)",
                                           text));
}

}  // namespace posthorn::program
