#include "io/task_group.h"

#include <list>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include "base/assert.h"
#include "io/signal.h"

namespace posthorn::io {
namespace {

/// A coroutine that was cancelled unwinds with this.
bool is_cancellation(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

struct TaskGroup::State : std::enable_shared_from_this<State> {
    explicit State(Executor executor_in) : executor(executor_in), ended(executor_in) {}

    Executor executor;
    Signal ended;
    // Shared with the completion, so that a signal outlives the coroutine that listens to it.
    std::list<std::shared_ptr<asio::cancellation_signal>> running;
    bool is_cancelled = false;
};

TaskGroup::TaskGroup(asio::io_context& context) : TaskGroup(context.get_executor()) {}

TaskGroup::TaskGroup(Executor executor) : state_(std::make_shared<State>(executor)) {}

TaskGroup::~TaskGroup() { cancel(); }

void TaskGroup::spawn(Task<void> task) {
    if (state_->is_cancelled) return;
    auto signal = std::make_shared<asio::cancellation_signal>();
    const auto place = state_->running.insert(state_->running.end(), signal);
    auto on_end = [state = state_, place, signal](const std::exception_ptr& thrown) {
        POSTHORN_ASSERT(!thrown || is_cancellation(thrown));
        state->running.erase(place);
        if (state->running.empty()) state->ended.raise();
    };
    asio::co_spawn(state_->executor, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(on_end)));
}

void TaskGroup::cancel() {
    state_->is_cancelled = true;
    // A task may end within emit() and leave the list.
    const std::vector<std::shared_ptr<asio::cancellation_signal>> signals(state_->running.begin(),
                                                                          state_->running.end());
    for (const auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
}

Task<void> TaskGroup::wait() {
    const auto state = state_;
    while (!state->running.empty()) co_await state->ended.wait();
}

std::size_t TaskGroup::size() const { return state_->running.size(); }

}  // namespace posthorn::io
