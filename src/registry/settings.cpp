#include "registry/settings.h"

#include <algorithm>
#include <array>

#include <boost/json/object.hpp>

#include "catalogue/json_text.h"
#include "registry/header_names.h"
#include "registry/settings_json.h"

namespace posthorn::registry {

namespace json = boost::json;

namespace {

// What answers show of a header's value. A client that sends back what it read must not set it to that.
constexpr std::string_view kMaskedValue = "***";

constexpr std::array<std::string_view, 3> kSignings = {"auto", "asymmetric", "legacy"};

template <class T>
void put(const Change<T>& change, std::optional<T>& setting) {
    if (change) setting = *change;
}

template <class T>
void put(const Change<T>& change, T& setting, T default_value) {
    if (change) setting = change->value_or(std::move(default_value));
}

json::value to_value(const std::optional<Retry>& retry) {
    if (!retry) return nullptr;
    if (retry->kind == Retry::Kind::connect) return "connect";
    if (retry->kind == Retry::Kind::jira) return "jira";
    json::array waits;
    for (const auto wait : retry->waits) waits.emplace_back(wire::format_duration(wait));
    return json::object{{"waits", std::move(waits)}, {"jitter", retry->jitter}};
}

json::value to_value(const std::optional<Millis>& duration) {
    return duration ? json::value(json::string(wire::format_duration(*duration))) : json::value(nullptr);
}

json::value to_value(const Ordering& ordering) {
    if (ordering.kind == Ordering::Kind::none) return "none";
    if (ordering.kind == Ordering::Kind::receiver) return "receiver";
    return json::string(ordering.variable);
}

}  // namespace

std::string_view to_text(InstallSigning signing) { return kSignings[static_cast<std::size_t>(signing)]; }

std::optional<InstallSigning> parse_install_signing(std::string_view text) {
    const auto found = std::ranges::find(kSignings, text);
    if (found == kSignings.end()) return std::nullopt;
    return static_cast<InstallSigning>(found - kSignings.begin());
}

DeliveryDefaults resolve(const DeliveryDefaults& own, const DeliveryDefaults& above) {
    DeliveryDefaults resolved = own;
    if (!resolved.retry) resolved.retry = above.retry;
    if (!resolved.connect_timeout) resolved.connect_timeout = above.connect_timeout;
    if (!resolved.answer_timeout) resolved.answer_timeout = above.answer_timeout;
    if (!resolved.concurrency) resolved.concurrency = above.concurrency;
    return resolved;
}

void SettingsPatch::apply_to(DeliveryDefaults& defaults) const {
    put(retry, defaults.retry);
    put(connect_timeout, defaults.connect_timeout);
    put(answer_timeout, defaults.answer_timeout);
    put(concurrency, defaults.concurrency);
}

void SettingsPatch::apply_to(Settings& settings) const {
    apply_to(settings.delivery);
    put(install_signing, settings.install_signing, InstallSigning::automatic);
    put(rate, settings.rate);
    put(ordering, settings.ordering, Ordering{});
    put(standard_webhooks, settings.standard_webhooks, false);
    put(ca, settings.ca, std::string());
    if (!headers) return;
    if (!*headers) {
        settings.headers.clear();
        return;
    }
    for (const auto& change : **headers) {
        const auto is_same = [&](const CustomHeader& header) { return same_header_name(header.name, change.name); };
        const auto found = std::ranges::find_if(settings.headers, is_same);
        if (!change.value) std::erase_if(settings.headers, is_same);
        else if (found == settings.headers.end())
            settings.headers.push_back({.name = change.name, .value = *change.value});
        else if (change.value->reveal() != kMaskedValue)
            *found = CustomHeader{.name = change.name, .value = *change.value};
    }
}

json::object to_json_object(const DeliveryDefaults& defaults) {
    json::object object;
    object["retry"] = to_value(defaults.retry);
    object["timeouts"] =
        json::object{{"connect", to_value(defaults.connect_timeout)}, {"answer", to_value(defaults.answer_timeout)}};
    object["concurrency"] = defaults.concurrency ? json::value(*defaults.concurrency) : json::value(nullptr);
    return object;
}

json::object to_json_object(const Settings& settings) {
    json::object object;
    object["installSigning"] = json::string(to_text(settings.install_signing));
    for (auto& member : to_json_object(settings.delivery)) object.emplace(member.key(), member.value());
    object["rate"] = settings.rate ? json::value(json::string(wire::format_rate(*settings.rate))) : nullptr;
    object["ordering"] = to_value(settings.ordering);
    object["standardWebhooks"] = settings.standard_webhooks;
    object["ca"] = settings.ca.empty() ? json::value(nullptr) : json::value(json::string(settings.ca));
    json::object headers;
    for (const auto& header : settings.headers) headers[header.name] = json::string(kMaskedValue);
    object["headers"] = std::move(headers);
    return object;
}

std::string to_json(const Settings& settings) {
    return catalogue::to_text(to_json_object(settings), catalogue::JsonStyle::compact);
}

std::string to_json(const DeliveryDefaults& defaults) {
    return catalogue::to_text(to_json_object(defaults), catalogue::JsonStyle::compact);
}

}  // namespace posthorn::registry
