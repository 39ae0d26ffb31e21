#include "engine/store.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "base/assert.h"
#include "wire/record_codec.h"

namespace posthorn::engine {

Result<std::unique_ptr<Store>> Store::open(io::Disk& disk, io::asio::io_context& net, StoreOptions options,
                                           std::function<void(const Error&)> on_fatal) {
    std::unique_ptr<Store> store(new Store(net));
    POSTHORN_CHECK(disk.make_folder(options.folder));
    POSTHORN_TRY(store->lock_, io::lock_folder(disk, options.folder));
    POSTHORN_TRY(auto state, state::State::open(options.folder));

    journal::LogOptions log_options;
    log_options.segment_bytes = options.segment_bytes;
    log_options.segments_max = options.segments_max;
    log_options.applied = state->opened().applied;
    POSTHORN_TRY(auto log, journal::JournalLog::open(disk, options.folder + "/journal", log_options));
    auto& log_reference = *log;

    Store* self = store.get();
    journal::JournalCallbacks callbacks;
    callbacks.on_durable = [self](const journal::Durable& durable) {
        io::asio::post(self->net_, [self, durable] { self->on_durable(durable); });
    };
    callbacks.on_refused = [self](const journal::Refused& refused) {
        io::asio::post(self->net_, [self, refused] { self->on_refused(refused); });
    };
    callbacks.on_fatal = std::move(on_fatal);
    store->journal_ =
        std::make_unique<journal::Journal>(std::move(log), journal::JournalOptions{}, std::move(callbacks));
    POSTHORN_TRY(store->state_, StateService::open(std::move(state), log_reference, net, options.state));
    return store;
}

Store::~Store() { stop(); }

void Store::stop() {
    // A store that could not be opened has neither.
    if (journal_) {
        hand_over();
        journal_->stop();
    }
    if (state_) state_->stop();
}

template <class Record>
void Store::put(std::uint8_t kind, const Record& record, RecordWaiter& waiter) {
    if (turn_.empty()) io::asio::post(net_, [this] { hand_over(); });
    auto& entry = turn_.emplace_back();
    entry.kind = kind;
    wire::encode(record, entry.bytes);
    turn_waiters_.push_back(&waiter);
}

void Store::submit(const model::Record& record, RecordWaiter& waiter) {
    put(static_cast<std::uint8_t>(wire::kind_of(record)), record, waiter);
}

void Store::submit(const model::EventAccepted& record, RecordWaiter& waiter) {
    put(static_cast<std::uint8_t>(wire::RecordKind::event_accepted), record, waiter);
}

void Store::submit(const model::AttemptEnded& record, RecordWaiter& waiter) {
    put(static_cast<std::uint8_t>(wire::RecordKind::attempt_ended), record, waiter);
}

io::Task<Result<journal::Sequence>> Store::append(model::Record record) {
    struct Waiter final : RecordWaiter {
        io::Suspended<Result<journal::Sequence>> suspended;
        void on_decided(Result<journal::Sequence> sequence) override { suspended.resume(std::move(sequence)); }
    };
    Waiter waiter;
    submit(record, waiter);
    co_return co_await waiter.suspended.wait();
}

void Store::hand_over() {
    if (turn_.empty()) return;
    const auto turn_waiters = std::exchange(turn_waiters_, {});
    const auto refused = journal_->submit(std::exchange(turn_, {}));
    auto next = refused.begin();
    for (std::size_t index = 0; index < turn_waiters.size(); ++index) {
        if (next != refused.end() && next->index == index) ++next;
        else waiters_.push_back(turn_waiters[index]);
    }
    if (refused.empty()) return;
    is_in_group_ = true;
    for (const auto& [index, error] : refused) turn_waiters[index]->on_decided(error);
    end_group();
}

void Store::on_durable(const journal::Durable& durable) {
    is_in_group_ = true;
    auto sequence = durable.first_sequence;
    for (auto ticket = durable.first_ticket; ticket <= durable.last_ticket; ++ticket)
        next_waiter().on_decided(sequence++);
    end_group();
}

void Store::on_refused(const journal::Refused& refused) {
    is_in_group_ = true;
    for (auto ticket = refused.first_ticket; ticket <= refused.last_ticket; ++ticket)
        next_waiter().on_decided(refused.error);
    end_group();
}

RecordWaiter& Store::next_waiter() {
    POSTHORN_ASSERT(!waiters_.empty());
    auto& waiter = *waiters_.front();
    waiters_.pop_front();
    return waiter;
}

void Store::end_group() {
    is_in_group_ = false;
    if (group_end_) group_end_();
}

}  // namespace posthorn::engine
