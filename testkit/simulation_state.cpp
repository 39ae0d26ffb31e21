#include "testkit/simulation_state.h"

#include <algorithm>
#include <vector>

#include "wire/record_codec.h"

namespace posthorn::testkit {

class SimulationReader final : public state::Reader {
public:
    explicit SimulationReader(const SimulationState& state) : state_(state) {}

    Result<std::vector<model::RegistryRow>> registry() override {
        std::vector<model::RegistryRow> rows;
        rows.reserve(state_.registry_.size());
        for (const auto& [place, value] : state_.registry_) rows.push_back({place.first, place.second, value});
        return rows;
    }
    Result<std::vector<state::Waiting>> waiting() override {
        std::vector<state::Waiting> all;
        for (const auto& [installation, due] : state_.waiting_)
            if (!due.empty())
                all.push_back({installation, due.begin()->first, due.size(),
                               std::ranges::min(due, {}, &std::pair<Moment, DeliveryId>::second).second});
        return all;
    }
    Result<state::DueAnswer> due(InstallationId installation, Moment now, std::size_t deliveries_max) override {
        state::DueAnswer answer;
        const auto found = state_.waiting_.find(installation);
        if (found == state_.waiting_.end()) return answer;
        std::size_t heads = 0;
        for (const auto& [due_at, id] : found->second) {
            const auto& row = state_.rows_.at(id);
            const auto order = row.delivery.order;
            const std::set<DeliveryId>* key = nullptr;
            if (order != model::kUnordered) {
                key = &state_.ordered_.at({installation, order});
                if (*key->begin() != id) continue;
            }
            if (heads++ >= deliveries_max || due_at > now) {
                answer.next_due = due_at;
                break;
            }
            answer.due.push_back({row.delivery, row.event});
            if (key == nullptr) continue;
            std::size_t count = 0;
            for (auto follower = std::next(key->begin()); follower != key->end(); ++follower) {
                const auto& next = state_.rows_.at(*follower);
                if (count++ == state::kFollowersMax || next.delivery.due_at > now) {
                    answer.due.back().has_followers = true;
                    break;
                }
                answer.due.push_back({next.delivery, next.event, true});
            }
        }
        return answer;
    }
    Result<std::vector<DeliveryId>> waiting_up_to(InstallationId installation, std::uint64_t last,
                                                  std::size_t deliveries_max) override {
        std::vector<DeliveryId> ids;
        const auto found = state_.waiting_.find(installation);
        if (found == state_.waiting_.end()) return ids;
        for (const auto& [due_at, id] : found->second)
            if (id.value <= last && ids.size() < deliveries_max) ids.push_back(id);
        return ids;
    }
    Result<model::EventPtr> event(EventId id) override {
        const auto found = state_.events_.find(id);
        if (found == state_.events_.end()) return fail(Errc::not_found, "no such event");
        return found->second;
    }
    Result<state::DeliveryDetail> delivery(DeliveryId id) override {
        const auto found = state_.rows_.find(id);
        if (found == state_.rows_.end()) return fail(Errc::not_found, "no such delivery");
        state::DeliveryDetail detail;
        detail.row.delivery = found->second.delivery;
        detail.event = found->second.event;
        return detail;
    }

    Result<std::vector<state::DeliveryRow>> deliveries_of(EventId) override { return not_simulated(); }
    Result<state::DeliveryPage> deliveries(const state::DeliveryFilter&, std::optional<std::uint64_t>,
                                           std::size_t) override {
        return not_simulated();
    }
    Result<state::EventPage> events(TenantId, std::optional<std::string>, std::optional<Moment>, std::optional<Moment>,
                                    std::optional<std::uint64_t>, std::size_t) override {
        return not_simulated();
    }
    Result<state::Count> count_deliveries(const state::DeliveryFilter&, std::uint64_t) override {
        return not_simulated();
    }
    Result<std::optional<Moment>> oldest_waiting() override { return not_simulated(); }
    Result<std::optional<state::Earlier>> idempotency(TenantId, const std::string&, Moment) override {
        return not_simulated();
    }

private:
    static Error not_simulated() { return fail(Errc::unsupported, "not simulated"); }
    const SimulationState& state_;
};

Result<void> SimulationState::set_key_check(const std::string& value) {
    opened_.key_check = value;
    return {};
}

std::uint64_t SimulationState::waiting() const {
    std::uint64_t count = 0;
    for (const auto& [installation, due] : waiting_) count += due.size();
    return count;
}

Result<std::size_t> SimulationState::prune(Moment, std::size_t) { return std::size_t{0}; }

Result<std::unique_ptr<state::Reader>> SimulationState::make_reader() {
    return std::make_unique<SimulationReader>(*this);
}

Result<void> SimulationState::apply(std::span<const state::Numbered> records, state::Lists) {
    std::vector<model::Record> decoded;
    auto sequence = opened_.applied;
    for (const auto& record : records) {
        if (record.sequence <= sequence) continue;
        if (record.sequence != sequence + 1)
            return fail(Errc::corrupt, "a gap before " + std::to_string(record.sequence));
        POSTHORN_TRY(auto one, wire::decode_record(record.kind, record.bytes));
        decoded.push_back(std::move(one));
        ++sequence;
    }
    for (const auto& record : decoded) std::visit([this](const auto& one) { apply(one); }, record);
    opened_.applied = sequence;
    return {};
}

void SimulationState::put(Row row) {
    opened_.last_id = std::max(opened_.last_id, row.delivery.id.value);
    waiting_[row.delivery.installation].emplace(row.delivery.due_at, row.delivery.id);
    if (row.delivery.order != model::kUnordered)
        ordered_[{row.delivery.installation, row.delivery.order}].insert(row.delivery.id);
    rows_[row.delivery.id] = std::move(row);
}

template <class Change>
void SimulationState::change(DeliveryId id, Change change) {
    auto& delivery = rows_.at(id).delivery;
    auto& waiting = waiting_[delivery.installation];
    waiting.erase({delivery.due_at, id});
    change(delivery);
    if (!model::is_final(delivery.state)) waiting.emplace(delivery.due_at, id);
    else if (delivery.order != model::kUnordered) ordered_[{delivery.installation, delivery.order}].erase(id);
}

void SimulationState::apply(const model::EventAccepted& accepted) {
    const auto& event = accepted.event;
    events_[event->id] = event;
    opened_.last_id = std::max(opened_.last_id, last_id_of(event->id, accepted.targets.size()));
    for (std::size_t n = 0; n < accepted.targets.size(); ++n) {
        Row row{{}, event};
        row.delivery.id = delivery_of(event->id, n);
        row.delivery.event = event->id;
        row.delivery.installation = accepted.targets[n].installation;
        row.delivery.webhook = accepted.targets[n].webhook;
        row.delivery.order = accepted.targets[n].order;
        row.delivery.due_at = row.delivery.made_at = event->accepted_at;
        put(std::move(row));
    }
}

void SimulationState::apply(const model::AttemptEnded& ended) {
    if (!rows_.contains(ended.delivery)) return;
    change(ended.delivery, [&](model::Delivery& delivery) {
        ++delivery.attempts;
        if (model::is_final(delivery.state)) return;
        delivery.state = ended.verdict.state;
        delivery.reason = ended.verdict.reason;
        delivery.due_at = ended.verdict.retry_at;
    });
}

void SimulationState::apply(const model::DeliveriesMade& made) {
    for (const auto& delivery : made.deliveries) {
        const auto event = events_.find(delivery.event);
        if (event != events_.end()) put({delivery, event->second});
    }
}

void SimulationState::cancel(DeliveryId id) {
    if (!rows_.contains(id)) return;
    change(id, [](model::Delivery& delivery) {
        if (!model::is_final(delivery.state)) delivery.state = model::DeliveryState::cancelled;
    });
}

void SimulationState::apply(const model::DeliveriesCancelled& cancelled) {
    for (const auto id : cancelled.deliveries) cancel(id);
    if (!cancelled.installation) return;
    const auto waiting = waiting_[cancelled.installation];
    for (const auto& [due_at, id] : waiting) cancel(id);
}

void SimulationState::apply(const model::DeliveriesExpired& expired) {
    for (const auto id : expired.deliveries) {
        if (!rows_.contains(id)) continue;
        change(id, [](model::Delivery& delivery) {
            if (model::is_final(delivery.state)) return;
            delivery.state = model::DeliveryState::dead;
            delivery.reason = model::DeadReason::deadline;
        });
    }
}

void SimulationState::apply(const model::DeliveriesRescheduled& rescheduled) {
    const auto waiting = waiting_[rescheduled.installation];
    for (const auto& [due_at, id] : waiting)
        change(id, [&](model::Delivery& delivery) { delivery.due_at = rescheduled.due_at; });
}

void SimulationState::apply(const model::RegistryChanged& changed) {
    for (const auto& row : changed.rows) {
        if (row.value) registry_[{row.kind, row.key}] = *row.value;
        else registry_.erase({row.kind, row.key});
    }
}

}  // namespace posthorn::testkit
