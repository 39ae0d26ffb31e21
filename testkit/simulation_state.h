#pragma once
// A State in memory, as simple as the contract allows; hundreds of simulated stores a second.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/id.h"
#include "state/state.h"

namespace posthorn::testkit {

/// Durable with each apply: what a crash leaves is the object itself. Queries that the engine's core does not ask are
/// Errc::unsupported. One thread.
class SimulationState final : public state::State {
public:
    const state::Opened& opened() const override { return opened_; }
    std::uint64_t waiting() const override;
    Result<void> set_key_check(const std::string& value) override;
    double open_share() const override { return 0; }
    Result<void> apply(std::span<const state::Numbered> records, state::Lists lists) override;
    Result<std::size_t> prune(Moment before, std::size_t events_max) override;
    Result<std::uint64_t> used_bytes() override { return std::uint64_t{0}; }
    Result<std::unique_ptr<state::Reader>> make_reader() override;

private:
    friend class SimulationReader;
    struct Row {
        model::Delivery delivery;
        model::EventPtr event;
    };

    void put(Row row);
    /// Takes the row out of the index of what waits and, unless it is final, puts it in as `change` leaves it.
    template <class Change>
    void change(DeliveryId id, Change change);
    void cancel(DeliveryId id);
    void apply(const model::EventAccepted& accepted);
    void apply(const model::AttemptEnded& ended);
    void apply(const model::DeliveriesMade& made);
    void apply(const model::DeliveriesCancelled& cancelled);
    void apply(const model::DeliveriesRescheduled& rescheduled);
    void apply(const model::RegistryChanged& changed);
    void apply(const model::DeliveriesExpired& expired);

    state::Opened opened_;
    std::unordered_map<EventId, model::EventPtr> events_;
    std::unordered_map<DeliveryId, Row> rows_;
    std::map<InstallationId, std::set<std::pair<Moment, DeliveryId>>> waiting_;
    // Ids that wait, of those with an order key.
    std::map<std::pair<InstallationId, model::OrderKey>, std::set<DeliveryId>> ordered_;
    std::map<std::pair<std::string, std::string>, std::string> registry_;
};

}  // namespace posthorn::testkit
