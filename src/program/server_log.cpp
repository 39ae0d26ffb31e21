#include "program/server_log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "program/log.h"

namespace posthorn::program {

namespace {

using namespace std::chrono_literals;

std::string tenant_of(const registry::Snapshot& snapshot, TenantId id) {
    const auto* tenant = snapshot.find_tenant(id);
    return tenant != nullptr ? tenant->key : std::string();
}

}  // namespace

void ServerLog::listen_to(engine::Engine& engine) {
    engine.add_observer(*this);
    seen_ = engine.registry().snapshot();
    engine.registry().watch([this](const registry::SnapshotPtr& snapshot) { on_registry(snapshot); });
}

void ServerLog::on_notice(const engine::StateNotice& notice) {
    using Kind = engine::StateNotice::Kind;
    switch (notice.kind) {
        case Kind::trouble: return log_error("the store can't be written", {{"why", notice.words}});
        case Kind::trouble_over: return log_info("the store can be written again");
        case Kind::refusing: return log_warning("events are refused", {{"why", notice.words}});
        case Kind::refusing_over: return log_info("events are taken again");
        case Kind::slow_commit:
            return log_warning("the store was slow", {{"milliseconds", std::to_string(notice.took.count())},
                                                      {"records", std::to_string(notice.count)}});
        case Kind::pruned: return log_info("retention removed events", {{"events", std::to_string(notice.count)}});
    }
}

void ServerLog::on_attempt(const model::AttemptEnded& ended, const registry::Installation* installation,
                           const model::Event& event) {
    if (ended.verdict.state != model::DeliveryState::dead) return;
    const auto now = std::chrono::steady_clock::now();
    if (now >= minute_began_ + 1min) {
        if (dead_in_minute_ > kDeadLinesMax)
            log_warning("more deliveries are dead", {{"deliveries", std::to_string(dead_in_minute_ - kDeadLinesMax)}});
        minute_began_ = now;
        dead_in_minute_ = 0;
    }
    if (++dead_in_minute_ > kDeadLinesMax) return;
    LogFacts facts{{"delivery", to_string(ended.delivery)},
                   {"event", event.type},
                   {"reason", std::string(to_string(ended.verdict.reason))},
                   {"attempt", std::to_string(ended.attempt.number)}};
    if (seen_) facts.emplace_back("tenant", tenant_of(*seen_, event.tenant));
    if (installation != nullptr) facts.emplace_back("addon", installation->addon_key);
    if (ended.attempt.status != 0) facts.emplace_back("status", std::to_string(ended.attempt.status));
    else facts.emplace_back("failure", std::string(to_string(ended.attempt.failure)));
    log_warning("a delivery is dead", facts);
}

void ServerLog::on_receiver(engine::ReceiverChange change, const engine::ReceiverStatus& receiver) {
    LogFacts facts{{"receiver", receiver.name}};
    switch (change) {
        case engine::ReceiverChange::opened:
            facts.emplace_back("why", receiver.reason);
            if (receiver.next_probe) facts.emplace_back("nextProbeAt", to_rfc3339(*receiver.next_probe));
            return log_warning("a receiver fails: its deliveries wait", facts);
        case engine::ReceiverChange::closed: return log_info("a receiver answers again", facts);
        case engine::ReceiverChange::paused: return log_info("a receiver was paused", facts);
        case engine::ReceiverChange::resumed: return log_info("a receiver was resumed", facts);
    }
}

void ServerLog::on_registry(const registry::SnapshotPtr& snapshot) {
    log_addons(*snapshot);
    log_keys(*snapshot);
    seen_ = snapshot;
}

void ServerLog::log_addons(const registry::Snapshot& snapshot) {
    for (const auto* installation : snapshot.installations()) {
        const auto* before = seen_->find_installation(installation->id);
        if (before == installation) continue;  // Snapshots share what did not change.
        const LogFacts facts{{"tenant", tenant_of(snapshot, installation->tenant)}, {"addon", installation->addon_key}};
        if (before == nullptr || before->state != installation->state) {
            log_info("an add-on is " + std::string(registry::to_text(installation->state)), facts);
        } else if (before->is_paused != installation->is_paused) {
            if (!installation->is_paused) {
                log_info("an add-on was resumed", facts);
            } else if (installation->paused_because.empty()) {
                log_info("an add-on was paused", facts);
            } else {
                auto more = facts;
                more.emplace_back("why", installation->paused_because);
                log_warning("an add-on was paused", more);
            }
        }
        for (const auto& webhook : installation->webhooks) {
            const auto* earlier = before != nullptr ? before->find_webhook(webhook.number) : nullptr;
            if (!webhook.is_paused() || earlier == nullptr || earlier->is_paused()) continue;
            auto more = facts;
            more.emplace_back("event", webhook.declared.event);
            more.emplace_back("why", webhook.paused_because);
            log_warning("a webhook is paused", more);
        }
    }
}

void ServerLog::log_keys(const registry::Snapshot& snapshot) {
    const auto told = [](const registry::ApiKey& key) {
        return LogFacts{{"key", key.id}, {"role", std::string(registry::to_text(key.role))}, {"note", key.note}};
    };
    const auto has = [](const std::vector<const registry::ApiKey*>& keys, const std::string& id) {
        return std::ranges::any_of(keys, [&](const auto* key) { return key->id == id; });
    };
    const auto now = snapshot.api_keys();
    const auto before = seen_->api_keys();
    if (now.size() == before.size()) return;  // They are made and deleted one at a time, never changed.
    for (const auto* key : now)
        if (!has(before, key->id)) log_info("an API key was made", told(*key));
    for (const auto* key : before)
        if (!has(now, key->id)) log_info("an API key was deleted", told(*key));
}

}  // namespace posthorn::program
