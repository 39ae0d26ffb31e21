#pragma once
// Events that wait a moment, before they are accepted, for room in memory at the add-ons that hear them.

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/moment.h"
#include "model/record.h"

namespace posthorn::engine {

class Acceptance;

struct WaitingEvent {
    model::Event event;
    std::vector<model::Target> targets;
    model::Idempotency idempotency;
    Acceptance* acceptance = nullptr;
    Moment until{};
};

/// A queue for each lane, and one for what waits for all of them. An event that finds no room in a lane which takes
/// many calls a second is better off here for some milliseconds than in the state, from where it would have to be
/// read again; and whoever posts so fast is slowed down to what is delivered. Bounded: what has no place here is
/// accepted at once, and waits in the state.
class WaitingRoom {
public:
    static constexpr std::size_t kBytesMax = 16 << 20;
    static constexpr Millis kWait{100};  ///< Nobody waits longer.

    bool has_place() const { return bytes_ < kBytesMax; }
    bool is_empty() const { return queues_.empty(); }
    void put(InstallationId lane, WaitingEvent waiting) {
        bytes_ += size_of(waiting);
        queues_[lane].push_back(std::move(waiting));
    }

    /// Lets those go for which `may_go(waiting)`, of each lane the oldest first. `go(waiting)` puts none.
    template <class MayGo, class Go>
    void release(MayGo may_go, Go go) {
        for (auto queue = queues_.begin(); queue != queues_.end();) {
            auto& events = queue->second;
            while (!events.empty() && may_go(std::as_const(events.front()))) {
                bytes_ -= size_of(events.front());
                go(std::move(events.front()));
                events.pop_front();
            }
            queue = events.empty() ? queues_.erase(queue) : std::next(queue);
        }
    }

private:
    static std::size_t size_of(const WaitingEvent& waiting) { return sizeof waiting + waiting.event.payload.size(); }

    std::unordered_map<InstallationId, std::deque<WaitingEvent>> queues_;
    std::size_t bytes_ = 0;
};

}  // namespace posthorn::engine
