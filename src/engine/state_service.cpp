#include "engine/state_service.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace posthorn::engine {

namespace {

constexpr std::chrono::milliseconds kQueryWait{10'000};
constexpr std::chrono::milliseconds kTroubleWait{500};
constexpr std::chrono::minutes kPruneEvery{1};
constexpr std::size_t kPruneEvents = 500;

}  // namespace

Result<std::unique_ptr<StateService>> StateService::open(std::unique_ptr<state::State> state,
                                                         journal::JournalLog& log, io::asio::io_context& net,
                                                         StateServiceOptions options) {
    std::unique_ptr<StateService> service(new StateService(std::move(state), log, net, options));
    for (;;) {
        POSTHORN_TRY(const bool applied_some, service->apply_some());
        if (!applied_some) break;
    }
    for (std::size_t i = 0; i < 2; ++i) {
        POSTHORN_TRY(auto reader, service->state_->make_reader());
        service->readers_.push_back(std::move(reader));
    }
    service->opened_ = service->state_->opened();
    auto* self = service.get();
    service->threads_.emplace_back([self] { self->apply_loop(); });
    service->threads_.emplace_back([self] { self->read_loop(self->engine_queries_, *self->readers_[0]); });
    service->threads_.emplace_back([self] { self->read_loop(self->api_queries_, *self->readers_[1]); });
    return service;
}

StateService::StateService(std::unique_ptr<state::State> state, journal::JournalLog& log, io::asio::io_context& net,
                           StateServiceOptions options)
    : state_(std::move(state)),
      log_(log),
      log_reader_(log.reader()),
      net_(net),
      options_(options),
      applied_(state_->opened().applied),
      engine_queries_(options.queries_max),
      api_queries_(options.queries_max) {}

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
    if (!key_checks_.put(std::move(check)) || !wanted_.put(0)) return fail(Errc::cancelled, "the store is being closed");
    return written.get();
}

void StateService::put(Lane lane, Query query) {
    query.sequence = log_.durable();
    auto& queries = lane == Lane::engine ? engine_queries_ : api_queries_;
    const auto sequence = query.sequence;
    if (queries.put(std::move(query))) {
        if (applied_.value() < sequence) wanted_.put(std::uint64_t(sequence));
        return;
    }
    query.refuse(fail(Errc::full, "too many queries wait for the store; try again"));
    io::asio::post(net_, std::move(query.done));
}

Result<bool> StateService::apply_some() {
    const auto from = applied_.value() + 1;
    POSTHORN_TRY(const auto batch, log_reader_.read(from, options_.group_bytes_max));
    if (batch.records.empty()) return false;
    std::vector<state::Numbered> records;
    records.reserve(batch.records.size());
    for (const auto& record : batch.records) 
        records.push_back({record.sequence, record.kind, std::string(record.bytes)});
    POSTHORN_CHECK(state_->apply(records));
    const auto last = batch.records.back().sequence;
    log_.release(last);
    applied_.advance(last);
    return true;
}

void StateService::apply_loop() {
    bool is_in_trouble = false;
    for (;;) {
        wanted_.take_all_within(is_in_trouble ? kTroubleWait : options_.apply_every);
        const bool is_last_round = wanted_.is_closed();
        for (auto& check : key_checks_.take_all_within(std::chrono::milliseconds(0)))
            check.done->set_value(state_->set_key_check(check.value));
        for (;;) {
            const auto applied = apply_some();
            if (!applied || is_in_trouble) {
                auto words = applied ? std::string() : to_string(applied.error());
                is_in_trouble = !applied;
                io::asio::post(net_, [this, words = std::move(words)] { trouble_ = words; });
            }
            if (!applied || !*applied) break;
        }
        if (is_last_round) break;
        prune_some();
    }
    applied_.close();
}

void StateService::prune_some() {
    const auto now = wall_now();
    if (now < pruned_at_ + kPruneEvery) return;
    // A failure here will show when records are applied; there is nothing else to do about it.
    const auto pruned = state_->prune(now - options_.retention, kPruneEvents);
    if (!pruned || *pruned < kPruneEvents) pruned_at_ = now;
}

void StateService::read_loop(Mailbox<Query>& queries, state::Reader& reader) {
    for (;;) {
        auto batch = queries.take_all();
        if (batch.empty()) return;
        for (auto& query : batch) {
            if (applied_.wait_for(query.sequence, kQueryWait)) query.run(reader);
            io::asio::post(net_, std::move(query.done));
        }
    }
}

}  // namespace posthorn::engine
