#pragma once
// Removes what retention no longer keeps.

#include <cstdint>
#include <string_view>

#include "base/id.h"
#include "base/moment.h"
#include "base/result.h"
#include "state/sqlite.h"
#include "state/state.h"

namespace posthorn::state {

/// On the writer's connection and thread.
class Pruner {
public:
    /// Events that one call examines at most, besides those it removes: with a million old ones still waiting, each
    /// call goes on where the last one stopped.
    static constexpr std::size_t kExaminedMax = State::kPruneExaminedMax;

    explicit Pruner(Database& database) : database_(database) {}

    /// See State::prune; in a transaction of its own.
    Result<std::size_t> prune(Moment before, std::size_t events_max);

private:
    struct Candidate {
        EventId id;
        std::uint64_t last_id = 0;
    };

    Result<std::size_t> prune_events(Moment before, std::size_t events_max);
    Result<bool> is_final(const Candidate& event);
    Result<void> remove(const Candidate& event);
    Result<void> prune_idempotency();
    Result<void> prune_postings(Moment before);
    Result<void> give_back_pages();

    Database& database_;
    std::uint64_t examined_to_ = 0;
    std::uint64_t span_from_ = 0;  ///< Where the next call looks for spans without anything in them.
};

}  // namespace posthorn::state
