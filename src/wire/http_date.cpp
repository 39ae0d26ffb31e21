#include "wire/http_date.h"

#include <array>
#include <optional>

#include <fmt/format.h>

namespace posthorn::wire {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads pieces from the front of a text; once one is missing, all that follow are.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool is_fine() const { return is_fine_; }
    bool is_complete() const { return is_fine_ && rest_.empty(); }

    void literal(std::string_view text) {
        is_fine_ = is_fine_ && rest_.starts_with(text);
        if (is_fine_) rest_.remove_prefix(text.size());
    }

    int digits(std::size_t count) {
        is_fine_ = is_fine_ && rest_.size() >= count;
        int value = 0;
        for (std::size_t i = 0; is_fine_ && i < count; ++i) {
            is_fine_ = rest_[i] >= '0' && rest_[i] <= '9';
            value = value * 10 + (rest_[i] - '0');
        }
        if (is_fine_) rest_.remove_prefix(count);
        return is_fine_ ? value : 0;
    }

    // asctime's day of the month: two digits, or a space and one.
    int padded_day() {
        if (!rest_.starts_with(' ')) return digits(2);
        literal(" ");
        return digits(1);
    }

    // The index of the name that comes next.
    template <std::size_t n>
    std::size_t one_of(const std::array<std::string_view, n>& names) {
        for (std::size_t i = 0; is_fine_ && i < n; ++i) {
            if (!rest_.starts_with(names[i])) continue;
            rest_.remove_prefix(names[i].size());
            return i;
        }
        is_fine_ = false;
        return 0;
    }

    seconds time() {
        const hours h(digits(2));
        literal(":");
        const minutes m(digits(2));
        literal(":");
        const seconds s(digits(2));
        is_fine_ = is_fine_ && h < 24h && m < 60min && s <= 60s;  // 60 is a leap second.
        return h + m + s;
    }

    month read_month() { return month(static_cast<unsigned>(one_of(kMonths)) + 1); }

private:
    std::string_view rest_;
    bool is_fine_ = true;
};

struct Parts {
    year_month_day date;
    seconds time;
};

std::optional<Parts> read_imf(std::string_view text) {
    Reader reader(text);
    reader.one_of(kDays);
    reader.literal(", ");
    const day d(static_cast<unsigned>(reader.digits(2)));
    reader.literal(" ");
    const month m = reader.read_month();
    reader.literal(" ");
    const year y(reader.digits(4));
    reader.literal(" ");
    const seconds time = reader.time();
    reader.literal(" GMT");
    if (!reader.is_complete()) return std::nullopt;
    return Parts{y / m / d, time};
}

std::optional<Parts> read_rfc850(std::string_view text, sys_seconds now) {
    Reader reader(text);
    reader.one_of(kLongDays);
    reader.literal(", ");
    const day d(static_cast<unsigned>(reader.digits(2)));
    reader.literal("-");
    const month m = reader.read_month();
    reader.literal("-");
    const int two_digits = reader.digits(2);
    reader.literal(" ");
    const seconds time = reader.time();
    reader.literal(" GMT");
    if (!reader.is_complete()) return std::nullopt;
    const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
    int y = this_year - this_year % 100 + two_digits;
    if (y > this_year + 50) y -= 100;
    return Parts{year(y) / m / d, time};
}

std::optional<Parts> read_asctime(std::string_view text) {
    Reader reader(text);
    reader.one_of(kDays);
    reader.literal(" ");
    const month m = reader.read_month();
    reader.literal(" ");
    const day d(static_cast<unsigned>(reader.padded_day()));
    reader.literal(" ");
    const seconds time = reader.time();
    reader.literal(" ");
    const year y(reader.digits(4));
    if (!reader.is_complete()) return std::nullopt;
    return Parts{y / m / d, time};
}

}  // namespace

std::string format_http_date(sys_seconds at) {
    const sys_days date = floor<days>(at);
    const year_month_day ymd(date);
    const hh_mm_ss time(at - date);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(date).c_encoding()],
                       static_cast<unsigned>(ymd.day()), kMonths[static_cast<unsigned>(ymd.month()) - 1],
                       static_cast<int>(ymd.year()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

Result<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) {
    auto parts = read_imf(text);
    if (!parts) parts = read_rfc850(text, now);
    if (!parts) parts = read_asctime(text);
    if (!parts || !parts->date.ok()) {
        return fail(Errc::invalid, "this is not an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT`");
    }
    return sys_days(parts->date) + parts->time;
}

}  // namespace posthorn::wire
