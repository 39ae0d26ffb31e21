// `posthorn delivery`: history, dead letters, the live view.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/delivery_text.h"
#include "program/event_stream.h"
#include "program/json_print.h"
#include "program/table.h"
#include "program/time_text.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

struct Options {
    ClientOptions client;
    std::string id;
    std::string addon;
    std::string event;
    std::string state;
    std::string since;
    std::string until;
    std::optional<std::uint32_t> limit;
    bool missing = false;
    bool preview = false;
};

/// RFC 3339 for the server, of what --since and --until take. Empty stays empty.
Result<std::string> moment_of(const std::string& text) {
    if (text.empty()) return std::string();
    POSTHORN_TRY(const auto at, parse_since(text, wall_now()));
    return to_rfc3339(at);
}

int list(const Options& options, ClientCommand& command) {
    const auto since = moment_of(options.since);
    if (!since) return wrong_usage("--since " + since.error().detail);
    const auto until = moment_of(options.until);
    if (!until) return wrong_usage("--until " + until.error().detail);
    constexpr std::uint32_t kPageMax = 500;
    const auto wanted = options.limit.value_or(50);
    Table table({{"ID"},
                 {"TIME"},
                 {"STATE"},
                 {"EVENT", Column::Align::left, Column::Fit::shrink},
                 {"ADD-ON", Column::Align::left, Column::Fit::shrink},
                 {"TRIES", Column::Align::right, Column::Fit::drop},
                 {"ANSWER"},
                 {"TOOK", Column::Align::right, Column::Fit::drop}});
    json::array items;
    std::string cursor;
    std::size_t count = 0;
    do {
        const auto page_size = std::min<std::size_t>(wanted - count, kPageMax);
        const auto query = query_of({{"addon", options.addon},
                                     {"event", options.event},
                                     {"state", options.state},
                                     {"since", *since},
                                     {"until", *until},
                                     {"limit", std::to_string(page_size)},
                                     {"cursor", cursor}});
        const auto page = command.client().call({"GET", command.tenant_path("/deliveries") + query});
        if (!page) return command.fail_with(page.error());
        cursor = text_of(*page, "next");
        const auto& rows = member_of(*page, "items");
        if (!rows.is_array() || rows.get_array().empty()) break;
        for (const auto& row : rows.get_array()) {
            ++count;
            if (options.client.json) items.push_back(row);
            else table.add(delivery_row(row, wall_now()));
        }
    } while (!cursor.empty() && count < wanted);
    if (options.client.json) {
        command.print_json(json::object{{"items", std::move(items)},
                                        {"next", cursor.empty() ? json::value(nullptr) : json::value(cursor)}});
        return kDone;
    }
    if (table.is_empty()) {
        const bool is_narrowed =
            !(options.addon + options.event + options.state + options.since + options.until).empty();
        print_line(is_narrowed ? "No deliveries match."
                               : "No deliveries yet. 'posthorn trigger jira:issue_created' posts a sample event.");
        return kDone;
    }
    std::fputs(table.text(columns_of(stdout), command.paint()).c_str(), stdout);
    if (!cursor.empty()) print_line(command.paint()(Style::dim, "There are more: --limit, --since"));
    return kDone;
}

int show(const Options& options, ClientCommand& command) {
    return command.call_and_show({"GET", command.tenant_path("/deliveries/" + wire::percent_encode(options.id))},
                                 [&](const json::value& delivery) { print_delivery(delivery, command.paint()); });
}

int replay(const Options& options, ClientCommand& command) {
    const auto path = command.tenant_path("/deliveries/" + wire::percent_encode(options.id) + "/replay");
    return command.call_and_show({"POST", path}, [&](const json::value& made) {
        print_line(fmt::format("{} {} replays {}", command.paint()(Style::green, "queued"), text_of(made, "id"),
                               text_of(made, "replayOf")));
    });
}

int cancel(const Options& options, ClientCommand& command) {
    const auto path = command.tenant_path("/deliveries/" + wire::percent_encode(options.id) + "/cancel");
    return command.call_and_show({"POST", path}, [&](const json::value& made) {
        print_line(fmt::format("{} {}", command.paint()(Style::green, "cancelled"), text_of(made, "id")));
    });
}

// --- recover ----------------------------------------------------------------------------------------------

/// Follows the operation to its end, with its progress on stderr.
int follow(const std::string& operation, ClientCommand& command) {
    const bool is_live = is_terminal(stderr);
    for (;;) {
        const auto state = command.client().call({"GET", "/api/v1/operations/" + operation});
        if (!state) return command.fail_with(state.error());
        const auto name = text_of(*state, "state");
        if (is_live)
            std::fputs(
                fmt::format("\r{} of {} deliveries queued ", text_of(*state, "done"), text_of(*state, "total")).c_str(),
                stderr);
        if (name != "running" && name != "pending") {
            if (is_live) std::fputs("\n", stderr);
            const auto failure = text_of(*state, "failure");
            if (command.options().json) command.print_json(*state);
            else
                print_line(fmt::format("{}: {} of {} deliveries queued{}", name, text_of(*state, "done"),
                                       text_of(*state, "total"), failure.empty() ? "" : ", " + printable(failure)));
            return failure.empty() && name != "failed" && name != "stopped" ? kDone : kRefused;
        }
        command.loop().run_until([] { return false; }, std::chrono::milliseconds(200));
    }
}

int recover(const Options& options, ClientCommand& command) {
    if (options.since.empty()) return wrong_usage("recover needs --since: from when on, 1h or 2026-11-24T20:14:00Z");
    const auto since = moment_of(options.since);
    if (!since) return wrong_usage("--since " + since.error().detail);
    const auto until = moment_of(options.until);
    if (!until) return wrong_usage("--until " + until.error().detail);
    json::object body{{"since", *since}};
    if (!until->empty()) body["until"] = *until;
    if (!options.addon.empty()) body["addon"] = options.addon;
    if (!options.event.empty()) body["event"] = options.event;
    if (!options.state.empty()) body["state"] = options.state;
    if (options.missing) body["missing"] = true;
    if (options.preview) body["preview"] = true;
    const Call call{"POST", command.tenant_path("/deliveries/recover"), json::serialize(body)};
    if (options.preview)
        return command.call_and_show(call, [&](const json::value& count) {
            const auto* more = count.as_object().if_contains("more");
            print_line(fmt::format("{}{} deliveries would be made anew", more != nullptr ? "more than " : "",
                                   text_of(count, "deliveries")));
        });
    const auto started = command.client().call(call);
    if (!started) return command.fail_with(started.error());
    return follow(text_of(*started, "operation"), command);
}

// --- tail -------------------------------------------------------------------------------------------------

int tail(const Options& options, ClientCommand& command) {
    const auto path = "/api/v1/stream" + query_of({{"tenant", options.client.tenant}, {"addon", options.addon}});
    StreamFollower follower;
    follower.on_event = [&](StreamEvent event) -> io::Task<bool> {
        boost::system::error_code error;
        auto data = json::parse(event.data, error);
        if (error) data = json::string(event.data);
        if (command.options().json)
            print_line(json::serialize(json::object{{"id", event.id}, {"type", event.name}, {"data", data}}));
        else print_line(live_line(event.name, data, command.paint()));
        std::fflush(stdout);
        co_return true;
    };
    follower.on_trouble = [](std::string_view trouble) { print_error(printable(trouble)); };
    if (is_terminal(stderr)) std::fputs("Listening; Ctrl-C ends it.\n", stderr);
    const auto followed = follow_stream(command.client(), path, follower);
    return followed ? kDone : command.fail_with(followed.error());
}

using Action = int (*)(const Options&, ClientCommand&);

void set_action(Arguments& command, const std::shared_ptr<Options>& options, Action action) {
    add_tenant_options(command, options->client);
    command.action([options, action] {
        return with_client(options->client, [&](ClientCommand& client) { return action(*options, client); });
    });
}

void add_one(Arguments& group, const std::string& name, const std::string& about, Action action) {
    auto command = group.command(name, about, "posthorn delivery " + name + " dlv_06f2v8z3k4001");
    const auto options = std::make_shared<Options>();
    command.argument("id", options->id, "The delivery, dlv_...; 'posthorn delivery list' shows them");
    set_action(command, options, action);
}

void add_filters(Arguments& command, Options& options) {
    command.text("--addon", options.addon, "Only those of one add-on", "KEY");
    command.text("--event", options.event, "Only those of one event type", "TYPE");
    command.text("--state", options.state, "Only pending, retrying, delivered, dead or cancelled ones", "STATE");
    command.text("--since", options.since, "From then on: 30m, 1h, 3d, or 2026-11-24T20:14:00Z", "T");
    command.text("--until", options.until, "Until then", "T");
}

}  // namespace

void add_delivery_command(Arguments& root) {
    auto group = root.command("delivery", "History, dead deliveries, the live view",
                              "posthorn delivery list --state dead --since 1h");

    auto list_command =
        group.command("list", "The deliveries of a tenant, the newest first",
                      "posthorn delivery list\nposthorn delivery list --state dead --since 1h --addon my-addon");
    const auto list_options = std::make_shared<Options>();
    add_filters(list_command, *list_options);
    list_command.number("--limit", list_options->limit, "At most so many (default 50)");
    set_action(list_command, list_options, list);

    add_one(group, "show", "One delivery: its attempts as a timeline, request and response", show);
    add_one(group, "replay", "Deliver anew what is delivered, dead or cancelled", replay);
    add_one(group, "cancel", "Stop a delivery that is pending or retrying", cancel);

    auto recover_command =
        group.command("recover", "Deliver anew all that failed since a moment",
                      "posthorn delivery recover --since 2h --preview\n"
                      "posthorn delivery recover --since 2026-11-24T20:00:00Z --addon my-addon --missing");
    const auto recover_options = std::make_shared<Options>();
    add_filters(recover_command, *recover_options);
    recover_command.flag("--missing", recover_options->missing, "Also events from before the add-on was there");
    recover_command.flag("--preview", recover_options->preview, "Only count them");
    set_action(recover_command, recover_options, recover);

    auto tail_command = group.command("tail", "What happens, as it happens", "posthorn delivery tail --addon my-addon");
    const auto tail_options = std::make_shared<Options>();
    tail_command.text("--addon", tail_options->addon, "Only what concerns one add-on", "KEY");
    set_action(tail_command, tail_options, tail);
}

}  // namespace posthorn::program
