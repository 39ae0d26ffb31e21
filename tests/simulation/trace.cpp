#include "tests/simulation/trace.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

namespace posthorn::simulation {

namespace {

bool is_on() {
    static const bool is_asked_for = std::getenv("POSTHORN_SIMULATE_TRACE") != nullptr;
    return is_asked_for;
}

std::string words(const engine::Accepted& input) {
    std::string text = "accepted " + to_string(input.event->id) + " for";
    for (const auto& target : input.targets) text += fmt::format(" {}", target.installation.value);
    return text;
}
std::string words(const engine::Ended& input) {
    return fmt::format("ended {} of {}: {} until {}", to_string(input.delivery), input.installation.value,
                       to_string(input.verdict.state), to_rfc3339(input.verdict.retry_at));
}
std::string words(const engine::Settled& input) {
    return fmt::format("settled {} of {}", to_string(input.delivery), input.installation.value);
}
std::string words(const engine::Loaded& input) {
    auto text = fmt::format("loaded for {}, next due {}:", input.installation.value,
                            input.answer.next_due ? to_rfc3339(*input.answer.next_due) : "never");
    for (const auto& due : input.answer.due) text += " " + to_string(due.delivery.id);
    return text;
}
std::string words(const engine::LoadFailed& input) {
    return fmt::format("load failed for {}", input.installation.value);
}
std::string words(const engine::DueInState& input) {
    return fmt::format("due in the state for {} at {}", input.installation.value, to_rfc3339(input.due_at));
}
std::string words(const engine::Cancelled& input) {
    std::string text = "cancelled";
    for (const auto id : input.deliveries) text += " " + to_string(id);
    return text;
}
std::string words(const engine::LaneSet& input) {
    const auto& config = input.config;
    return fmt::format("lane {} is set: {} places at {}{}", config.installation.value, config.concurrency,
                       config.receiver, config.is_held ? ", held" : "");
}
std::string words(const engine::PauseReceiver& input) {
    return fmt::format("{} is {}", input.receiver, input.paused_at ? "paused" : "resumed");
}
std::string words(const engine::ReceiverWasOpen& input) {
    return fmt::format("{} was open, failing since {}", input.receiver, to_rfc3339(input.failing_since));
}
std::string words(const engine::LaneGone& input) { return fmt::format("lane {} is gone", input.installation.value); }
/// Those that have nothing to tell, by their place in the variant.
template <class Other>
std::string words(const Other& other) {
    return fmt::format("input {}", engine::Input(other).index());
}

void print(const std::string& line) { fmt::print(stderr, "{}\n", line); }

}  // namespace

void trace(const engine::Input& input, Moment now) {
    if (!is_on()) return;
    print(to_rfc3339(now) + " " + std::visit([](const auto& one) { return words(one); }, input));
}

void trace(const engine::Commands& commands) {
    if (!is_on()) return;
    for (const auto& start : commands.start)
        print(
            fmt::format("    start {} of {}", to_string(start.due.delivery.id), start.due.delivery.installation.value));
    for (const auto& load : commands.load) print(fmt::format("    load for {}", load.installation.value));
    for (const auto& changed : commands.receivers_changed)
        print(fmt::format("    {} {}: {}", changed.status.name, to_string(changed.change), changed.status.reason));
    for (const auto& one : commands.give_up) print("    gives up " + one.receiver);
    for (const auto id : commands.orphaned.deliveries) print("    orphaned " + to_string(id));
}

}  // namespace posthorn::simulation
