#include "catalogue/site.h"

#include <fmt/format.h>

namespace posthorn::catalogue {

Site::Site(const SampleOptions& options) : now_(options.now), base_url_(options.base_url) {
    while (base_url_.ends_with('/')) base_url_.pop_back();
}

std::string Site::url(std::string_view path) const { return base_url_ + std::string(path); }

std::int64_t Site::ms(Millis before) const { return epoch_ms(now_ - before); }

std::string Site::iso(Millis before) const {
    std::string text = iso_z(before);
    text.pop_back();
    return text + "+0000";
}

std::string Site::iso_z(Millis before) const { return to_rfc3339(now_ - before); }

std::string Site::date(std::chrono::days before) const { return iso_z(before).substr(0, 10); }

std::string Site::user_date(std::chrono::days before) const {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(now_ - before));
    return fmt::format("{:02}/{}/{:02}", static_cast<unsigned>(day.day()),
                       kMonths.substr((static_cast<unsigned>(day.month()) - 1) * 3, 3),
                       static_cast<int>(day.year()) % 100);
}

model::ActingUser acting_user(const Person& person) {
    return {.id = std::string(person.name),
            .key = std::string(person.name),
            .account_id = std::string(person.account_id),
            .display_name = std::string(person.display_name)};
}

}  // namespace posthorn::catalogue
