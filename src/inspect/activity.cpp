#include "inspect/activity.h"

#include <algorithm>
#include <cmath>

namespace posthorn::inspect {

namespace {

constexpr double kFirstMs = 0.25;
constexpr double kPerOctave = 4;

std::string cause_of(const model::Attempt& attempt) {
    if (attempt.failure != model::Failure::none) return std::string(model::to_string(attempt.failure));
    return "status_" + std::to_string(attempt.status);
}

}  // namespace

void Latencies::count(double milliseconds) {
    if (!buckets_) buckets_ = std::make_unique<std::array<std::uint32_t, kBuckets>>();
    const auto place = std::log2(std::max(milliseconds, kFirstMs) / kFirstMs) * kPerOctave;
    ++(*buckets_)[std::min(static_cast<std::size_t>(place), kBuckets - 1)];
    ++total_;
}

void Latencies::add(const Latencies& other) {
    if (!other.buckets_) return;
    if (!buckets_) buckets_ = std::make_unique<std::array<std::uint32_t, kBuckets>>();
    for (std::size_t i = 0; i < kBuckets; ++i) (*buckets_)[i] += (*other.buckets_)[i];
    total_ += other.total_;
}

std::optional<double> Latencies::percentile(double share) const {
    if (total_ == 0) return std::nullopt;
    auto wanted = share * static_cast<double>(total_);
    for (std::size_t i = 0; i < kBuckets; ++i) {
        const double here = (*buckets_)[i];
        if (here > 0 && wanted <= here) {
            // Within a bucket they are taken to be spread evenly on the logarithm.
            const auto within = static_cast<double>(i) + std::clamp(wanted / here, 0.0, 1.0);
            return kFirstMs * std::exp2(within / kPerOctave);
        }
        wanted -= here;
    }
    return kFirstMs * std::exp2(static_cast<double>(kBuckets) / kPerOctave);
}

ActivityBucket& ActivityTrack::at(Moment now) {
    // A clock that was set back counts into the newest bucket: the order must hold.
    const auto number = buckets_.empty() ? number_of(now) : std::max(number_of(now), buckets_.back().number);
    if (buckets_.empty() || buckets_.back().number != number) {
        buckets_.emplace_back().number = number;
        const auto oldest = number - static_cast<std::int64_t>(steps_);
        while (buckets_.front().number <= oldest) buckets_.pop_front();
    }
    return buckets_.back();
}

void ActivityTrack::on_accepted(Moment now) { ++at(now).accepted; }

void ActivityTrack::on_attempt(Moment now, const model::AttemptEnded& ended) {
    auto& bucket = at(now);
    const auto& attempt = ended.attempt;
    switch (ended.verdict.state) {
        case model::DeliveryState::delivered: ++bucket.delivered; break;
        case model::DeliveryState::dead: ++bucket.dead; break;
        default: ++bucket.retried; break;
    }
    if (attempt.status != 0 && attempt.times.total_us >= 0) bucket.latencies.count(attempt.times.total_us / 1000.0);
    if (ended.verdict.state == model::DeliveryState::delivered) return;
    auto cause = cause_of(attempt);
    auto& failures = bucket.failures;
    auto found = std::ranges::find(failures, cause, &std::pair<std::string, std::uint64_t>::first);
    if (found == failures.end()) {
        if (failures.size() >= ActivityBucket::kCausesMax) cause = "other";
        found = std::ranges::find(failures, cause, &std::pair<std::string, std::uint64_t>::first);
        if (found == failures.end()) found = failures.insert(failures.end(), {std::move(cause), 0});
    }
    ++found->second;
}

void ActivityTrack::on_sample(Moment now, std::uint64_t waiting, std::optional<Moment> oldest) {
    auto& bucket = at(now);
    bucket.waiting = waiting;
    bucket.oldest_waiting_at = oldest;
}

std::vector<const ActivityBucket*> ActivityTrack::last(Moment now) const {
    std::vector<const ActivityBucket*> found(steps_, nullptr);
    const auto first = number_of(now) - static_cast<std::int64_t>(steps_) + 1;
    for (const auto& bucket : buckets_) {
        const auto place = bucket.number - first;
        if (place >= 0 && place < static_cast<std::int64_t>(steps_)) found[static_cast<std::size_t>(place)] = &bucket;
    }
    return found;
}

void Activity::on_accepted(Moment now) {
    hour.on_accepted(now);
    day.on_accepted(now);
}

void Activity::on_attempt(Moment now, const model::AttemptEnded& ended) {
    hour.on_attempt(now, ended);
    day.on_attempt(now, ended);
}

void Activity::on_sample(Moment now, std::uint64_t waiting, std::optional<Moment> oldest) {
    hour.on_sample(now, waiting, oldest);
    day.on_sample(now, waiting, oldest);
}

}  // namespace posthorn::inspect
