// `posthorn key`: the API keys of a server.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/table.h"
#include "program/time_text.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

struct Options {
    ClientOptions client;
    std::string id;
    std::string role;
    std::string tenant;
    std::string addon;
    std::string note;
};

int list(ClientCommand& command) {
    return command.call_and_show({"GET", "/api/v1/keys"}, [&](const json::value& page) {
        Table table(
            {{"ID"}, {"ROLE"}, {"TENANT"}, {"ADD-ON"}, {"MADE"}, {"NOTE", Column::Align::left, Column::Fit::shrink}});
        const auto& items = member_of(page, "items");
        if (items.is_array())
            for (const auto& key : items.get_array()) {
                const auto at = parse_rfc3339(text_of(key, "createdAt"));
                table.add({{text_of(key, "id")},
                           {text_of(key, "role"), Style::bold},
                           {text_of(key, "tenant")},
                           {text_of(key, "addon")},
                           {at ? relative_time(*at, wall_now()) : "", Style::dim},
                           {text_of(key, "note")}});
            }
        if (table.is_empty()) print_line("No keys.");
        else std::fputs(table.text(columns_of(stdout), command.paint()).c_str(), stdout);
    });
}

int create(const Options& options, ClientCommand& command) {
    json::object body{{"role", options.role}};
    if (!options.tenant.empty()) body["tenant"] = options.tenant;
    if (!options.addon.empty()) body["addon"] = options.addon;
    if (!options.note.empty()) body["note"] = options.note;
    return command.call_and_show({"POST", "/api/v1/keys", json::serialize(body)}, [&](const json::value& key) {
        // The key alone on stdout, so that a script can take it.
        print_line(text_of(key, "key"));
        std::fflush(stdout);
        std::fputs(fmt::format("Made {} (role {}). It is shown this once; the server keeps only its hash.\n",
                               text_of(key, "id"), text_of(key, "role"))
                       .c_str(),
                   stderr);
    });
}

int remove(const Options& options, ClientCommand& command) {
    return command.call_and_show({"DELETE", "/api/v1/keys/" + wire::percent_encode(options.id)},
                                 [&](const json::value&) {
                                     print_line(command.paint()(Style::green, "deleted") + " " + printable(options.id));
                                 });
}

int rotate_install(ClientCommand& command) {
    return command.call_and_show({"POST", "/api/v1/install-keys", "{}"}, [&](const json::value& key) {
        print_line("Install calls are signed by " + printable(text_of(key, "kid")) +
                   " from now on; the keys before it stay readable.");
    });
}

}  // namespace

void add_key_command(Arguments& root) {
    auto group = root.command("key", "API keys", "posthorn key create publish --tenant jira --note 'CI'");

    auto list_command = group.command("list", "All keys, without their secrets", "posthorn key list");
    const auto list_options = std::make_shared<Options>();
    add_server_options(list_command, list_options->client);
    list_command.action([list_options] { return with_client(list_options->client, list); });

    auto command = group.command("create", "Make a key; it is printed this once",
                                 "posthorn key create admin --note 'on call'\n"
                                 "posthorn key create publish --tenant jira\n"
                                 "posthorn key create tenant --tenant jira --addon my-addon");
    const auto options = std::make_shared<Options>();
    command.argument("role", options->role, "admin (all), tenant (its add-ons and events), publish (events), read");
    command.text("--tenant", options->tenant, "The one tenant that it is for", "KEY");
    command.text("--addon", options->addon, "The one add-on that it is for (role tenant)", "KEY");
    command.text("--note", options->note, "What it is for", "TEXT");
    add_server_options(command, options->client);
    command.action([options] {
        return with_client(options->client, [&](ClientCommand& client) { return create(*options, client); });
    });

    auto rotate_command =
        group.command("rotate-install", "Make a new key that signs install calls", "posthorn key rotate-install");
    const auto rotate_options = std::make_shared<Options>();
    add_server_options(rotate_command, rotate_options->client);
    rotate_command.action([rotate_options] { return with_client(rotate_options->client, rotate_install); });

    auto delete_command =
        group.command("delete", "Delete a key; it stops working at once", "posthorn key delete KEY-ID");
    const auto delete_options = std::make_shared<Options>();
    delete_command.argument("id", delete_options->id, "Its id; 'posthorn key list' shows them");
    add_server_options(delete_command, delete_options->client);
    delete_command.action([delete_options] {
        return with_client(delete_options->client,
                           [&](ClientCommand& client) { return remove(*delete_options, client); });
    });
}

}  // namespace posthorn::program
