#pragma once
// Counters of the log thread, for metrics.

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace posthorn::journal {

/// A histogram with a bucket for each power of two: bucket n counts the values from 2^(n-1) to 2^n - 1,
/// bucket 0 the zeros, the last one everything above. One thread counts, any thread reads.
class PowerHistogram {
public:
    static constexpr std::size_t kBuckets = 32;

    void count(std::uint64_t value) {
        const auto bucket = static_cast<std::size_t>(std::bit_width(value));
        buckets_[bucket < kBuckets ? bucket : kBuckets - 1].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(value, std::memory_order_relaxed);
    }

    std::uint64_t bucket(std::size_t n) const { return buckets_[n].load(std::memory_order_relaxed); }
    std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }

private:
    // Counters: each is right by itself, they pair with nothing.
    std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
    std::atomic<std::uint64_t> sum_ = 0;
};

/// Written by the log thread, read by any; the numbers of one moment need not belong together.
struct CommitStatistics {
    PowerHistogram group_records;  ///< Records in a durable group; the sum is the records made durable.
    PowerHistogram group_bytes;    ///< Their bytes.
    PowerHistogram commit_us;      ///< Microseconds of write and sync of a durable group.
    // Counters, as above.
    std::atomic<std::uint64_t> groups = 0;           ///< Durable groups.
    std::atomic<std::uint64_t> records_refused = 0;  ///< Records of groups that were refused.
};

}  // namespace posthorn::journal
