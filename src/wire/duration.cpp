#include "wire/duration.h"

#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace posthorn::wire {
namespace {

using namespace std::chrono;

struct Unit {
    std::string_view name;
    Millis length;
};
// The largest first.
constexpr std::array<Unit, 5> kUnits = {
    {{"d", days(1)}, {"h", hours(1)}, {"m", minutes(1)}, {"s", seconds(1)}, {"ms", Millis(1)}}};
constexpr Millis kDurationMax = days(36500);
constexpr std::uint32_t kRateMax = 1'000'000;

std::optional<Millis> unit_length(std::string_view name) {
    for (const Unit& unit : kUnits) {
        if (unit.name == name) return unit.length;
    }
    return std::nullopt;
}

// Takes a number without sign from the front of `text`.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t number = 0;
    if (text.starts_with('-')) return std::nullopt;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
    std::string_view rest = text;
    const auto number = take_number(rest);
    const auto unit = unit_length(rest);
    if (!number || !unit) {
        return fail(Errc::invalid, fmt::format("`{}` is not a duration such as 500ms, 30s, 2m, 3h or 3d", text));
    }
    if (*number > kDurationMax / *unit) return fail(Errc::invalid, fmt::format("`{}` is longer than 36500 days", text));
    return *unit * *number;
}

std::string format_duration(Millis duration) {
    for (const Unit& unit : kUnits) {
        if (duration % unit.length == Millis(0) && duration >= unit.length) {
            return fmt::format("{}{}", duration / unit.length, unit.name);
        }
    }
    return "0s";
}

Result<Rate> parse_rate(std::string_view text) {
    std::string_view rest = text;
    const auto number = take_number(rest);
    const auto unit = rest.starts_with('/') ? unit_length(rest.substr(1)) : std::nullopt;
    const bool is_unit_fine = unit && *unit >= seconds(1) && *unit <= hours(1);
    if (!number || !is_unit_fine || *number < 1 || *number > kRateMax) {
        return fail(Errc::invalid,
                    fmt::format("`{}` is not a rate such as 100/s, 10/m or 5/h (1 to {} in each)", text, kRateMax));
    }
    return Rate{static_cast<std::uint32_t>(*number), *unit};
}

std::string format_rate(Rate rate) {
    for (const Unit& unit : kUnits) {
        if (unit.length == rate.per) return fmt::format("{}/{}", rate.count, unit.name);
    }
    return fmt::format("{}/{}", rate.count, format_duration(rate.per));
}

}  // namespace posthorn::wire
