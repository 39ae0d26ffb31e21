// Settings inside rows.
#include <limits>

#include "registry/settings_json.h"

namespace posthorn::registry {

namespace json = boost::json;

namespace {

std::optional<Retry> retry_from_row(RowReader& reader) {
    auto inner = reader.object_if_there("retry");
    if (!inner) return std::nullopt;
    Retry retry;
    const auto kind = inner->text("kind");
    if (kind == "jira") retry.kind = Retry::Kind::jira;
    else if (kind == "custom") retry.kind = Retry::Kind::custom;
    else if (kind != "connect") inner->refuse("kind");
    for (const auto& wait : inner->list("waits_ms")) {
        if (wait.is_int64() && wait.get_int64() > 0) retry.waits.emplace_back(wait.get_int64());
        else inner->refuse("waits_ms");
    }
    retry.jitter = inner->number_if_there("jitter").value_or(retry.jitter);
    if (!(retry.jitter >= 0.0) || retry.jitter > 1.0) inner->refuse("jitter");
    reader.absorb(std::move(*inner));
    return retry;
}

json::object to_row_object(const Retry& retry) {
    json::object object;
    object["kind"] = retry.kind == Retry::Kind::connect ? "connect"
                     : retry.kind == Retry::Kind::jira  ? "jira"
                                                        : "custom";
    if (retry.kind != Retry::Kind::custom) return object;
    json::array waits;
    for (const auto wait : retry.waits) waits.emplace_back(wait.count());
    object["waits_ms"] = std::move(waits);
    object["jitter"] = retry.jitter;
    return object;
}

std::optional<Millis> millis_from_row(RowReader& reader, std::string_view name) {
    const auto count = reader.integer_if_there(name);
    if (!count) return std::nullopt;
    if (*count < 1) reader.refuse(name);
    return Millis(*count);
}

std::optional<std::uint32_t> count_from_row(RowReader& reader, std::string_view name) {
    const auto count = reader.integer_if_there(name);
    if (!count) return std::nullopt;
    if (*count < 1 || *count > std::numeric_limits<std::uint32_t>::max()) {
        reader.refuse(name);
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*count);
}

std::string header_identity(std::string_view identity, std::string_view name) {
    return std::string(identity) + "/header/" + std::string(name);
}

}  // namespace

json::object to_row_object(const DeliveryDefaults& defaults) {
    json::object object;
    if (defaults.retry) object["retry"] = to_row_object(*defaults.retry);
    if (defaults.connect_timeout) object["connect_timeout_ms"] = defaults.connect_timeout->count();
    if (defaults.answer_timeout) object["answer_timeout_ms"] = defaults.answer_timeout->count();
    if (defaults.concurrency) object["concurrency"] = static_cast<std::int64_t>(*defaults.concurrency);
    return object;
}

DeliveryDefaults defaults_from_row(RowReader& reader) {
    DeliveryDefaults defaults;
    defaults.retry = retry_from_row(reader);
    defaults.connect_timeout = millis_from_row(reader, "connect_timeout_ms");
    defaults.answer_timeout = millis_from_row(reader, "answer_timeout_ms");
    defaults.concurrency = count_from_row(reader, "concurrency");
    return defaults;
}

json::object to_row_object(const Settings& settings, const MasterKey& key, std::string_view identity) {
    auto object = to_row_object(settings.delivery);
    object["install_signing"] = json::string(to_text(settings.install_signing));
    if (settings.rate) object["rate"] = wire::format_rate(*settings.rate);
    if (settings.ordering.kind == Ordering::Kind::receiver) object["ordering"] = "receiver";
    if (settings.ordering.kind == Ordering::Kind::variable) {
        object["ordering"] = "variable";
        object["ordering_variable"] = settings.ordering.variable;
    }
    if (settings.standard_webhooks) object["standard_webhooks"] = true;
    if (!settings.ca.empty()) object["ca"] = settings.ca;
    json::array headers;
    for (const auto& header : settings.headers)
        headers.push_back(
            json::object{{"name", header.name},
                         {"sealed_value", key.seal(header.value.reveal(), header_identity(identity, header.name))}});
    if (!headers.empty()) object["headers"] = std::move(headers);
    return object;
}

Settings settings_from_row(RowReader& reader, const MasterKey& key, std::string_view identity) {
    Settings settings;
    settings.delivery = defaults_from_row(reader);
    if (const auto signing = parse_install_signing(reader.text("install_signing"))) settings.install_signing = *signing;
    else reader.refuse("install_signing");
    if (const auto text = reader.text_or_empty("rate"); !text.empty()) {
        const auto rate = wire::parse_rate(text);
        if (rate) settings.rate = *rate;
        else reader.refuse("rate");
    }
    const auto ordering = reader.text_or_empty("ordering");
    if (ordering == "receiver") settings.ordering.kind = Ordering::Kind::receiver;
    else if (ordering == "variable")
        settings.ordering = {.kind = Ordering::Kind::variable, .variable = reader.text("ordering_variable")};
    else if (!ordering.empty()) reader.refuse("ordering");
    settings.standard_webhooks = reader.flag("standard_webhooks");
    settings.ca = reader.text_or_empty("ca");
    for (auto& element : reader.list("headers")) {
        if (!element.is_object()) {
            reader.refuse("headers");
            continue;
        }
        RowReader header(element.get_object(), reader.where());
        const auto name = header.text("name");
        auto value = key.unseal(header.text("sealed_value"), header_identity(identity, name));
        if (value) settings.headers.push_back({.name = name, .value = std::move(*value)});
        else header.refuse("sealed_value");
        reader.absorb(std::move(header));
    }
    return settings;
}

}  // namespace posthorn::registry
