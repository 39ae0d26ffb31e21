#include "api/delivery_json.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "api/json_answer.h"
#include "engine/attempt_request.h"
#include "wire/base64.h"
#include "wire/jwt.h"
#include "wire/qsh.h"
#include "wire/url.h"

namespace posthorn::api {

namespace {

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(utf8_of(text));
}

std::string lower(std::string_view text) {
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return copy;
}

bool is_secret(std::string_view name, const registry::Installation& installation) {
    const auto wanted = lower(name);
    return wanted == "authorization" || std::ranges::any_of(installation.settings.headers, [&](const auto& header) {
               return lower(header.name) == wanted;
           });
}

/// The head of a message of ours as [{"name","value"}], secrets masked.
json::array masked_headers(std::string_view head, const registry::Installation& installation) {
    json::array headers;
    head = head.substr(head.find("\r\n") + 2);  // Behind the request line.
    while (!head.empty()) {
        const auto line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) break;
        const auto name = line.substr(0, colon);
        const auto value = is_secret(name, installation) ? "***" : utf8_of(line.substr(colon + 2));
        headers.push_back(json::object{{"name", name}, {"value", value}});
    }
    return headers;
}

/// Header and claims of "JWT header.claims.signature" as JSON objects; what is no token gives nothing.
std::optional<std::pair<json::object, json::object>> parts_of(std::string_view authorization) {
    if (!authorization.starts_with("JWT ")) return std::nullopt;
    authorization.remove_prefix(4);
    const auto first = authorization.find('.');
    const auto second = authorization.find('.', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
    const auto header = wire::base64url_decode(authorization.substr(0, first));
    const auto claims = wire::base64url_decode(authorization.substr(first + 1, second - first - 1));
    if (!header || !claims) return std::nullopt;
    return std::pair{parsed(*header).as_object(), parsed(*claims).as_object()};
}

/// What the token said, without its signature, and the canonical request that its qsh is the hash of. The token shown
/// is made now, so its times are set to those of the last attempt.
json::value token_json(std::string_view head, const std::string& url, const registry::Installation& installation,
                       const std::vector<model::Attempt>& attempts) {
    constexpr std::string_view kName = "\r\nAuthorization: ";
    const auto at = head.find(kName);
    if (at == std::string_view::npos) return nullptr;
    const auto value = head.substr(at + kName.size());
    auto parts = parts_of(value.substr(0, value.find("\r\n")));
    if (!parts) return nullptr;
    auto& [header, claims] = *parts;
    if (!attempts.empty()) {
        const auto issued = std::chrono::floor<std::chrono::seconds>(attempts.back().started_at).time_since_epoch();
        claims["iat"] = issued.count();
        claims["exp"] = (issued + wire::kTokenLifetime).count();
    }
    json::object token{{"header", std::move(header)}, {"claims", std::move(claims)}};
    const auto target = wire::parse_url(url);
    const auto base = wire::parse_url(installation.base_url);
    if (target && base)
        token["canonicalRequest"] =
            utf8_of(wire::canonical_request("POST", wire::without_base_path(target->path, base->path), target->query));
    return token;
}

json::value request_json(const state::DeliveryDetail& detail, engine::Engine& engine) {
    const auto snapshot = engine.registry().snapshot();
    engine::Start start{{detail.row.delivery, detail.event}, false};
    // As the last attempt was, or as the first will be.
    if (start.due.delivery.attempts > 0) --start.due.delivery.attempts;
    const auto made = engine.request_of(start);
    if (!made) return nullptr;
    const std::string_view bytes = made->request.bytes;
    const auto end = bytes.find("\r\n\r\n");
    const auto* installation = snapshot->find_installation(detail.row.delivery.installation);
    json::object request;
    request["method"] = "POST";
    request["url"] = made->url();
    request["headers"] = masked_headers(bytes.substr(0, end + 2), *installation);
    request["body"] = utf8_of(bytes.substr(end + 4));
    request["token"] = token_json(bytes.substr(0, end + 2), made->url(), *installation, detail.attempts);
    return request;
}

json::array header_list(std::string_view lines) {
    json::array headers;
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        headers.push_back(
            json::object{{"name", utf8_of(line.substr(0, colon))}, {"value", utf8_of(line.substr(colon + 2))}});
    }
    return headers;
}

}  // namespace

json::value duration_or_null(std::int32_t microseconds) {
    if (microseconds < 0) return nullptr;
    return json::value(fmt::format("{}.{:03}ms", microseconds / 1000, microseconds % 1000));
}

json::object to_json(const state::DeliveryRow& row, const registry::Snapshot& snapshot) {
    const auto& delivery = row.delivery;
    const auto* installation = snapshot.find_installation(delivery.installation);
    json::object object;
    object["id"] = to_string(delivery.id);
    object["eventId"] = to_string(delivery.event);
    object["event"] = row.event_type;
    object["addon"] = installation != nullptr ? json::value(installation->addon_key) : json::value(nullptr);
    object["webhook"] = delivery.webhook == model::kLifecycleWebhook
                            ? json::value("lifecycle")
                            : json::value(fmt::format("{}-{}", delivery.installation.value, delivery.webhook));
    object["state"] = model::to_string(delivery.state);
    object["reason"] = text_or_null(model::to_string(delivery.reason));
    object["attemptCount"] = delivery.attempts;
    object["madeAt"] = to_rfc3339(delivery.made_at);
    object["nextAttemptAt"] =
        model::is_final(delivery.state) ? json::value(nullptr) : json::value(to_rfc3339(delivery.due_at));
    object["endedAt"] = time_or_null(row.ended_at);
    object["lastStatus"] = row.last_status == 0 ? json::value(nullptr) : json::value(row.last_status);
    object["lastFailure"] = text_or_null(model::to_string(row.last_failure));
    object["lastDuration"] = duration_or_null(row.last_total_us);
    object["replayOf"] = delivery.replay_of ? json::value(to_string(delivery.replay_of)) : json::value(nullptr);
    return object;
}

json::object to_json(const model::Attempt& attempt) {
    json::object object;
    object["number"] = attempt.number;
    object["startedAt"] = to_rfc3339(attempt.started_at);
    object["status"] = attempt.status == 0 ? json::value(nullptr) : json::value(attempt.status);
    object["failure"] = text_or_null(model::to_string(attempt.failure));
    object["detail"] = text_or_null(attempt.detail);
    object["times"] = json::object{{"dns", duration_or_null(attempt.times.dns_us)},
                                   {"connect", duration_or_null(attempt.times.connect_us)},
                                   {"tls", duration_or_null(attempt.times.tls_us)},
                                   {"firstByte", duration_or_null(attempt.times.first_byte_us)},
                                   {"total", duration_or_null(attempt.times.total_us)}};
    object["address"] = text_or_null(attempt.address);
    object["url"] = utf8_of(attempt.url);
    object["responseHeaders"] = header_list(attempt.response_headers);
    object["responseBody"] = utf8_of(attempt.response_body);
    json::array notes;
    for (const auto& note : attempt.notes) notes.emplace_back(utf8_of(note));
    object["notes"] = std::move(notes);
    return object;
}

json::object to_json(const state::DeliveryDetail& detail, engine::Engine& engine) {
    auto object = to_json(detail.row, *engine.registry().snapshot());
    object["request"] = request_json(detail, engine);
    json::array attempts;
    for (const auto& attempt : detail.attempts) attempts.emplace_back(to_json(attempt));
    object["attempts"] = std::move(attempts);
    return object;
}

json::object to_json(const model::Event& event) {
    json::object object;
    object["id"] = to_string(event.id);
    object["event"] = event.type;
    object["acceptedAt"] = to_rfc3339(event.accepted_at);
    object["timestamp"] = event.timestamp_ms;
    if (event.flow != model::Flow::unspecified)
        object["flow"] = event.flow == model::Flow::primary ? "Primary" : "Secondary";
    json::object user;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) user[name] = utf8_of(value);
    };
    add("id", event.user.id);
    add("key", event.user.key);
    add("accountId", event.user.account_id);
    add("displayName", event.user.display_name);
    object["user"] = user.empty() ? json::value(nullptr) : json::value(std::move(user));
    json::object context;
    for (const auto& [name, value] : event.context) context[utf8_of(name)] = utf8_of(value);
    object["context"] = std::move(context);
    // A string: parsed and printed again it would not be the bytes that came.
    object["payload"] = utf8_of(event.payload);
    return object;
}

}  // namespace posthorn::api
