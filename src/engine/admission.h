#pragma once
// When events are refused so that what was accepted stays within bounds.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/moment.h"

namespace posthorn::engine {

enum class Refusal : std::uint8_t { none, backlog, store_limit, disk, applier };
/// "backlog", "store_limit", "disk", "applier"; "" for none.
std::string_view to_string(Refusal refusal);
/// Why, and what to do, as a sentence for the one who posts and for the operator; empty for none.
std::string_view words_of(Refusal refusal);

struct AdmissionLimits {
    std::uint64_t waiting_max = 10'000'000;  ///< Deliveries that wait, in all.
    std::uint64_t store_bytes_max = 0;       ///< Of the store's rows; 0: no limit.
    /// Free bytes that the store's disk keeps, but never more than a twentieth of the disk.
    std::uint64_t disk_free_bytes_min = 256 << 20;
    std::string folder;  ///< Of the store.
};

/// What admission depends on, as of now.
struct AdmissionLoad {
    std::uint64_t waiting = 0;
    std::uint64_t store_bytes = 0;
    bool can_prune = true;  ///< Removing the oldest final events may still bring store_bytes down.
    std::uint64_t journal_free_bytes = 0;
    std::uint64_t journal_bytes = 0;
};

/// Decides now and then, for the events of the next moments. Each limit has to be left by a fiftieth before events are
/// taken again, so that the answer does not change with every event. One thread.
class Admission {
public:
    explicit Admission(AdmissionLimits limits) : limits_(std::move(limits)) {}

    Refusal decide(const AdmissionLoad& load, Moment now);

private:
    bool is_disk_low(Moment now);
    /// Whether `value` is over, where `before` says that it was.
    static bool is_over(std::uint64_t value, std::uint64_t max, bool before);

    AdmissionLimits limits_;
    Refusal last_ = Refusal::none;
    Moment disk_seen_at_{};
    bool is_disk_low_ = false;
};

}  // namespace posthorn::engine
