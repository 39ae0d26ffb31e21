#include "inspect/live_stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json/serialize.hpp>

#include "api/delivery_json.h"
#include "io/random.h"

namespace posthorn::inspect {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using Kind = Happening::Kind;

constexpr std::size_t kKeptMax = 8192;
constexpr std::size_t kPieceMax = 500;
constexpr auto kKeptAfterLeaving = 5min;
constexpr auto kHeartbeat = 15s;

std::string name_of(const Happening& happening) {
    switch (happening.kind) {
        case Kind::event_accepted: return "event.accepted";
        case Kind::delivery_attempted: return "delivery.attempted";
        case Kind::delivery_delivered: return "delivery.delivered";
        case Kind::delivery_dead: return "delivery.dead";
        case Kind::receiver_changed: return "receiver." + happening.what;
        case Kind::addon_changed: break;
    }
    return std::string(happening.addon_event);
}

json::object to_json(const Happening& happening, const registry::Snapshot& snapshot) {
    const auto* tenant = snapshot.find_tenant(happening.tenant);
    const auto* installation = happening.installation ? snapshot.find_installation(happening.installation) : nullptr;
    json::object object;
    object["at"] = to_rfc3339(happening.at);
    if (happening.kind == Kind::receiver_changed) {
        object["tenant"] = nullptr;
        object["receiver"] = happening.receiver;
        if (!happening.detail.empty()) object["detail"] = happening.detail;
        return object;
    }
    object["tenant"] = tenant != nullptr ? json::value(tenant->key) : json::value(nullptr);
    if (installation != nullptr) object["addon"] = installation->addon_key;
    if (happening.kind == Kind::addon_changed) {
        object["state"] = happening.addon_state;
        if (!happening.detail.empty()) object["detail"] = happening.detail;
        return object;
    }
    object["eventId"] = to_string(happening.event);
    object["event"] = happening.event_type;
    if (happening.kind == Kind::event_accepted) {
        object["deliveries"] = happening.deliveries;
        return object;
    }
    object["id"] = to_string(happening.delivery);
    object["state"] = model::to_string(happening.state);
    object["attempt"] = happening.attempt;
    object["status"] = happening.status == 0 ? json::value(nullptr) : json::value(happening.status);
    object["failure"] = happening.failure == model::Failure::none ? json::value(nullptr)
                                                                  : json::value(model::to_string(happening.failure));
    if (happening.reason != model::DeadReason::none) object["reason"] = model::to_string(happening.reason);
    object["duration"] = api::duration_or_null(happening.total_us);
    if (happening.retry_at) object["nextAttemptAt"] = to_rfc3339(*happening.retry_at);
    return object;
}

/// What became of an add-on; empty when nothing that anyone sees.
std::string_view change_of(const registry::Installation* before, const registry::Installation& now) {
    using State = registry::InstallationState;
    // Something of it is there before the add-on has taken its install call; that is nobody's news.
    if (now.state == State::installing) return "";
    const auto was = before != nullptr ? before->state : State::uninstalled;
    const bool was_there = was == State::enabled || was == State::disabled;
    const bool is_there = now.state == State::enabled || now.state == State::disabled;
    if (!was_there) return is_there ? "addon.installed" : "";
    if (!is_there) return "addon.uninstalled";
    if (was != now.state) return now.state == State::enabled ? "addon.enabled" : "addon.disabled";
    if (before->is_paused != now.is_paused) return now.is_paused ? "addon.paused" : "addon.resumed";
    if (before->installed_at != now.installed_at) return "addon.updated";
    if (before->owes_enabled && !now.owes_enabled) return "";
    return "addon.changed";
}

std::string gap_text() {
    return "event: stream.gap\ndata: {\"detail\":\"What happened in between is not kept any more; look into the "
           "history.\"}\n\n";
}

/// What one listener wants to hear.
struct Interest {
    TenantId tenant;  // None: all.
    std::optional<std::string> addon;

    bool includes(const Happening& happening, const registry::Snapshot& snapshot) const {
        if (happening.kind == Kind::receiver_changed) return includes_receiver(happening, snapshot);
        if (tenant && happening.tenant != tenant) return false;
        if (!addon) return true;
        const auto* installation =
            happening.installation ? snapshot.find_installation(happening.installation) : nullptr;
        return installation != nullptr && installation->addon_key == *addon;
    }
    /// Whoever has an add-on there.
    bool includes_receiver(const Happening& happening, const registry::Snapshot& snapshot) const {
        if (!tenant && !addon) return true;
        return std::ranges::any_of(happening.installations, [&](InstallationId id) {
            const auto* installation = snapshot.find_installation(id);
            return installation != nullptr && (!tenant || installation->tenant == tenant) &&
                   (!addon || installation->addon_key == *addon);
        });
    }
};

tl::expected<Interest, http::Problem> interest_of(const api::Request& request) {
    Interest interest;
    interest.addon = request.query("addon");
    if (const auto key = request.query("tenant")) {
        const auto* tenant = request.snapshot->find_tenant(*key);
        if (tenant == nullptr) return tl::unexpected(api::not_found("There is no tenant '" + *key + "'."));
        interest.tenant = tenant->id;
    } else if (request.caller.key != nullptr) {
        interest.tenant = request.caller.key->tenant;
    }
    if (request.caller.key != nullptr && !request.caller.key->addon.empty()) interest.addon = request.caller.key->addon;
    const auto right = !interest.tenant ? registry::Action::read_server
                       : interest.addon ? registry::Action::read_addon
                                        : registry::Action::read_tenant;
    if (!request.caller.may(right, {interest.tenant, interest.addon.value_or("")}))
        return tl::unexpected(http::Problem{403, "forbidden", "Not this key's right",
                                            "The role of this API key does not allow this stream."});
    return interest;
}

}  // namespace

LiveStream::LiveStream(engine::Engine& engine) : engine_(engine), epoch_(io::random_uuid().substr(0, 8)) {
    engine_.add_observer(*this);
    seen_ = engine_.registry().snapshot();
    engine_.registry().watch([this](const registry::SnapshotPtr& snapshot) { on_registry(snapshot); });
}

void LiveStream::add_routes(api::Router& router) {
    router.add_stream("GET", "/api/v1/stream", registry::Action::read_tenant,
                      [this](api::Request& request) { return serve(request); });
    // Who signed out has heard enough.
    router.sessions().watch([this] { wake(); });
}

void LiveStream::wake() {
    for (auto* listener : listeners_) listener->raise();
}

void LiveStream::stop() {
    is_stopping_ = true;
    wake();
}

bool LiveStream::is_wanted() const {
    return !listeners_.empty() || std::chrono::steady_clock::now() < left_at_ + kKeptAfterLeaving;
}

void LiveStream::miss() {
    ++last_;
    kept_.clear();
}

void LiveStream::keep(Happening happening) {
    happening.sequence = ++last_;
    kept_.push_back(std::move(happening));
    if (kept_.size() > kKeptMax) kept_.pop_front();
    wake();
}

void LiveStream::on_accepted(const model::Event& event, std::size_t deliveries) {
    if (!is_wanted()) return miss();
    Happening happening;
    happening.kind = Kind::event_accepted;
    happening.at = event.accepted_at;
    happening.tenant = event.tenant;
    happening.event = event.id;
    happening.event_type = event.type;
    happening.deliveries = deliveries;
    keep(std::move(happening));
}

void LiveStream::on_attempt(const model::AttemptEnded& ended, const registry::Installation*,
                            const model::Event& event) {
    if (!is_wanted()) return miss();
    Happening happening;
    happening.kind = Kind::delivery_attempted;
    happening.at = wall_now();
    happening.tenant = event.tenant;
    happening.installation = ended.installation;
    happening.event = event.id;
    happening.event_type = event.type;
    happening.delivery = ended.delivery;
    happening.attempt = ended.attempt.number;
    happening.status = ended.attempt.status;
    happening.failure = ended.attempt.failure;
    happening.total_us = ended.attempt.times.total_us;
    happening.state = ended.verdict.state;
    happening.reason = ended.verdict.reason;
    if (ended.verdict.state == model::DeliveryState::retrying) happening.retry_at = ended.verdict.retry_at;
    keep(happening);
    if (ended.verdict.state == model::DeliveryState::retrying) return;
    happening.kind =
        ended.verdict.state == model::DeliveryState::delivered ? Kind::delivery_delivered : Kind::delivery_dead;
    keep(std::move(happening));
}

void LiveStream::on_receiver(engine::ReceiverChange change, const engine::ReceiverStatus& receiver) {
    if (!is_wanted()) return miss();
    Happening happening;
    happening.kind = Kind::receiver_changed;
    happening.at = wall_now();
    happening.what = engine::to_string(change);
    happening.detail = receiver.reason;
    happening.receiver = receiver.name;
    happening.installations = receiver.installations;
    keep(std::move(happening));
}

void LiveStream::on_registry(const registry::SnapshotPtr& snapshot) {
    if (is_wanted())
        for (const auto* installation : snapshot->installations()) {
            const auto* before = seen_->find_installation(installation->id);
            if (before != installation) keep_change(before, *installation);
        }
    else miss();
    seen_ = snapshot;
    // Whose key was removed has heard enough.
    wake();
}

void LiveStream::keep_change(const registry::Installation* before, const registry::Installation& now) {
    Happening happening;
    happening.kind = Kind::addon_changed;
    happening.addon_event = change_of(before, now);
    if (happening.addon_event.empty()) return;
    happening.at = wall_now();
    happening.tenant = now.tenant;
    happening.installation = now.id;
    const bool is_paused = now.is_paused && now.state != registry::InstallationState::uninstalled;
    happening.addon_state = is_paused ? "paused" : registry::to_text(now.state);
    happening.detail = now.paused_because;
    keep(std::move(happening));
}

io::Task<void> LiveStream::serve(api::Request& request) {
    const auto interest = interest_of(request);
    if (!interest) {
        auto response = http::to_response(interest.error());
        co_await request.exchange.respond(std::move(response));
        co_return;
    }
    // From now on, or from behind the id that the listener had last.
    auto position = last_;
    std::string opening = "retry: 1000\n\n";
    if (const auto resume = request.exchange.header("Last-Event-ID")) {
        const auto dash = resume->find('-');
        std::uint64_t sequence = 0;
        const bool is_ours =
            dash != std::string_view::npos && resume->substr(0, dash) == epoch_ &&
            std::from_chars(resume->data() + dash + 1, resume->data() + resume->size(), sequence).ec == std::errc();
        const auto first_kept = kept_.empty() ? last_ + 1 : kept_.front().sequence;
        if (is_ours && sequence + 1 >= first_kept && sequence <= last_) position = sequence;
        else opening += gap_text();
    }
    io::Signal signal(engine_.net().get_executor());
    const auto listener = listeners_.insert(listeners_.end(), &signal);
    http::HeaderList headers{{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
    auto written = co_await request.exchange.start_stream(200, std::move(headers));
    if (written) written = co_await request.exchange.write_piece(std::move(opening));
    while (written && !is_stopping_) {
        std::string piece;
        const auto snapshot = engine_.registry().snapshot();
        if (!api::still_holds(request.caller, *snapshot)) break;
        // Who reads too slowly is told that he has missed something.
        if (!kept_.empty() && kept_.front().sequence > position + 1) {
            piece += gap_text();
            position = kept_.front().sequence - 1;
        }
        auto next = std::ranges::upper_bound(kept_, position, {}, &Happening::sequence);
        for (std::size_t count = 0; next != kept_.end() && count < kPieceMax; ++next) {
            position = next->sequence;
            if (!interest->includes(*next, *snapshot)) continue;
            ++count;
            piece += "id: " + epoch_ + "-" + std::to_string(next->sequence) + "\nevent: ";
            piece.append(name_of(*next))
                .append("\ndata: ")
                .append(json::serialize(to_json(*next, *snapshot)))
                .append("\n\n");
        }
        if (piece.empty()) {
            const auto until = std::chrono::steady_clock::now() + kHeartbeat;
            co_await signal.wait_until(until);
            if (std::chrono::steady_clock::now() < until) continue;
            piece = ": still here\n\n";
        }
        written = co_await request.exchange.write_piece(std::move(piece));
    }
    listeners_.erase(listener);
    left_at_ = std::chrono::steady_clock::now();
    if (written) co_await request.exchange.finish_stream();
}

}  // namespace posthorn::inspect
