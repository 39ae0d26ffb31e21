#include "program/event_sample.h"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"

namespace posthorn::program {

std::string envelope_of(const catalogue::Sample& sample, std::string_view event) {
    json::object envelope{{"event", event}, {"payload", sample.payload}};
    json::object user;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) user[name] = value;
    };
    add("id", sample.user.id);
    add("key", sample.user.key);
    add("accountId", sample.user.account_id);
    add("displayName", sample.user.display_name);
    if (!user.empty()) envelope["user"] = std::move(user);
    if (!sample.context.empty()) envelope["context"] = sample.context;
    return json::serialize(envelope);
}

std::string value_in(const catalogue::Sample& sample, const catalogue::Variable& variable) {
    const auto text = [](const json::value& value) -> std::string {
        if (value.is_string()) return std::string(value.get_string());
        return value.is_null() || value.is_structured() ? std::string() : json::serialize(value);
    };
    if (const auto* value = sample.context.if_contains(variable.name)) return text(*value);
    const json::value payload(sample.payload);
    for (const auto& pointer : variable.pointers) {
        boost::system::error_code error;
        const auto* value = payload.find_pointer(pointer, error);
        if (value == nullptr || error) continue;
        if (auto found = text(*value); !found.empty()) return found;
    }
    return {};
}

void print_receipt(const json::value& receipt, const Paint& paint) {
    const auto deliveries = text_of(receipt, "deliveries");
    const bool is_duplicate = text_of(receipt, "duplicate") == "true";
    print_line(fmt::format("{} {} {}: {} {}{}", paint(Style::green, "accepted"), text_of(receipt, "id"),
                           printable(text_of(receipt, "event")), deliveries,
                           deliveries == "1" ? "delivery" : "deliveries",
                           is_duplicate ? paint(Style::yellow, " (the same event again: nothing new)") : ""));
    if (deliveries == "0")
        print_line(paint(Style::dim, "No enabled add-on has a webhook for it: 'posthorn addon list' shows them."));
}

}  // namespace posthorn::program
