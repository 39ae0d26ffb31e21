#include "engine/admission.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>

namespace posthorn::engine {

namespace {

using namespace std::chrono_literals;

constexpr auto kDiskEvery = 1s;

}  // namespace

std::string_view to_string(Refusal refusal) {
    static constexpr std::array<std::string_view, 5> kNames = {"", "backlog", "store_limit", "disk", "applier"};
    return kNames[static_cast<std::size_t>(refusal)];
}

std::string_view words_of(Refusal refusal) {
    static constexpr std::array<std::string_view, 5> kWords = {
        "", "too many deliveries wait (--backlog-limit); try again once receivers have taken some",
        "the store is full of deliveries that wait (--store-limit); try again once receivers have taken some",
        "the disk is nearly full; the operator has to make room",
        "the store does not keep up with the journal; try again in a moment"};
    return kWords[static_cast<std::size_t>(refusal)];
}

bool Admission::is_over(std::uint64_t value, std::uint64_t max, bool before) {
    return before ? value > max - std::max<std::uint64_t>(1, max / 50) : value >= max;
}

Refusal Admission::decide(const AdmissionLoad& load, Moment now) {
    // The most lasting reason first.
    if (is_disk_low(now)) last_ = Refusal::disk;
    else if (limits_.store_bytes_max > 0 && !load.can_prune &&
             is_over(load.store_bytes, limits_.store_bytes_max, last_ == Refusal::store_limit))
        last_ = Refusal::store_limit;
    else if (is_over(load.waiting, limits_.waiting_max, last_ == Refusal::backlog)) last_ = Refusal::backlog;
    // A quarter of the ring is left for outcomes: delivery goes on when events are refused.
    else if (load.journal_free_bytes < load.journal_bytes / 4) last_ = Refusal::applier;
    else last_ = Refusal::none;
    return last_;
}

bool Admission::is_disk_low(Moment now) {
    if (limits_.folder.empty() || (now < disk_seen_at_ + kDiskEvery && now >= disk_seen_at_)) return is_disk_low_;
    disk_seen_at_ = now;
    struct statvfs disk = {};
    if (::statvfs(limits_.folder.c_str(), &disk) != 0) return is_disk_low_ = false;
    const auto free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    const auto all = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    const auto floor = std::min(limits_.disk_free_bytes_min, all / 20);
    return is_disk_low_ = is_disk_low_ ? free < floor + floor / 50 : free < floor;
}

}  // namespace posthorn::engine
