#include "inspect/inspector_json.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "api/json_answer.h"
#include "inspect/foreign_json.h"
#include "wire/percent.h"

namespace posthorn::inspect {

namespace json = boost::json;

namespace {

std::string_view path_of(const std::string& target) { return std::string_view(target).substr(0, target.find('?')); }

json::array query_of(const std::string& target) {
    json::array parameters;
    const auto mark = target.find('?');
    std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto decoded = [](std::string_view text) {
            return utf8_text(wire::percent_decode(text, wire::Plus::space));
        };
        const auto value = equals == std::string_view::npos ? std::string() : decoded(pair.substr(equals + 1));
        parameters.push_back(json::object{{"name", decoded(pair.substr(0, equals))}, {"value", value}});
    }
    return parameters;
}

json::value header_or_null(const RecordedCall& call, std::string_view name) {
    const auto value = call.header(name);
    return value ? json::value(utf8_text(*value)) : json::value(nullptr);
}

}  // namespace

json::object summary_json(const RecordedCall& call) {
    json::object object;
    object["n"] = call.number;
    object["at"] = to_rfc3339(call.at);
    object["kind"] = call.kind == RecordedCall::Kind::event ? "event" : "lifecycle";
    object["name"] = utf8_text(call.name);
    object["method"] = utf8_text(call.method);
    object["target"] = utf8_text(call.target);
    object["answered"] = call.answered;
    object["size"] = call.body_bytes;
    const auto retry = retry_of(call);
    object["retry"] = retry ? json::value(*retry) : json::value(nullptr);
    object["identifier"] = header_or_null(call, "X-Atlassian-Webhook-Identifier");
    object["token"] = api::parsed(call.token_summary);
    return object;
}

json::object full_json(const RecordedCall& call) {
    auto object = summary_json(call);
    object["token"] = api::parsed(call.token);
    object["path"] = utf8_text(path_of(call.target));
    object["query"] = query_of(call.target);
    json::array headers;
    for (const auto& [name, value] : call.headers)
        headers.push_back(json::object{{"name", utf8_text(name)}, {"value", utf8_text(value)}});
    object["headers"] = std::move(headers);
    const auto body = shown_body(call.body);
    object["body"] = body.text;
    object["bodyEncoding"] = body.encoding;
    object["bodyCut"] = call.body_bytes > kBodyBytesKept;
    return object;
}

json::object to_json(const Inspector& inspector, const Inspectors& inspectors, const registry::Snapshot& snapshot) {
    const auto* tenant = snapshot.find_tenant(inspector.tenant);
    const auto& limits = inspectors.limits();
    json::object object;
    object["id"] = inspector.id;
    object["tenant"] = tenant != nullptr ? json::value(tenant->key) : json::value(nullptr);
    object["addon"] = inspector.addon_key();
    object["descriptorUrl"] = inspectors.descriptor_url(inspector);
    object["page"] = "/inspect/" + inspector.addon_key();
    object["createdAt"] = to_rfc3339(inspector.created_at);
    object["expiresAt"] = to_rfc3339(inspector.expires_at);
    object["calls"] = inspector.last_number;
    object["kept"] = inspector.calls_kept;
    object["dropped"] = inspector.calls_dropped();
    object["bytes"] = inspector.bytes;
    object["limits"] =
        json::object{{"calls", limits.calls_max}, {"bytes", limits.bytes_max}, {"bodyBytes", kBodyBytesKept}};
    json::array tenants;
    for (const auto* installation : inspectors.installations(inspector, snapshot))
        if (const auto* where = snapshot.find_tenant(installation->tenant)) tenants.emplace_back(where->key);
    object["installedIn"] = std::move(tenants);
    return object;
}

json::array to_json(const std::vector<InspectorHost>& hosts) {
    json::array array;
    for (const auto& host : hosts)
        array.push_back(json::object{{"clientKey", utf8_text(host.client_key)},
                                     {"baseUrl", utf8_text(host.base_url)},
                                     {"verified", host.is_verified},
                                     {"installed", host.is_installed},
                                     {"at", to_rfc3339(host.at)}});
    return array;
}

}  // namespace posthorn::inspect
