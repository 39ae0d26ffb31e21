#include "api/receiver_routes.h"

#include <cstdint>
#include <utility>

#include "api/json_answer.h"
#include "wire/url.h"

namespace posthorn::api {

namespace {

using registry::Action;

json::object to_json(const engine::ReceiverStatus& receiver, const registry::Snapshot& snapshot) {
    json::array addons;
    for (const auto id : receiver.installations) {
        const auto* installation = snapshot.find_installation(id);
        const auto* tenant = installation != nullptr ? snapshot.find_tenant(installation->tenant) : nullptr;
        if (tenant != nullptr)
            addons.push_back(json::object{{"tenant", tenant->key}, {"addon", installation->addon_key}});
    }
    return {{"receiver", receiver.name},
            {"state", to_string(receiver.state)},
            {"reason", receiver.reason.empty() ? json::value(nullptr) : json::value(receiver.reason)},
            {"since", time_or_null(receiver.since)},
            {"nextProbeAt", time_or_null(receiver.next_probe)},
            {"parallelLimit", receiver.parallel_limit},
            {"underWay", receiver.under_way},
            {"waitingInMemory", receiver.waiting_in_memory},
            {"failureShare", receiver.failure_share},
            {"addons", std::move(addons)}};
}

/// Receivers are in memory and sorted by name, so a page begins at a place.
io::Task<Answer> list(Request& request, engine::Engine& engine) {
    const auto paging = paging_of(request);
    if (!paging) co_return tl::unexpected(paging.error());
    const auto all = engine.scheduler().receivers(wall_now());
    const auto from = static_cast<std::size_t>(paging->cursor.value_or(0));
    json::array items;
    for (std::size_t i = from; i < all.size() && items.size() < paging->limit; ++i)
        items.push_back(to_json(all[i], *request.snapshot));
    const auto next = from + items.size();
    const auto cursor = next < all.size() ? std::optional(std::uint64_t{next}) : std::nullopt;
    co_return json_response(200, page(std::move(items), cursor_text(cursor)));
}

/// The name as the scheduler has it; https://host:443 is https://host.
std::string name_of(const std::string& parameter) {
    const auto url = wire::parse_url(parameter);
    return url ? url->origin() : parameter;
}

io::Task<Answer> show(Request& request, engine::Engine& engine) {
    const auto& asked = request.parameters.at(0);
    auto receiver = engine.scheduler().receiver(asked, wall_now());
    if (!receiver) receiver = engine.scheduler().receiver(name_of(asked), wall_now());
    if (!receiver) co_return tl::unexpected(not_found("No add-on is at the receiver '" + asked + "'."));
    co_return json_response(200, to_json(*receiver, *request.snapshot));
}

enum class Pause : std::uint8_t { begin, end };

/// Also of a receiver that no add-on is at now: it may be paused before one comes.
io::Task<Answer> set_pause(Request& request, engine::Engine& engine, Pause pause) {
    const auto& asked = request.parameters.at(0);
    const auto url = wire::parse_url(asked);
    if (!url)
        co_return tl::unexpected(wrong("'" + asked + "' names no receiver; it looks like https://addon.example."));
    const auto name = url->origin();
    auto task = pause == Pause::begin ? engine.pause_receiver(name) : engine.resume_receiver(name);
    const auto done = co_await std::move(task);
    if (!done) co_return tl::unexpected(problem_of(done.error()));
    const auto receiver = engine.scheduler().receiver(name, wall_now());
    // Nobody is there: it has no more than a name.
    engine::ReceiverStatus nobody;
    nobody.name = name;
    co_return json_response(200, to_json(receiver.value_or(nobody), *request.snapshot));
}

}  // namespace

void add_receiver_routes(Router& router, engine::Engine& engine) {
    router.add("GET", "/api/v1/receivers", Action::read_server,
               [&](Request& request) { return list(request, engine); });
    router.add("GET", "/api/v1/receivers/{receiver}", Action::read_server,
               [&](Request& request) { return show(request, engine); });
    router.add("POST", "/api/v1/receivers/{receiver}/pause", Action::change_server,
               [&](Request& request) { return set_pause(request, engine, Pause::begin); });
    router.add("POST", "/api/v1/receivers/{receiver}/resume", Action::change_server,
               [&](Request& request) { return set_pause(request, engine, Pause::end); });
}

}  // namespace posthorn::api
