#include "engine/state_service.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "io/thread_class.h"

namespace posthorn::engine {

namespace {

constexpr std::chrono::milliseconds kQueryWait{10'000};
constexpr std::chrono::milliseconds kTroubleWait{500};
constexpr std::chrono::minutes kPruneEvery{1};
constexpr Millis kAgainOverLimit{1000};
constexpr std::size_t kPruneEvents = 500;
/// How long pruning may hold up the applier at a time.
constexpr std::chrono::milliseconds kPruneWhile{20};
/// How often bounds are looked at: within it the journal can't fill a quarter of its ring.
constexpr std::chrono::milliseconds kBoundsEvery{50};
constexpr std::chrono::milliseconds kSlowCommit{1000};
/// With more deliveries still under way than that, the next group waits longer.
constexpr double kOpenShareMax = 0.1;
constexpr int kGroupWaitsMax = 16;

}  // namespace

Result<std::unique_ptr<StateService>> StateService::open(std::unique_ptr<state::State> state, journal::JournalLog& log,
                                                         io::asio::io_context& net, StateServiceOptions options) {
    std::unique_ptr<StateService> service(new StateService(std::move(state), log, net, std::move(options)));
    for (;;) {
        POSTHORN_TRY(const auto bytes, service->apply_some(state::Lists::later));
        if (bytes == 0) break;
    }
    for (std::size_t i = 0; i < 2; ++i) {
        POSTHORN_TRY(auto reader, service->state_->make_reader());
        service->readers_.push_back(std::move(reader));
    }
    service->opened_ = service->state_->opened();
    auto* self = service.get();
    service->threads_.emplace_back([self] { self->apply_loop(); });
    service->threads_.emplace_back(
        [self] { self->read_loop(self->engine_queries_, *self->readers_[0], self->applied_); });
    service->threads_.emplace_back([self] { self->read_loop(self->api_queries_, *self->readers_[1], self->listed_); });
    return service;
}

StateService::StateService(std::unique_ptr<state::State> state, journal::JournalLog& log, io::asio::io_context& net,
                           StateServiceOptions options)
    : state_(std::move(state)),
      log_(log),
      log_reader_(log.reader()),
      net_(net),
      options_(std::move(options)),
      applied_(state_->opened().applied),
      engine_queries_(options_.queries_max),
      api_queries_(options_.queries_max),
      admission_(options_.limits) {
    figures_.waiting = state_->waiting();
}

StateService::~StateService() { stop(); }

void StateService::stop() {
    if (threads_.empty()) return;
    engine_queries_.close();
    api_queries_.close();
    wanted_.close();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    readers_.clear();
}

Result<void> StateService::set_key_check(const std::string& value) {
    std::promise<Result<void>> done;
    auto written = done.get_future();
    KeyCheck check{value, &done};
    if (!key_checks_.put(std::move(check)) || !wanted_.put({}))
        return fail(Errc::cancelled, "the store is being closed");
    return written.get();
}

void StateService::put(Lane lane, Query query) {
    query.sequence = log_.durable();
    // The engine asks for no lists.
    const bool is_engine = lane == Lane::engine;
    auto& queries = is_engine ? engine_queries_ : api_queries_;
    const auto& seen = is_engine ? applied_ : listed_;
    Wanted wanted{query.sequence, is_engine ? state::Lists::later : state::Lists::now};
    if (queries.put(std::move(query))) {
        if (seen.value() < wanted.sequence) wanted_.put(std::move(wanted));
        return;
    }
    // What put() does not take it leaves as it was. NOLINTNEXTLINE(bugprone-use-after-move)
    query.refuse(fail(Errc::full, "too many queries wait for the store; try again"));
    io::asio::post(net_, std::move(query.done));
}

Result<std::size_t> StateService::apply_some(state::Lists lists) {
    const auto from = applied_.value() + 1;
    POSTHORN_TRY(const auto batch, log_reader_.read(from, options_.group_bytes_max));
    if (batch.records.empty()) {
        POSTHORN_CHECK(state_->apply({}, lists));
        if (lists == state::Lists::now) listed_.advance(applied_.value());
        return 0;
    }
    std::size_t bytes = 0;
    std::vector<state::Numbered> records;
    records.reserve(batch.records.size());
    for (const auto& record : batch.records) {
        bytes += record.bytes.size();
        records.push_back({record.sequence, record.kind, std::string(record.bytes)});
    }
    const auto began = std::chrono::steady_clock::now();
    POSTHORN_CHECK(state_->apply(records, lists));
    const auto took = std::chrono::steady_clock::now() - began;
    figures_.commit_us.count(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    if (took >= kSlowCommit) {
        StateNotice notice{StateNotice::Kind::slow_commit};
        notice.count = records.size();
        notice.took = std::chrono::duration_cast<Millis>(took);
        tell(std::move(notice));
    }
    figures_.group_records.count(records.size());
    figures_.waiting.store(state_->waiting(), std::memory_order_relaxed);
    const auto last = batch.records.back().sequence;
    log_.release(last);
    applied_.advance(last);
    if (lists == state::Lists::now) listed_.advance(last);
    adapt_waits();
    free_bytes_after_group_ = log_.free_bytes();
    return bytes;
}

std::vector<StateService::Wanted> StateService::wait_for_group() {
    for (int waits = 1;; ++waits) {
        auto wanted = wanted_.take_all_within(options_.apply_every);
        const bool is_full = log_.free_bytes() + options_.group_bytes_max <= free_bytes_after_group_;
        if (!wanted.empty() || wanted_.is_closed() || waits >= group_waits_ || is_full) return wanted;
        keep_within_bounds();
    }
}

void StateService::adapt_waits() {
    const auto share = state_->open_share();
    if (share > kOpenShareMax) group_waits_ = std::min(2 * group_waits_, kGroupWaitsMax);
    else if (share < kOpenShareMax / 2) group_waits_ = std::max(group_waits_ / 2, 1);
}

void StateService::apply_loop() {
    io::set_thread("applier", io::ThreadClass::background);
    bool is_in_trouble = false;
    for (;;) {
        Wanted wanted;
        for (const auto& one : is_in_trouble ? wanted_.take_all_within(kTroubleWait) : wait_for_group()) {
            wanted.sequence = std::max(wanted.sequence, one.sequence);
            if (one.lists == state::Lists::now) wanted.lists = one.lists;
        }
        const bool is_last_round = wanted_.is_closed();
        if (is_last_round) wanted.lists = state::Lists::now;
        for (auto& check : key_checks_.take_all_within(std::chrono::milliseconds(0)))
            check.done->set_value(state_->set_key_check(check.value));
        for (;;) {
            keep_within_bounds();
            const std::uint64_t durable = log_.durable();
            const auto applied = apply_some(wanted.lists);
            if (!applied || is_in_trouble) {
                auto words = applied ? std::string() : to_string(applied.error());
                if (is_in_trouble != !applied)
                    tell({applied ? StateNotice::Kind::trouble_over : StateNotice::Kind::trouble, words});
                is_in_trouble = !applied;
                io::asio::post(net_, [this, words = std::move(words)] { trouble_ = words; });
            }
            if (!applied || *applied == 0) break;
            // A little that came meanwhile waits for more: of a group with few events and outcomes little is folded.
            const bool had_all = applied_.value() >= std::max(durable, wanted.sequence);
            if (*applied < options_.group_bytes_max / 2 && had_all && !is_last_round) break;
        }
        if (is_last_round) break;
    }
    applied_.close();
    listed_.close();
}

void StateService::keep_within_bounds() {
    const auto now = wall_now();
    if (now < bounds_seen_at_ + kBoundsEvery) return;
    bounds_seen_at_ = now;
    prune_some(now);
    const auto bytes = state_->used_bytes();
    const AdmissionLoad load{state_->waiting(), bytes ? *bytes : 0, can_prune_, log_.free_bytes(), log_.ring_bytes()};
    const auto before = refusal_.load(std::memory_order_relaxed);
    const auto refusal = admission_.decide(load, now);
    refusal_.store(refusal, std::memory_order_relaxed);
    if (refusal == before) return;
    if (refusal == Refusal::none) tell({StateNotice::Kind::refusing_over});
    else tell({StateNotice::Kind::refusing, std::string(words_of(refusal))});
}

void StateService::prune_some(Moment now) {
    const auto limit = options_.limits.store_bytes_max;
    const auto bytes = limit > 0 ? state_->used_bytes() : Result<std::uint64_t>(0);
    const bool is_over = limit > 0 && bytes && *bytes >= limit;
    const auto wait = is_over ? (can_prune_ ? Millis(0) : kAgainOverLimit) : Millis(kPruneEvery);
    if (now < pruned_at_ + wait) return;
    // Over the limit the oldest go, whatever their age.
    const auto before = is_over ? now + kPruneEvery : now - options_.retention;
    const auto until = std::chrono::steady_clock::now() + kPruneWhile;
    do {
        // A failure here will show when records are applied; there is nothing else to do about it.
        const auto pruned = state_->prune(before, kPruneEvents);
        const auto count = pruned ? *pruned : 0;
        figures_.pruned.fetch_add(count, std::memory_order_relaxed);
        pruned_untold_ += count;
        // A step examines a bounded number of events from where the last one stopped, so it takes a whole round in
        // vain, and the end of the one before, to know that all of them wait.
        steps_in_vain_ = count > 0 ? 0 : steps_in_vain_ + 1;
        can_prune_ = steps_in_vain_ < 2 + state_->waiting() / state::State::kPruneExaminedMax;
        if (count < kPruneEvents) pruned_at_ = now;
        if (count < kPruneEvents) break;
    } while (std::chrono::steady_clock::now() < until);
    if (pruned_untold_ > 0 && now >= pruned_told_at_ + kPruneEvery) {
        StateNotice notice{StateNotice::Kind::pruned};
        notice.count = std::exchange(pruned_untold_, 0);
        pruned_told_at_ = now;
        tell(std::move(notice));
    }
}

void StateService::tell(StateNotice notice) {
    if (options_.on_notice) io::asio::post(net_, [this, notice = std::move(notice)] { options_.on_notice(notice); });
}

void StateService::read_loop(Mailbox<Query>& queries, state::Reader& reader, const Watermark& seen) {
    io::set_thread("reader", io::ThreadClass::plain);
    for (;;) {
        auto batch = queries.take_all();
        if (batch.empty()) return;
        for (auto& query : batch) {
            if (seen.wait_for(query.sequence, kQueryWait)) query.run(reader);
            io::asio::post(net_, std::move(query.done));
        }
    }
}

}  // namespace posthorn::engine
