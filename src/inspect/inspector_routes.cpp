#include "inspect/inspector_routes.h"

#include <charconv>
#include <utility>

#include <boost/json/serialize.hpp>

#include "api/json_answer.h"
#include "inspect/call_feed.h"
#include "inspect/call_replay.h"
#include "inspect/inspector_json.h"
#include "wire/duration.h"

namespace posthorn::inspect {

namespace json = boost::json;
using api::Answer;
using api::Request;
using registry::Action;

namespace {

using namespace std::chrono_literals;

constexpr Millis kTtlDefault = 72h;
constexpr Millis kTtlMin = 1s;
constexpr Millis kTtlMax = 30 * 24h;
constexpr std::size_t kReplaysMax = 16;

http::Problem store_problem(const Error& error) { return api::problem_of(error); }

/// A key for one add-on sees that add-on alone, and no inspectors, which hear all of a tenant.
bool may(const Request& request, Action action, const Inspector& inspector) {
    return request.caller.may(action, {inspector.tenant, {}});
}

struct NewInspector {
    WantedInspector wanted;
    std::string tenant_key;
};

tl::expected<NewInspector, http::Problem> read_new(wire::JsonView body, const registry::Snapshot& snapshot) {
    NewInspector made;
    made.tenant_key = "jira";
    made.wanted.ttl = kTtlDefault;
    std::vector<http::ProblemError> errors;
    for (const auto& member : body.members()) {
        const auto name = member.key();
        const auto& value = member.value;
        if (name == "tenant" && value.is_string()) {
            made.tenant_key = value.string();
        } else if (name == "ttl" && value.is_string()) {
            const auto ttl = wire::parse_duration(value.string());
            if (ttl && *ttl >= kTtlMin && *ttl <= kTtlMax) made.wanted.ttl = *ttl;
            else errors.push_back({"/ttl", "must be a duration from \"1s\" to \"30d\", such as \"72h\""});
        } else if (name == "install" && value.boolean()) {
            made.wanted.hears = *value.boolean() ? Hears::product_of_tenant : Hears::both_products;
        } else if (name == "tenant" || name == "ttl") {
            errors.push_back({"/" + name, "must be a string"});
        } else if (name == "install") {
            errors.push_back({"/install", "must be true or false"});
        } else {
            errors.push_back({"/" + name, "is not known; there are tenant, ttl and install"});
        }
    }
    const auto* tenant = snapshot.find_tenant(made.tenant_key);
    if (tenant != nullptr) made.wanted.tenant = tenant->id;
    else errors.push_back({"/tenant", "there is no tenant '" + made.tenant_key + "'"});
    if (!errors.empty()) return tl::unexpected(api::wrong("The inspector can't be made.", std::move(errors)));
    return made;
}

io::Task<Answer> make(Request& request, Inspectors& inspectors) {
    const auto body = co_await api::read_optional_json(request);
    if (!body) co_return tl::unexpected(body.error());
    auto wanted = read_new(body->view, *request.snapshot);
    if (!wanted) co_return tl::unexpected(std::move(wanted).error());
    if (!request.caller.may(Action::change_addon, {wanted->wanted.tenant, {}})) {
        http::Problem problem{403, "forbidden", "Not this key's right",
                              "An inspector hears all of the tenant '" + wanted->tenant_key +
                                  "'; making one needs a key of the role tenant for all its add-ons, or admin."};
        co_return tl::unexpected(std::move(problem));
    }
    const auto made = co_await inspectors.make(wanted->wanted);
    if (!made) co_return tl::unexpected(made.error());
    const auto& inspector = made->live->inspector;
    json::object object;
    object["id"] = inspector.id;
    object["secret"] = made->secret;
    object["page"] = "/inspect/" + made->secret;
    object["descriptorUrl"] = inspectors.descriptor_url(inspector);
    object["expiresAt"] = to_rfc3339(inspector.expires_at);
    object["tenant"] = wanted->tenant_key;
    object["addon"] = inspector.addon_key();
    object["installed"] = wanted->wanted.hears == Hears::product_of_tenant;
    auto response = api::json_response(201, std::move(object));
    response.headers.emplace_back("Cache-Control", "no-store");
    co_return response;
}

io::Task<Answer> list(Request& request, Inspectors& inspectors) {
    json::array items;
    for (const auto& live : inspectors.all())
        if (may(request, Action::read_addon, live->inspector))
            items.emplace_back(to_json(live->inspector, inspectors, *request.snapshot));
    co_return api::json_response(200, api::page(std::move(items), std::nullopt));
}

io::Task<Answer> show(Request& request, Inspectors& inspectors) {
    const auto live = find_inspector(request, inspectors, Use::read);
    if (!live) co_return tl::unexpected(live.error());
    using Shown = std::pair<Inspector, std::vector<InspectorHost>>;
    std::function<Result<Shown>(InspectorTables&)> query =
        [id = (*live)->inspector.id](InspectorTables& tables) -> Result<Shown> {
        POSTHORN_TRY(auto inspector, tables.find(id));
        POSTHORN_TRY(auto hosts, tables.hosts(id));
        return Shown(std::move(inspector), std::move(hosts));
    };
    const auto shown = co_await inspectors.store().run(std::move(query));
    if (!shown) co_return tl::unexpected(store_problem(shown.error()));
    auto object = to_json(shown->first, inspectors, *request.snapshot);
    object["hosts"] = to_json(shown->second);
    co_return api::json_response(200, std::move(object));
}

io::Task<Answer> list_calls(Request& request, Inspectors& inspectors) {
    const auto live = find_inspector(request, inspectors, Use::read);
    if (!live) co_return tl::unexpected(live.error());
    const auto paging = api::paging_of(request);
    if (!paging) co_return tl::unexpected(paging.error());
    // One more than asked for tells whether there is a next page.
    std::function<Result<std::vector<RecordedCall>>(InspectorTables&)> query =
        [id = (*live)->inspector.id, paging = *paging](InspectorTables& tables) {
            return tables.calls_before(id, paging.cursor, paging.limit + 1);
        };
    auto calls = co_await inspectors.store().run(std::move(query));
    if (!calls) co_return tl::unexpected(store_problem(calls.error()));
    std::optional<std::uint64_t> next;
    if (calls->size() > paging->limit) {
        calls->pop_back();
        next = calls->back().number;
    }
    json::array items;
    for (const auto& call : *calls) items.emplace_back(summary_json(call));
    auto object = api::page(std::move(items), api::cursor_text(next));
    object["dropped"] = (*live)->inspector.calls_dropped();
    co_return api::json_response(200, std::move(object));
}

/// The call that the path names; null if it names none.
io::Task<tl::expected<RecordedCall, http::Problem>> find_call(Request& request, Inspectors& inspectors,
                                                              std::string id) {
    const auto& text = request.parameters.at(1);
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    auto missing = api::not_found("There is no call '" + text + "'; the oldest ones go first when there are many.");
    if (error != std::errc() || stop != end) co_return tl::unexpected(std::move(missing));
    std::function<Result<RecordedCall>(InspectorTables&)> query = [id, number](InspectorTables& tables) {
        return tables.call(id, number);
    };
    auto call = co_await inspectors.store().run(std::move(query));
    if (!call && call.error().code == Errc::not_found) co_return tl::unexpected(std::move(missing));
    if (!call) co_return tl::unexpected(store_problem(call.error()));
    co_return *std::move(call);
}

io::Task<Answer> show_call(Request& request, Inspectors& inspectors) {
    const auto live = find_inspector(request, inspectors, Use::read);
    if (!live) co_return tl::unexpected(live.error());
    const auto call = co_await find_call(request, inspectors, (*live)->inspector.id);
    if (!call) co_return tl::unexpected(call.error());
    co_return api::json_response(200, full_json(*call));
}

io::Task<Answer> replay(Request& request, Inspectors& inspectors, std::shared_ptr<std::size_t> under_way) {
    const auto live = find_inspector(request, inspectors, Use::change);
    if (!live) co_return tl::unexpected(live.error());
    const auto body = co_await api::read_json(request);
    if (!body) co_return tl::unexpected(body.error());
    const auto to = body->view.find("to");
    if (!to || !to->is_string())
        co_return tl::unexpected(api::wrong("The body names no target.", {{"/to", "must be a URL, \"http://...\""}}));
    auto target = to->string();
    auto call = co_await find_call(request, inspectors, (*live)->inspector.id);
    if (!call) co_return tl::unexpected(call.error());
    if (*under_way >= kReplaysMax) {
        http::Problem problem{503, "overloaded", "Overloaded", "Too many replays are under way; try again."};
        co_return tl::unexpected(std::move(problem));
    }
    struct Count {
        std::shared_ptr<std::size_t> count;
        explicit Count(std::shared_ptr<std::size_t> of) : count(std::move(of)) { ++*count; }
        ~Count() { --*count; }
    };
    const Count counted(under_way);
    auto result = co_await replay_call(inspectors.dialer(), *std::move(call), std::move(target));
    if (!result) co_return tl::unexpected(std::move(result).error());
    co_return api::json_response(200, *std::move(result));
}

io::Task<Answer> remove(Request& request, Inspectors& inspectors) {
    const auto live = find_inspector(request, inspectors, Use::change);
    if (!live) co_return tl::unexpected(live.error());
    const auto ended = co_await inspectors.end(*live, EndReason::deleted);
    if (!ended) co_return tl::unexpected(ended.error());
    co_return api::no_content();
}

}  // namespace

tl::expected<LiveInspectorPtr, http::Problem> find_inspector(const Request& request, const Inspectors& inspectors,
                                                             Use use) {
    const auto& text = request.parameters.at(0);
    auto live = inspectors.find_by_secret(text);
    const bool has_secret = live != nullptr;
    // The id alone is no right: it stands in URLs that hosts know. Whoever has a key names the add-on.
    std::string_view id = text;
    if (!live && id.starts_with(kInspectorKeyPrefix)) {
        id.remove_prefix(kInspectorKeyPrefix.size());
        live = inspectors.find(id);
    }
    if (live && !has_secret && !may(request, Action::read_addon, live->inspector)) live = nullptr;
    if (!live) {
        if (const auto* ended = inspectors.find_ended(id)) {
            http::Problem problem{410, "inspector-ended", "The inspector has ended",
                                  "It " +
                                      std::string(ended->why == EndReason::expired ? "came to the end of its time at "
                                                                                   : "was deleted at ") +
                                      to_rfc3339(ended->at) + ", and its calls are erased. Make another one."};
            problem.members.emplace_back("endedAt", '"' + to_rfc3339(ended->at) + '"');
            problem.members.emplace_back("why", '"' + std::string(to_text(ended->why)) + '"');
            return tl::unexpected(std::move(problem));
        }
        return tl::unexpected(api::not_found("There is no such inspector, or it is not this key's to see."));
    }
    if (use == Use::read || may(request, Action::change_addon, live->inspector)) return live;
    if (request.caller.is_anonymous())
        return tl::unexpected(http::Problem{401, "unauthorized", "A valid API key is needed",
                                            "Whoever has an inspector's secret may read it; changes need an API key."});
    return tl::unexpected(http::Problem{403, "forbidden", "Not this key's right",
                                        "This needs a key of the role tenant for all its add-ons, or admin."});
}

void add_inspector_routes(api::Router& router, Inspectors& inspectors) {
    const std::string all = "/api/v1/inspectors";
    const std::string one = all + "/{inspector}";
    const auto under_way = std::make_shared<std::size_t>(0);
    // Who signed out, or whose key was removed, follows no inspector any more.
    router.sessions().watch([&] { inspectors.wake_listeners(); });
    inspectors.engine().registry().watch([&](const registry::SnapshotPtr&) { inspectors.wake_listeners(); });
    // Rights are asked for the tenant that the body or the inspector names.
    router.add("POST", all, Action::read_tenant, [&](Request& request) { return make(request, inspectors); });
    router.add("GET", all, Action::read_tenant, [&](Request& request) { return list(request, inspectors); });
    router.add("GET", one, std::nullopt, [&](Request& request) { return show(request, inspectors); });
    router.add("DELETE", one, std::nullopt, [&](Request& request) { return remove(request, inspectors); });
    router.add("GET", one + "/calls", std::nullopt, [&](Request& request) { return list_calls(request, inspectors); });
    router.add_stream("GET", one + "/calls/stream", std::nullopt,
                      [&](Request& request) { return stream_calls(request, inspectors); });
    router.add_stream("GET", one + "/calls.ndjson", std::nullopt,
                      [&](Request& request) { return download_calls(request, inspectors); });
    router.add("GET", one + "/calls/{call}", std::nullopt,
               [&](Request& request) { return show_call(request, inspectors); });
    router.add("POST", one + "/calls/{call}/replay", std::nullopt,
               [&, under_way](Request& request) { return replay(request, inspectors, under_way); });
}

}  // namespace posthorn::inspect
