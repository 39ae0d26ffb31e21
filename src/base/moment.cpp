#include "base/moment.h"

#include <atomic>
#include <cstdio>

namespace posthorn {

namespace {

/// Days from 1970-01-01 of a date in the proleptic Gregorian calendar, or nothing when there is no such day.
bool days_of(int year, unsigned month, unsigned day, std::chrono::sys_days& days) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!date.ok()) return false;
    days = std::chrono::sys_days(date);
    return true;
}

}  // namespace

Moment wall_now() {
    // Relaxed: the value itself is all that is shared; nothing else is published through it.
    static std::atomic<std::int64_t> last{0};
    const auto now = epoch_ms(std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()));
    auto seen = last.load(std::memory_order_relaxed);
    while (seen < now && !last.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
    }
    return from_epoch_ms(std::max(seen, now));
}

std::string to_rfc3339(Moment at) {
    const auto days = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(days);
    const std::chrono::hh_mm_ss time(at - days);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
    return text;
}

Result<Moment> parse_rfc3339(const std::string& text) {
    const auto wrong = [&] {
        return fail(Errc::invalid, "'" + text + "' is not a time: give RFC 3339 such as 2026-11-24T20:14:00Z");
    };
    int year = 0, read = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
    // "2026-11-24T20:14:00" is 19 characters, so signs and blanks that sscanf would skip change `read`.
    if (std::sscanf(text.c_str(), "%4d-%2u-%2u%*1[Tt ]%2u:%2u:%2u%n", &year, &month, &day, &hour, &minute, &second,
                    &read) != 6 ||
        read != 19 || text.find_first_of("+-", 0) != 4)
        return wrong();
    std::size_t at = 19;
    std::int64_t millis = 0;
    if (at < text.size() && text[at] == '.') {
        std::int64_t scale = 100;
        const auto digits_from = ++at;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
            millis += (text[at] - '0') * scale;
        if (at == digits_from) return wrong();
    }
    std::chrono::minutes offset(0);
    const std::string zone = text.substr(at);
    if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':') {
        unsigned hours = 0, minutes = 0;
        if (std::sscanf(zone.c_str() + 1, "%2u:%2u", &hours, &minutes) != 2 || hours > 23 || minutes > 59)
            return wrong();
        offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
        if (zone[0] == '-') offset = -offset;
    } else if (zone != "Z" && zone != "z") {
        return wrong();
    }
    std::chrono::sys_days days;
    if (!days_of(year, month, day, days) || hour > 23 || minute > 59 || second > 60) return wrong();
    return Moment(days) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
           Millis(millis) - offset;
}

}  // namespace posthorn
