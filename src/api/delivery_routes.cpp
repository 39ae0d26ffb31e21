#include "api/delivery_routes.h"

#include <utility>

#include "api/delivery_json.h"
#include "api/posting.h"

namespace posthorn::api {

namespace {

using registry::Action;

/// The one add-on that the caller's key is for; empty: all.
std::string only_addon(const Request& request) {
    return request.caller.key != nullptr ? request.caller.key->addon : "";
}

bool may_see(const Request& request, Action action, const state::DeliveryRow& row) {
    const auto* installation = request.snapshot->find_installation(row.delivery.installation);
    return row.tenant == request.tenant->id && installation != nullptr &&
           request.caller.may(action, {request.tenant->id, installation->addon_key});
}

/// Who asks for one delivery: what he may not see does not exist for him.
io::Task<tl::expected<state::DeliveryDetail, http::Problem>> find_delivery(Request& request, engine::Engine& engine,
                                                                           Action action) {
    const auto& text = request.parameters.at(1);
    const auto id = parse_delivery_id(text);
    auto missing = not_found("There is no delivery '" + text + "' in tenant '" + request.tenant->key + "'.");
    if (!id) co_return tl::unexpected(std::move(missing));
    std::function<Result<state::DeliveryDetail>(state::Reader&)> query = [id = *id](state::Reader& reader) {
        return reader.delivery(id);
    };
    auto detail = co_await engine.read(std::move(query));
    if (!detail && detail.error().code != Errc::not_found) co_return tl::unexpected(problem_of(detail.error()));
    if (!detail || !may_see(request, action, detail->row)) co_return tl::unexpected(std::move(missing));
    co_return *std::move(detail);
}

struct Narrowing {
    std::optional<std::string> addon;
    std::optional<std::string> event;
    std::optional<std::string> state;
    std::optional<Moment> since;
    std::optional<Moment> until;
};

tl::expected<state::DeliveryFilter, http::Problem> filter_of(const Request& request, const engine::Engine& engine,
                                                             Narrowing narrowing) {
    state::DeliveryFilter filter;
    filter.tenant = request.tenant->id;
    filter.since = narrowing.since;
    filter.until = narrowing.until;
    if (const auto only = only_addon(request); !only.empty()) {
        if (narrowing.addon && *narrowing.addon != only)
            return tl::unexpected(http::Problem{403, "forbidden", "Not this key's right",
                                                "This API key is for the add-on '" + only + "' alone."});
        narrowing.addon = only;
    }
    if (narrowing.addon) {
        const auto* installation = request.snapshot->find_installation(request.tenant->id, *narrowing.addon);
        if (installation == nullptr)
            return tl::unexpected(
                not_found("The tenant '" + request.tenant->key + "' has no add-on '" + *narrowing.addon + "'."));
        filter.installation = installation->id;
    }
    if (narrowing.event) {
        const auto& catalogue = const_cast<engine::Engine&>(engine).registry().catalogue();
        const auto* type = catalogue.find(request.tenant->product, *narrowing.event);
        filter.event_type = type != nullptr ? type->name : *narrowing.event;
    }
    if (narrowing.state) {
        filter.state = model::parse_delivery_state(*narrowing.state);
        if (!filter.state)
            return tl::unexpected(http::Problem{400, "wrong-parameter", "Wrong query parameter",
                                                "'" + *narrowing.state +
                                                    "' is no state; there are pending, retrying, "
                                                    "delivered, dead and cancelled."});
    }
    return filter;
}

/// What both lists can be asked for.
struct ListQuery {
    Paging paging;
    std::optional<Moment> since;
    std::optional<Moment> until;
};

tl::expected<ListQuery, http::Problem> list_query_of(const Request& request) {
    const auto paging = paging_of(request);
    if (!paging) return tl::unexpected(paging.error());
    const auto since = time_of(request, "since");
    if (!since) return tl::unexpected(since.error());
    const auto until = time_of(request, "until");
    if (!until) return tl::unexpected(until.error());
    return ListQuery{*paging, *since, *until};
}

io::Task<Answer> list_deliveries(Request& request, engine::Engine& engine) {
    const auto asked = list_query_of(request);
    if (!asked) co_return tl::unexpected(asked.error());
    Narrowing narrowing{request.query("addon"), request.query("event"), request.query("state"), asked->since,
                        asked->until};
    const auto filter = filter_of(request, engine, std::move(narrowing));
    if (!filter) co_return tl::unexpected(filter.error());
    std::function<Result<state::DeliveryPage>(state::Reader&)> query = [filter = *filter,
                                                                        paging = asked->paging](state::Reader& reader) {
        return reader.deliveries(filter, paging.cursor, paging.limit);
    };
    const auto found = co_await engine.read(std::move(query));
    if (!found) co_return tl::unexpected(problem_of(found.error()));
    json::array items;
    for (const auto& row : found->rows) items.emplace_back(to_json(row, *request.snapshot));
    co_return json_response(200, page(std::move(items), cursor_text(found->next)));
}

io::Task<Answer> show_delivery(Request& request, engine::Engine& engine) {
    const auto detail = co_await find_delivery(request, engine, Action::read_addon);
    if (!detail) co_return tl::unexpected(detail.error());
    co_return json_response(200, to_json(*detail, engine));
}

io::Task<Answer> replay(Request& request, engine::Engine& engine) {
    const auto detail = co_await find_delivery(request, engine, Action::change_addon);
    if (!detail) co_return tl::unexpected(detail.error());
    const auto id = co_await engine.replay(detail->row.delivery.id);
    if (!id) co_return tl::unexpected(problem_of(id.error()));
    json::object object{{"id", to_string(*id)}, {"replayOf", to_string(detail->row.delivery.id)}};
    co_return json_response(202, std::move(object));
}

io::Task<Answer> cancel(Request& request, engine::Engine& engine) {
    const auto detail = co_await find_delivery(request, engine, Action::change_addon);
    if (!detail) co_return tl::unexpected(detail.error());
    const auto cancelled = co_await engine.cancel(detail->row.delivery.id);
    if (!cancelled) co_return tl::unexpected(problem_of(cancelled.error()));
    json::object object{{"id", to_string(detail->row.delivery.id)}, {"state", "cancelled"}};
    co_return json_response(200, std::move(object));
}

// --- Recover ----------------------------------------------------------------------------------------------

struct RecoverBody {
    Narrowing narrowing;
    bool missing = false;
    bool preview = false;
};

tl::expected<RecoverBody, http::Problem> read_recover(wire::JsonView body) {
    RecoverBody recover;
    std::vector<http::ProblemError> errors;
    for (const auto& member : body.members()) {
        const auto name = member.key();
        const auto pointer = "/" + name;
        const auto text = [&](std::optional<std::string>& into) {
            if (member.value.is_null()) return;
            if (member.value.is_string()) into = member.value.string();
            else errors.push_back({pointer, "must be a string"});
        };
        const auto time = [&](std::optional<Moment>& into) {
            std::optional<std::string> given;
            text(given);
            if (!given) return;
            if (const auto at = parse_rfc3339(*given)) into = *at;
            else errors.push_back({pointer, at.error().detail});
        };
        const auto flag = [&](bool& into) {
            if (const auto value = member.value.boolean()) into = *value;
            else errors.push_back({pointer, "must be true or false"});
        };
        if (name == "addon") text(recover.narrowing.addon);
        else if (name == "event") text(recover.narrowing.event);
        else if (name == "state") text(recover.narrowing.state);
        else if (name == "since") time(recover.narrowing.since);
        else if (name == "until") time(recover.narrowing.until);
        else if (name == "missing") flag(recover.missing);
        else if (name == "preview") flag(recover.preview);
        else
            errors.push_back(
                {pointer, "is not known; there are addon, event, state, since, until, missing and preview"});
    }
    if (!recover.narrowing.since && errors.empty())
        errors.push_back({"/since", "is missing: from when on, such as \"2026-11-24T20:00:00Z\""});
    if (!errors.empty()) return tl::unexpected(wrong("The recovery can't be read.", std::move(errors)));
    return recover;
}

io::Task<Answer> recover(Request& request, engine::Engine& engine, engine::Recoveries& recoveries) {
    const auto body = co_await read_json(request);
    if (!body) co_return tl::unexpected(body.error());
    auto read = read_recover(body->view);
    if (!read) co_return tl::unexpected(std::move(read).error());
    // What failed is what people want back, unless they say otherwise.
    if (!read->narrowing.state) read->narrowing.state = "dead";
    auto filter = filter_of(request, engine, read->narrowing);
    if (!filter) co_return tl::unexpected(std::move(filter).error());
    if (!model::is_final(*filter->state))
        co_return tl::unexpected(wrong("Only deliveries that are delivered, dead or cancelled can be recovered.",
                                       {{"/state", "must be delivered, dead or cancelled"}}));
    engine::RecoveryRequest recovery{*std::move(filter), read->missing};
    if (read->preview) {
        const auto count = co_await recoveries.preview(std::move(recovery));
        if (!count) co_return tl::unexpected(problem_of(count.error()));
        json::object object{{"deliveries", count->deliveries}};
        if (!count->is_all) object["more"] = true;
        co_return json_response(200, std::move(object));
    }
    const auto operation = recoveries.start(std::move(recovery));
    if (!operation) co_return tl::unexpected(problem_of(operation.error()));
    json::object object{{"operation", *operation}};
    co_return json_response(202, std::move(object));
}

tl::expected<const engine::Operation*, http::Problem> find_operation(const Request& request,
                                                                     const engine::Recoveries& recoveries,
                                                                     Action action) {
    const auto& id = request.parameters.at(0);
    const auto* operation = recoveries.find(id);
    const auto* installation = operation != nullptr && operation->installation
                                   ? request.snapshot->find_installation(operation->installation)
                                   : nullptr;
    const std::string_view addon = installation != nullptr ? std::string_view(installation->addon_key) : "";
    if (operation == nullptr || !request.caller.may(action, {operation->tenant, addon}))
        return tl::unexpected(not_found("There is no operation '" + id + "'; a restart of the server ends them."));
    return operation;
}

json::object operation_json(const engine::Operation& operation) {
    json::object object{{"id", operation.id},
                        {"state", engine::to_string(operation.state)},
                        {"done", operation.done},
                        {"total", operation.total}};
    if (!operation.is_total_exact) object["more"] = true;
    if (!operation.failure.empty()) object["failure"] = operation.failure;
    return object;
}

// --- Events -----------------------------------------------------------------------------------------------

io::Task<Answer> list_events(Request& request, engine::Engine& engine) {
    const auto asked = list_query_of(request);
    if (!asked) co_return tl::unexpected(asked.error());
    std::function<Result<state::EventPage>(state::Reader&)> query =
        [tenant = request.tenant->id, type = request.query("event"), asked = *asked](state::Reader& reader) {
            return reader.events(tenant, type, asked.since, asked.until, asked.paging.cursor, asked.paging.limit);
        };
    const auto found = co_await engine.read(std::move(query));
    if (!found) co_return tl::unexpected(problem_of(found.error()));
    json::array items;
    for (const auto& row : found->rows)
        items.push_back(json::object{{"id", to_string(row.id)},
                                     {"event", row.type},
                                     {"acceptedAt", to_rfc3339(row.accepted_at)},
                                     {"deliveries", row.deliveries}});
    co_return json_response(200, page(std::move(items), cursor_text(found->next)));
}

io::Task<Answer> show_event(Request& request, engine::Engine& engine) {
    const auto& text = request.parameters.at(1);
    const auto missing = not_found("There is no event '" + text + "' in tenant '" + request.tenant->key + "'.");
    const auto id = parse_event_id(text);
    if (!id) co_return tl::unexpected(missing);
    using Both = std::pair<model::EventPtr, std::vector<state::DeliveryRow>>;
    std::function<Result<Both>(state::Reader&)> query = [id = *id](state::Reader& reader) -> Result<Both> {
        POSTHORN_TRY(auto event, reader.event(id));
        POSTHORN_TRY(auto deliveries, reader.deliveries_of(id));
        return Both(std::move(event), std::move(deliveries));
    };
    const auto found = co_await engine.read(std::move(query));
    if (!found && found.error().code != Errc::not_found) co_return tl::unexpected(problem_of(found.error()));
    if (!found || found->first->tenant != request.tenant->id) co_return tl::unexpected(missing);
    json::array deliveries;
    for (const auto& row : found->second)
        if (may_see(request, Action::read_addon, row)) deliveries.emplace_back(to_json(row, *request.snapshot));
    // A key for one add-on sees the events that this add-on heard, and no others.
    if (deliveries.empty() && !only_addon(request).empty()) co_return tl::unexpected(missing);
    auto object = to_json(*found->first);
    object["deliveries"] = std::move(deliveries);
    co_return json_response(200, std::move(object));
}

}  // namespace

void add_delivery_routes(Router& router, engine::Engine& engine, engine::Recoveries& recoveries) {
    const std::string tenant = "/api/v1/tenants/{tenant}";
    const std::string delivery = tenant + "/deliveries/{delivery}";
    // Rights of one delivery are asked for its add-on, once that is known.
    router.add("GET", tenant + "/deliveries", Action::read_tenant,
               [&](Request& request) { return list_deliveries(request, engine); });
    router.add("POST", tenant + "/deliveries/recover", Action::read_tenant, [&](Request& request) {
        if (!request.caller.may(Action::change_addon, {request.tenant->id, only_addon(request)}))
            return refuse(
                {403, "forbidden", "Not this key's right", "The role of this API key does not allow recovering."});
        return recover(request, engine, recoveries);
    });
    router.add("GET", delivery, Action::read_tenant, [&](Request& request) { return show_delivery(request, engine); });
    router.add("POST", delivery + "/replay", Action::read_tenant,
               [&](Request& request) { return replay(request, engine); });
    router.add("POST", delivery + "/cancel", Action::read_tenant,
               [&](Request& request) { return cancel(request, engine); });

    router.add("GET", tenant + "/events", Action::read_addon,
               [&](Request& request) { return list_events(request, engine); });
    router.add("GET", tenant + "/events/{event}", Action::read_tenant,
               [&](Request& request) { return show_event(request, engine); });

    router.add("GET", "/api/v1/operations/{operation}", Action::read_tenant, [&](Request& request) -> io::Task<Answer> {
        const auto operation = find_operation(request, recoveries, Action::read_addon);
        if (!operation) co_return tl::unexpected(operation.error());
        co_return json_response(200, operation_json(**operation));
    });
    router.add("DELETE", "/api/v1/operations/{operation}", Action::read_tenant,
               [&](Request& request) -> io::Task<Answer> {
                   const auto operation = find_operation(request, recoveries, Action::change_addon);
                   if (!operation) co_return tl::unexpected(operation.error());
                   const auto stopped = co_await recoveries.stop((*operation)->id);
                   if (!stopped) co_return tl::unexpected(problem_of(stopped.error()));
                   co_return json_response(200, operation_json(*stopped));
               });
}

}  // namespace posthorn::api
