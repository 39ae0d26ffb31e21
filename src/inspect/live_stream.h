#pragma once
// What happens, as it happens: /api/v1/stream (server-sent events).

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>

#include "api/router.h"
#include "engine/engine.h"
#include "io/signal.h"

namespace posthorn::inspect {

/// One thing that happened, small enough to be kept for a while.
struct Happening {
    enum class Kind : std::uint8_t {
        event_accepted,
        delivery_attempted,
        delivery_delivered,
        delivery_dead,
        addon_changed,
        receiver_changed
    };
    std::uint64_t sequence = 0;
    Kind kind = Kind::event_accepted;
    Moment at;
    TenantId tenant;
    InstallationId installation;  ///< None for an event.
    EventId event;
    std::string event_type;
    DeliveryId delivery;
    std::size_t deliveries = 0;  ///< With event_accepted.
    std::uint32_t attempt = 0;
    std::uint16_t status = 0;
    model::Failure failure = model::Failure::none;
    model::DeliveryState state = model::DeliveryState::pending;
    model::DeadReason reason = model::DeadReason::none;
    std::int32_t total_us = -1;
    std::optional<Moment> retry_at;
    std::string_view addon_event;  ///< With addon_changed: "addon.installed"; static.
    std::string addon_state;       ///< With addon_changed: the state that it is in now.
    std::string what;      ///< With receiver_changed: the last word of the name.
    std::string detail;    ///< Why a receiver is not called, or an add-on was paused; may be empty.
    std::string receiver;  ///< With receiver_changed.
    std::vector<InstallationId> installations;  ///< With receiver_changed: who is there.
};

/// Keeps the last happenings while somebody listens or did so lately, and sends them to whoever does. Net thread only;
/// outlives the engine's work and the router's requests.
class LiveStream : public engine::Observer {
public:
    explicit LiveStream(engine::Engine& engine);

    /// Adds GET /api/v1/stream?tenant=&addon=, resumable by Last-Event-ID.
    void add_routes(api::Router& router);

    /// Ends all streams; at shutdown.
    void stop();

    void on_accepted(const model::Event& event, std::size_t deliveries) override;
    void on_attempt(const model::AttemptEnded& ended, const registry::Installation* installation,
                    const model::Event& event) override;
    void on_receiver(engine::ReceiverChange change, const engine::ReceiverStatus& receiver) override;

private:
    io::Task<void> serve(api::Request& request);
    void on_registry(const registry::SnapshotPtr& snapshot);
    bool is_wanted() const;
    void keep(Happening happening);
    /// All who listen look at what there is, and whether they may still hear it.
    void wake();
    /// Something happened and nobody listens: who resumes behind it is told of the gap.
    void miss();
    void keep_change(const registry::Installation* before, const registry::Installation& now);

    engine::Engine& engine_;
    std::string epoch_;  // Of this start: ids of another one can't be resumed.
    std::deque<Happening> kept_;
    std::uint64_t last_ = 0;
    std::list<io::Signal*> listeners_;
    std::chrono::steady_clock::time_point left_at_{};  // When the last listener left.
    registry::SnapshotPtr seen_;
    bool is_stopping_ = false;
};

}  // namespace posthorn::inspect
