// `posthorn receiver`: how the receivers of a server are doing.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/table.h"
#include "program/time_text.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

struct Options {
    ClientOptions client;
    std::string receiver;
};

Style style_of(const std::string& state) {
    if (state == "closed") return Style::green;
    return state == "paused" ? Style::yellow : Style::red;
}

std::string age_of(const std::string& time) {
    const auto at = parse_rfc3339(time);
    return at ? relative_time(*at, wall_now()) : "";
}

std::string percent_of(const json::value& receiver) {
    const auto& share = member_of(receiver, "failureShare");
    return share.is_number() ? fmt::format("{:.0f} %", 100 * share.to_number<double>()) : "";
}

int list(ClientCommand& command) {
    return command.call_and_show({"GET", "/api/v1/receivers?limit=500"}, [&](const json::value& page) {
        Table table({{"RECEIVER", Column::Align::left, Column::Fit::shrink},
                     {"STATE"},
                     {"SINCE", Column::Align::left, Column::Fit::drop},
                     {"FAILED", Column::Align::right},
                     {"UNDER WAY", Column::Align::right},
                     {"IN MEMORY", Column::Align::right},
                     {"REASON", Column::Align::left, Column::Fit::shrink}});
        const auto& items = member_of(page, "items");
        if (items.is_array())
            for (const auto& receiver : items.get_array()) {
                const auto state = text_of(receiver, "state");
                table.add({{text_of(receiver, "receiver"), Style::bold},
                           {state, style_of(state)},
                           {age_of(text_of(receiver, "since")), Style::dim},
                           {percent_of(receiver)},
                           {text_of(receiver, "underWay") + " of " + text_of(receiver, "parallelLimit")},
                           {text_of(receiver, "waitingInMemory")},
                           {text_of(receiver, "reason")}});
            }
        if (table.is_empty()) print_line("No receivers: no add-on is installed.");
        else std::fputs(table.text(columns_of(stdout), command.paint()).c_str(), stdout);
        if (!text_of(page, "next").empty()) print_line("There are more; the API pages through them.");
    });
}

std::string path_of(const Options& options) { return "/api/v1/receivers/" + wire::percent_encode(options.receiver); }

void print_one(const json::value& receiver, const Paint& paint) {
    const auto state = text_of(receiver, "state");
    print_line(paint(Style::bold, printable(text_of(receiver, "receiver"))) + "  " + paint(style_of(state), state));
    const auto line = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) print_line(fmt::format("  {:<11} {}", name, printable(value)));
    };
    line("reason", text_of(receiver, "reason"));
    line("since", text_of(receiver, "since"));
    line("next probe", text_of(receiver, "nextProbeAt"));
    line("under way", text_of(receiver, "underWay") + " of " + text_of(receiver, "parallelLimit"));
    line("waiting", text_of(receiver, "waitingInMemory") + " in memory");
    line("failed", percent_of(receiver) + " of the last minute's attempts");
    const auto& addons = member_of(receiver, "addons");
    if (addons.is_array())
        for (const auto& addon : addons.get_array())
            line("add-on", text_of(addon, "tenant") + " / " + text_of(addon, "addon"));
}

int show(const Options& options, ClientCommand& command) {
    return command.call_and_show({"GET", path_of(options)},
                                 [&](const json::value& receiver) { print_one(receiver, command.paint()); });
}

int set_pause(const Options& options, const std::string& verb, ClientCommand& command) {
    return command.call_and_show({"POST", path_of(options) + "/" + verb, "{}"}, [&](const json::value& receiver) {
        print_line(verb + "d " + printable(text_of(receiver, "receiver")));
    });
}

void add_pause_command(Arguments& group, const std::string& verb, const std::string& about) {
    auto command = group.command(verb, about, "posthorn receiver " + verb + " https://addon.example");
    const auto options = std::make_shared<Options>();
    command.argument("receiver", options->receiver, "Its scheme, host and port: https://addon.example");
    add_server_options(command, options->client);
    command.action([options, verb] {
        return with_client(options->client, [&](ClientCommand& client) { return set_pause(*options, verb, client); });
    });
}

}  // namespace

void add_receiver_command(Arguments& root) {
    auto group = root.command("receiver", "Where add-ons are called, and how that goes", "posthorn receiver list");

    auto list_command =
        group.command("list", "All receivers, with the state of their circuit breakers", "posthorn receiver list");
    const auto list_options = std::make_shared<Options>();
    add_server_options(list_command, list_options->client);
    list_command.action([list_options] { return with_client(list_options->client, list); });

    auto show_command = group.command("show", "One receiver", "posthorn receiver show https://addon.example");
    const auto show_options = std::make_shared<Options>();
    show_command.argument("receiver", show_options->receiver, "Its scheme, host and port: https://addon.example");
    add_server_options(show_command, show_options->client);
    show_command.action([show_options] {
        return with_client(show_options->client, [&](ClientCommand& client) { return show(*show_options, client); });
    });

    add_pause_command(group, "pause", "Call it no more; everything for it is kept");
    add_pause_command(group, "resume", "Call it again; what waits goes out");
}

}  // namespace posthorn::program
