#include "tests/simulation/durable_side.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/record_codec.h"

namespace posthorn::simulation {

namespace {

using namespace std::chrono_literals;

constexpr Millis kQueryWait = 10s;
constexpr Millis kTroubleWait = 500ms;

}  // namespace

DurableSide::DurableSide(Timeline& timeline, Random& random, const Options& options, testkit::FaultyDisk& disk,
                         state::State& state)
    : timeline_(timeline), random_(random), options_(options), disk_(disk), state_(state) {}

Result<void> DurableSide::open() {
    journal::LogOptions log_options;
    log_options.segment_bytes = options_.segment_bytes;
    log_options.segments_max = options_.segments_max;
    log_options.applied = state_.opened().applied;
    log_options.random = [this] { return random_.next(); };
    POSTHORN_TRY(log_, journal::JournalLog::open(disk_, "data/journal", log_options));
    log_reader_ = log_->reader();
    for (;;) {
        POSTHORN_TRY(const bool applied_some, apply_some());
        if (!applied_some) break;
    }
    POSTHORN_TRY(reader_, state_.make_reader());
    return {};
}

void DurableSide::submit(const model::Record& record, Done done) {
    journal::Record bytes{static_cast<std::uint8_t>(wire::kind_of(record)), {}};
    wire::encode(record, bytes.bytes);
    waiting_.emplace_back(std::move(bytes), std::move(done));
    flush_later();
}

void DurableSide::flush_later() {
    if (is_flush_due_ || waiting_.empty()) return;
    is_flush_due_ = true;
    timeline_.after(random_.up_to(random_.one_in(50) ? 200ms : 3ms), [this] { flush(); });
}

void DurableSide::flush() {
    is_flush_due_ = false;
    const auto count = random_.one_in(2) ? waiting_.size() : random_.between(1, waiting_.size());
    std::vector<journal::Record> group;
    std::vector<Done> done;
    for (std::size_t n = 0; n < count; ++n) {
        group.push_back(std::move(waiting_.front().first));
        done.push_back(std::move(waiting_.front().second));
        waiting_.pop_front();
        if (journal::JournalLog::group_bytes(group) > log_->group_bytes_max() / 2) break;
    }
    const auto last = log_->append(group);
    if (disk_.is_off() || log_->is_poisoned()) {
        is_broken_ = true;
        return;
    }
    if (!last) {
        tell([done = std::move(done), error = last.error()] {
            for (const auto& one : done) one(error);
        });
    } else {
        tell([done = std::move(done), first = *last - (group.size() - 1)] {
            auto sequence = first;
            for (const auto& one : done) one(sequence++);
        });
        apply_later(random_.up_to(random_.one_in(20) ? 5'000ms : 200ms));
    }
    flush_later();
}

void DurableSide::tell(std::function<void()> happening) {
    told_at_ = std::max(told_at_, timeline_.now() + random_.up_to(random_.one_in(40) ? 100ms : 2ms));
    timeline_.at(told_at_, std::move(happening));
}

void DurableSide::apply_later(Millis wait) {
    if (is_apply_due_) return;
    is_apply_due_ = true;
    timeline_.after(wait, [this] {
        is_apply_due_ = false;
        for (;;) {
            const auto applied = apply_some();
            if (!applied) return apply_later(kTroubleWait);
            if (!*applied) return;
        }
    });
}

Result<bool> DurableSide::apply_some() {
    // Groups of any size, as they fall.
    const auto bytes_max = random_.between(100, 20'000);
    POSTHORN_TRY(const auto batch, log_reader_->read(state_.opened().applied + 1, bytes_max));
    if (batch.records.empty()) return false;
    if (reader_ && random_.one_in(options_.state_fault_one_in)) return fail(Errc::full, "the state's disk is full");
    std::vector<state::Numbered> records;
    for (const auto& record : batch.records)
        records.push_back({record.sequence, record.kind, std::string(record.bytes)});
    POSTHORN_CHECK(state_.apply(records));
    log_->release(batch.records.back().sequence);
    return true;
}

bool DurableSide::catch_up(journal::Sequence sequence) {
    while (state_.opened().applied < sequence)
        if (const auto applied = apply_some(); !applied || !*applied) return false;
    return true;
}

void DurableSide::read(Query query) {
    const auto sequence = log_->durable();
    reader_free_at_ = std::max(reader_free_at_, timeline_.now() + random_.up_to(random_.one_in(20) ? 300ms : 5ms));
    timeline_.at(reader_free_at_, [this, sequence, query = std::move(query)] {
        if (catch_up(sequence)) timeline_.after(random_.up_to(random_.one_in(30) ? 60ms : 3ms), query(reader_.get()));
        else timeline_.after(kQueryWait, query(nullptr));
    });
}

}  // namespace posthorn::simulation
