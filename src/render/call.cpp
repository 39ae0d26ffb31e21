#include "render/call.h"

#include <algorithm>
#include <charconv>

#include <boost/algorithm/string/predicate.hpp>

#include "base/assert.h"
#include "render/variables.h"
#include "version.h"
#include "wire/json.h"

namespace posthorn::render {

namespace {

void append_header(std::string& lines, std::string_view name, std::string_view value) {
    lines.append(name).append(": ").append(value).append("\r\n");
}

void append_number(std::string& text, std::int64_t value) {
    char digits[24];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    POSTHORN_ASSERT(error == std::errc());
    text.append(digits, end);
}

std::optional<std::string_view> if_known(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

const wire::UrlTemplate& template_of(const model::Event& event, const registry::Installation& installation,
                                     const registry::Webhook* webhook) {
    if (webhook != nullptr) return webhook->url;
    const auto& urls = installation.lifecycle_urls;
    const auto& url = event.type == "connect_addon_enabled" ? urls.enabled : urls.disabled;
    POSTHORN_ASSERT(url.has_value());
    return *url;
}

/// Whether the operator set a User-Agent for this add-on, which then stands in place of ours.
bool has_own_user_agent(const registry::Settings& settings) {
    return std::ranges::any_of(settings.headers, [](const registry::CustomHeader& header) {
        return boost::algorithm::iequals(header.name, "User-Agent");
    });
}

void append_headers(const model::Event& event, const model::Delivery& delivery,
                    const registry::Installation& installation, bool has_body, std::uint32_t retry,
                    std::string_view store_id, std::string& lines) {
    if (has_body) append_header(lines, "Content-Type", "application/json");
    append_header(lines, "Atlassian-Connect-Version", "2.0.0");
    if (!has_own_user_agent(installation.settings)) append_header(lines, "User-Agent", "Posthorn/" POSTHORN_VERSION);
    append_header(lines, "X-Atlassian-Webhook-Identifier", webhook_identifier(delivery.id, store_id));
    if (retry > 0) {
        lines += "X-Atlassian-Webhook-Retry: ";
        append_number(lines, retry);
        lines += "\r\n";
    }
    // Primary unless the event says that it is the fallout of a bulk change.
    append_header(lines, "X-Atlassian-Webhook-Flow", event.flow == model::Flow::secondary ? "Secondary" : "Primary");
    if (!event.traceparent.empty()) append_header(lines, "traceparent", event.traceparent);
    for (const auto& header : installation.settings.headers) append_header(lines, header.name, header.value.reveal());
}

}  // namespace

std::string webhook_identifier(DeliveryId delivery, std::string_view store_id) {
    auto identifier = to_string(delivery);
    identifier += '.';
    identifier += store_id.substr(0, 12);
    return identifier;
}

void append_body(const model::Event& event, std::string& body) {
    if (!event.adds_timestamp && !event.adds_webhook_event) {
        body += event.payload;
        return;
    }
    body.reserve(body.size() + event.payload.size() + event.type.size() + 64);
    body += '{';
    if (event.adds_timestamp) {
        body += "\"timestamp\":";
        append_number(body, event.timestamp_ms);
    }
    if (event.adds_webhook_event) {
        if (event.adds_timestamp) body += ',';
        body += "\"webhookEvent\":";
        wire::append_json_string(body, event.type);
    }
    // Everything behind the payload's opening brace follows as it came.
    const auto open = event.payload.find('{');
    POSTHORN_ASSERT(open != std::string::npos);
    const auto first = event.payload.find_first_not_of(" \t\r\n", open + 1);
    if (first != std::string::npos && event.payload[first] != '}') body += ',';
    body.append(event.payload, open + 1);
}

Call render(const model::Event& event, const model::Delivery& delivery, const registry::Installation& installation,
            const registry::Webhook* webhook, std::uint32_t retry, const CallContext& context) {
    const auto& url = template_of(event, installation, webhook);
    Call call;
    call.base_path_bytes = url.base_path_bytes();

    const VariableValues values(event, url, context.catalogue, context.custom_types);
    const auto rendered = url.render(values.values(), call.target);
    call.is_unsafe = rendered.is_unsafe;
    for (const auto name : rendered.without_value)
        call.notes.push_back("The event has no value for ${" + std::string(name) + "}: it is empty in the URL.");
    wire::append_user_parameters(call.target, if_known(event.user.id), if_known(event.user.key));

    const bool has_body = webhook == nullptr || !webhook->declared.exclude_body;
    if (webhook == nullptr) call.body = event.payload;
    else if (has_body) append_body(event, call.body);

    call.header_lines.reserve(320);
    append_headers(event, delivery, installation, has_body, retry, context.store_id, call.header_lines);
    return call;
}

}  // namespace posthorn::render
