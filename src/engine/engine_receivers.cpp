// What the engine does about receivers: tells, remembers, pauses.

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "engine/engine_parts.h"

namespace posthorn::engine {

namespace {

/// What the add-ons of such a receiver say of why they are paused.
std::string notice_of(const GiveUp& given_up) {
    return "Its receiver " + given_up.receiver + " answered nothing but failures since " +
           to_rfc3339(given_up.failing_since) + ". What waits is kept, until resume.";
}

}  // namespace

void Engine::give_up(const GiveUp& given_up) {
    // Where the store can't write it, the next probe asks anew.
    const auto edit = [notice = notice_of(given_up)](registry::Installation& installation) {
        if (installation.is_paused) return false;
        installation.pause(notice, wall_now());
        return true;
    };
    for (const auto id : given_up.installations)
        io::asio::co_spawn(net_.get_executor(), amend(id, edit), io::asio::detached);
}

void Engine::take_memories(const std::vector<model::RegistryRow>& rows) {
    for (const auto& row : rows) {
        if (row.kind != kReceiverRowKind) continue;
        const auto memory = receiver_from_row(row);
        if (!memory) continue;  // It is no more than a hint; the receiver will show how it is.
        memories_[memory->receiver] = *memory;
        if (memory->paused_at) step(PauseReceiver{memory->receiver, memory->paused_at});
        if (memory->failing_since) step(ReceiverWasOpen{memory->receiver, *memory->failing_since});
    }
}

void Engine::on_receiver(const ReceiverChanged& changed) {
    for (auto* observer : observers_) observer->on_receiver(changed.change, changed.status);
    if (changed.change != ReceiverChange::opened && changed.change != ReceiverChange::closed) return;
    const auto& name = changed.status.name;
    auto& memory = memories_[name];
    memory.receiver = name;
    memory.failing_since = changed.change == ReceiverChange::opened ? changed.failing_since : std::optional<Moment>();
    io::asio::co_spawn(net_.get_executor(), remember(name), io::asio::detached);
}

io::Task<void> Engine::remember(std::string receiver) {
    for (;;) {
        const auto found = memories_.find(receiver);
        if (found == memories_.end()) co_return;
        model::RegistryChanged changed{{to_row(found->second)}};
        model::Record record = std::move(changed);
        const auto sequence = co_await store_.append(std::move(record));
        if (sequence || sequence.error().code != Errc::full) break;
        co_await wheel_.sleep(kWriteAgain);  // And then as it is by then.
    }
    const auto found = memories_.find(receiver);
    if (found != memories_.end() && !found->second.failing_since && !found->second.paused_at) memories_.erase(found);
}

io::Task<Result<void>> Engine::set_receiver_pause(std::string receiver, std::optional<Moment> paused_at) {
    const auto known = memories_.find(receiver);
    const bool is_paused = known != memories_.end() && known->second.paused_at;
    if (is_paused == paused_at.has_value()) co_return Result<void>();
    ReceiverMemory memory;
    if (known != memories_.end()) memory = known->second;
    memory.receiver = receiver;
    memory.paused_at = paused_at;
    model::RegistryChanged changed{{to_row(memory)}};
    model::Record record = std::move(changed);
    const auto sequence = co_await store_.append(std::move(record));
    if (!sequence) co_return sequence.error();
    auto& kept = memories_[receiver];
    kept.receiver = receiver;
    kept.paused_at = paused_at;
    // Its breaker may have changed while that was written.
    if (kept.failing_since != memory.failing_since)
        io::asio::co_spawn(net_.get_executor(), remember(receiver), io::asio::detached);
    else if (!kept.failing_since && !kept.paused_at) memories_.erase(receiver);
    PauseReceiver input{std::move(receiver), paused_at};
    step(std::move(input));
    co_return Result<void>();
}

io::Task<Result<void>> Engine::pause_receiver(std::string receiver) {
    return set_receiver_pause(std::move(receiver), wall_now());
}

io::Task<Result<void>> Engine::resume_receiver(std::string receiver) {
    return set_receiver_pause(std::move(receiver), std::nullopt);
}

}  // namespace posthorn::engine
