#pragma once
// Counts of values in fixed buckets, four to each doubling.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace posthorn {

/// For microseconds and sizes on hot paths: counting is an increment. Bucket 0 has the values below 64; from there on
/// each doubling has four, up to 2^27 (134 s in microseconds); the last bucket has everything above. One thread.
class Histogram {
public:
    static constexpr std::size_t kFirstBits = 6;
    static constexpr std::size_t kLastBits = 27;
    static constexpr std::size_t kBuckets = 1 + (kLastBits - kFirstBits) * 4 + 1;

    void count(std::uint64_t value) {
        ++buckets_[bucket_of(value)];
        ++total_;
        sum_ += value;
    }
    std::uint64_t total() const { return total_; }
    std::uint64_t sum() const { return sum_; }
    std::uint64_t in_bucket(std::size_t bucket) const { return buckets_[bucket]; }

    /// The lowest value that is above the bucket; none for the last.
    static std::optional<std::uint64_t> end_of(std::size_t bucket) {
        if (bucket + 1 == kBuckets) return std::nullopt;
        return begin_of(bucket + 1);
    }

    /// The value that the share `q` (0 to 1) of all is at or below, up to a fifth too high or low; nothing when none
    /// was counted.
    std::optional<std::uint64_t> quantile(double q) const {
        if (total_ == 0) return std::nullopt;
        const auto rank = std::clamp<double>(q * static_cast<double>(total_), 1, static_cast<double>(total_));
        double below = 0;
        for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
            const auto here = static_cast<double>(buckets_[bucket]);
            if (below + here >= rank) {
                const auto begin = static_cast<double>(begin_of(bucket));
                const auto end = static_cast<double>(end_of(bucket).value_or(begin_of(bucket)));
                return static_cast<std::uint64_t>(begin + (end - begin) * (rank - below) / here);
            }
            below += here;
        }
        return begin_of(kBuckets - 1);
    }

private:
    static std::size_t bucket_of(std::uint64_t value) {
        const auto bits = static_cast<std::size_t>(std::bit_width(value));
        if (bits <= kFirstBits) return 0;
        if (bits > kLastBits) return kBuckets - 1;
        // The two bits behind the highest one.
        return 1 + (bits - 1 - kFirstBits) * 4 + ((value >> (bits - 3)) & 3);
    }
    static std::uint64_t begin_of(std::size_t bucket) {
        if (bucket == 0) return 0;
        const auto octave = (bucket - 1) / 4 + kFirstBits;
        return (4 + (bucket - 1) % 4) << (octave - 2);
    }

    std::array<std::uint64_t, kBuckets> buckets_{};
    std::uint64_t total_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace posthorn
