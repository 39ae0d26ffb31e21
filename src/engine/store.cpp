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
    store->journal_ = std::make_unique<journal::Journal>(std::move(log), journal::JournalOptions{}, std::move(callbacks));
    POSTHORN_TRY(store->state_, StateService::open(std::move(state), log_reference, net, options.state));
    return store;
}

Store::~Store() { stop(); }

void Store::stop() {
    // A store that could not be opened has neither.
    if (journal_) journal_->stop();
    if (state_) state_->stop();
}

Result<void> Store::submit(const model::Record& record, Done done) {
    std::string bytes;
    wire::encode(record, bytes);
    return submit_bytes(static_cast<std::uint8_t>(wire::kind_of(record)), std::move(bytes), std::move(done));
}

Result<void> Store::submit(const model::EventAccepted& record, Done done) {
    std::string bytes;
    wire::encode(record, bytes);
    return submit_bytes(static_cast<std::uint8_t>(wire::RecordKind::event_accepted), std::move(bytes), std::move(done));
}

Result<void> Store::submit_bytes(std::uint8_t kind, std::string bytes, Done done) {
    POSTHORN_TRY(const auto ticket, journal_->submit({kind, std::move(bytes)}));
    static_cast<void>(ticket);  // Tickets count as waiters_ does.
    waiters_.push_back(std::move(done));
    return {};
}

io::Task<Result<journal::Sequence>> Store::append(model::Record record) {
    return io::from_callback<Result<journal::Sequence>>([this, record = std::move(record)](Done done) {
        if (auto submitted = submit(record, done); !submitted) done(std::move(submitted).error());
    });
}

void Store::on_durable(const journal::Durable& durable) {
    auto sequence = durable.first_sequence;
    for (auto ticket = durable.first_ticket; ticket <= durable.last_ticket; ++ticket, ++sequence) {
        POSTHORN_ASSERT(!waiters_.empty());
        const auto done = std::move(waiters_.front());
        waiters_.pop_front();
        done(sequence);
    }
}

void Store::on_refused(const journal::Refused& refused) {
    for (auto ticket = refused.first_ticket; ticket <= refused.last_ticket; ++ticket) {
        POSTHORN_ASSERT(!waiters_.empty());
        const auto done = std::move(waiters_.front());
        waiters_.pop_front();
        done(refused.error);
    }
}

}  // namespace posthorn::engine
