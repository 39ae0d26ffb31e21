#include "engine/attempt_request.h"

#include <utility>

#include "base/assert.h"
#include "render/call.h"

namespace posthorn::engine {

namespace {

using namespace std::chrono_literals;

// connect.md section 5, "Retries".
const outcome::RetrySchedule& connect_schedule() {
    static const outcome::RetrySchedule schedule({5s, 30s, 2min, 10min, 30min, 1h, 3h, 6h, 12h}, 0.2);
    return schedule;
}
// Five times, 5 to 15 minutes apart.
const outcome::RetrySchedule& jira_schedule() {
    static const outcome::RetrySchedule schedule({10min, 10min, 10min, 10min, 10min}, 0.5);
    return schedule;
}

bool has_lifecycle_url(const registry::Installation& installation, const model::Event& event) {
    const auto& urls = installation.lifecycle_urls;
    return event.type == "connect_addon_enabled" ? urls.enabled.has_value() : urls.disabled.has_value();
}

/// The whole message; every header value was checked when it came in.
std::string message(const render::Call& call, std::string_view authority, std::optional<std::string_view> authorization,
                    std::string_view more_lines) {
    std::string bytes;
    bytes.reserve(call.target.size() + call.header_lines.size() + call.body.size() + more_lines.size() + 640);
    bytes.append("POST ").append(call.target).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
    bytes.append(call.header_lines);
    if (authorization) bytes.append("Authorization: ").append(*authorization).append("\r\n");
    bytes.append(more_lines);
    bytes.append("Content-Length: ").append(std::to_string(call.body.size())).append("\r\n\r\n");
    bytes.append(call.body);
    return bytes;
}

}  // namespace

registry::DeliveryDefaults delivery_settings(const registry::Installation& installation,
                                             const registry::Snapshot& snapshot,
                                             const registry::DeliveryDefaults& defaults) {
    const auto* tenant = snapshot.find_tenant(installation.tenant);
    POSTHORN_ASSERT(tenant != nullptr);
    return registry::resolve(installation.settings.delivery, registry::resolve(tenant->defaults, defaults));
}

outcome::RetrySchedule schedule_of(const registry::Retry& retry) {
    switch (retry.kind) {
        case registry::Retry::Kind::connect: return connect_schedule();
        case registry::Retry::Kind::jira: return jira_schedule();
        case registry::Retry::Kind::custom: break;
    }
    return {retry.waits, retry.jitter};
}

LaneConfig lane_config(const registry::Installation& installation, const registry::Snapshot& snapshot,
                       const registry::DeliveryDefaults& defaults) {
    LaneConfig config;
    config.installation = installation.id;
    config.receiver = installation.receiver.origin();
    config.concurrency = delivery_settings(installation, snapshot, defaults).concurrency.value();
    config.tenant = installation.tenant;
    config.rate = installation.settings.rate;
    config.pauses = installation.pauses;
    config.is_held = installation.is_paused || installation.is_rotating;
    return config;
}

io::DialTarget dial_target(const registry::Installation& installation, Millis connect_timeout) {
    io::DialTarget target;
    target.is_https = installation.receiver.scheme == wire::Scheme::https;
    target.host = installation.receiver.host;
    target.port = installation.receiver.port;
    target.ca_pem = installation.settings.ca;
    target.connect_timeout = connect_timeout;
    if (installation.is_inspector) target.way = io::Way::own_listener;
    return target;
}

CallPlan call_plan(const registry::Installation& installation, const registry::Snapshot& snapshot,
                   const registry::DeliveryDefaults& defaults) {
    const auto settings = delivery_settings(installation, snapshot, defaults);
    deliver::Destination to;
    to.dial = dial_target(installation, settings.connect_timeout.value());
    to.origin = installation.receiver.origin();
    to.pool_key = to.origin;
    if (!installation.settings.ca.empty()) to.pool_key += '\n' + installation.settings.ca;
    if (installation.is_inspector) to.pool_key += "\nown";  // Its connections go to another address.
    to.authority = installation.receiver.authority();
    to.answer_timeout = settings.answer_timeout.value();
    return {std::move(to), schedule_of(settings.retry.value())};
}

std::optional<AttemptRequest> RequestMaker::make(const Start& start, const registry::Snapshot& snapshot,
                                                 std::shared_ptr<const CallPlan> plan) {
    const auto& delivery = start.due.delivery;
    const auto& event = *start.due.event;
    const auto* installation = snapshot.find_installation(delivery.installation);
    if (installation == nullptr || installation->state == registry::InstallationState::uninstalled) return std::nullopt;
    const auto* tenant = snapshot.find_tenant(installation->tenant);
    const auto* webhook = installation->find_webhook(delivery.webhook);
    if (delivery.webhook == model::kLifecycleWebhook ? !has_lifecycle_url(*installation, event) : webhook == nullptr)
        return std::nullopt;

    const std::uint32_t retry = delivery.attempts + (start.may_be_repeat ? 1 : 0);
    const render::CallContext context{catalogue_, snapshot.custom_types(installation->tenant), store_id_};
    auto call = render::render(event, delivery, *installation, webhook, retry, context);

    const sign::SignedRequest to_sign{"POST", call.target, call.base_path_bytes};
    const auto now = wall_now();
    const auto authorization = tokens_.authorization(to_sign, *installation, *tenant, event.user, now);
    std::string more_lines;
    if (installation->settings.standard_webhooks && installation->hmac)
        more_lines = sign::standard_webhooks_lines(render::webhook_identifier(delivery.id, store_id_), call.body,
                                                   *installation->hmac, now);

    AttemptRequest made;
    made.request.bytes = message(call, plan->destination.authority, authorization, more_lines);
    made.request.target = std::move(call.target);
    made.plan = std::move(plan);
    made.notes = std::move(call.notes);
    made.is_unsafe = call.is_unsafe;
    return made;
}

}  // namespace posthorn::engine
