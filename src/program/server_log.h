#pragma once
// What happens in the server, as lines of its log.

#include <chrono>
#include <cstdint>

#include "engine/engine.h"

namespace posthorn::program {

/// A line for each thing that an operator would ask about later: add-ons and keys that come, change and go; deliveries
/// that are dead; receivers that fail; a store that is full, slow or in trouble. Not for accepted events or attempts:
/// there are too many, and the history has them. Never a secret or a payload. Net thread.
class ServerLog : public engine::Observer {
public:
    /// A receiver that is gone can make many deliveries dead at once: more lines than this a minute are counted instead.
    static constexpr std::uint64_t kDeadLinesMax = 60;

    /// From now on; the engine outlives the log's being told of anything.
    void listen_to(engine::Engine& engine);

    void on_notice(const engine::StateNotice& notice);
    void on_accepted(const model::Event&, std::size_t) override {}
    void on_attempt(const model::AttemptEnded& ended, const registry::Installation* installation,
                    const model::Event& event) override;
    void on_receiver(engine::ReceiverChange change, const engine::ReceiverStatus& receiver) override;

private:
    void on_registry(const registry::SnapshotPtr& snapshot);
    void log_addons(const registry::Snapshot& snapshot);
    void log_keys(const registry::Snapshot& snapshot);

    registry::SnapshotPtr seen_;
    std::chrono::steady_clock::time_point minute_began_{};
    std::uint64_t dead_in_minute_ = 0;
};

}  // namespace posthorn::program
