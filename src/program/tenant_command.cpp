// `posthorn tenant`: the sites that this server plays.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/json_print.h"
#include "program/table.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

struct Options {
    ClientOptions client;
    std::string key;
    std::string product = "jira";
    std::string client_key;
    std::string base_url;
    std::string display_name;
    std::optional<std::uint32_t> concurrency;
    std::string retry;
};

std::string path_of(const Options& options) { return "/api/v1/tenants/" + wire::percent_encode(options.key); }

json::object body_of(const Options& options) {
    json::object body;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) body[name] = value;
    };
    add("clientKey", options.client_key);
    add("baseUrl", options.base_url);
    add("displayName", options.display_name);
    add("retry", options.retry);
    if (options.concurrency) body["concurrency"] = *options.concurrency;
    return body;
}

int list(const Options&, ClientCommand& command) {
    return command.call_and_show({"GET", "/api/v1/tenants"}, [&](const json::value& page) {
        Table table({{"KEY"},
                     {"PRODUCT"},
                     {"NAME", Column::Align::left, Column::Fit::shrink},
                     {"BASE URL", Column::Align::left, Column::Fit::shrink},
                     {"CLIENT KEY", Column::Align::left, Column::Fit::drop}});
        const auto& items = member_of(page, "items");
        if (items.is_array())
            for (const auto& tenant : items.get_array())
                table.add({{text_of(tenant, "key"), Style::bold},
                           {text_of(tenant, "product")},
                           {text_of(tenant, "displayName")},
                           {text_of(tenant, "baseUrl")},
                           {text_of(tenant, "clientKey"), Style::dim}});
        std::fputs(table.text(columns_of(stdout), command.paint()).c_str(), stdout);
    });
}

void print_tenant(const json::value& tenant, ClientCommand& command) {
    print_line(pretty_json(json::serialize(tenant), command.paint()));
}

int create(const Options& options, ClientCommand& command) {
    auto body = body_of(options);
    body["key"] = options.key;
    body["product"] = options.product;
    return command.call_and_show({"POST", "/api/v1/tenants", json::serialize(body)}, [&](const json::value& tenant) {
        print_line(fmt::format("{} tenant {} ({}), client key {}", command.paint()(Style::green, "made"),
                               printable(text_of(tenant, "key")), text_of(tenant, "product"),
                               text_of(tenant, "clientKey")));
    });
}

int show(const Options& options, ClientCommand& command) {
    return command.call_and_show({"GET", path_of(options)},
                                 [&](const json::value& tenant) { print_tenant(tenant, command); });
}

int set(const Options& options, ClientCommand& command) {
    const auto body = body_of(options);
    if (body.empty()) return wrong_usage("nothing to set; see 'posthorn tenant set --help'");
    return command.call_and_show({"PATCH", path_of(options), json::serialize(body)},
                                 [&](const json::value& tenant) { print_tenant(tenant, command); });
}

int remove(const Options& options, ClientCommand& command) {
    return command.call_and_show({"DELETE", path_of(options)}, [&](const json::value&) {
        print_line(command.paint()(Style::green, "deleted") + " " + printable(options.key));
    });
}

using Action = int (*)(const Options&, ClientCommand&);

void set_action(Arguments& command, const std::shared_ptr<Options>& options, Action action) {
    add_server_options(command, options->client);
    command.action([options, action] {
        return with_client(options->client, [&](ClientCommand& client) { return action(*options, client); });
    });
}

void add_members(Arguments& command, Options& options) {
    command.text("--client-key", options.client_key, "The site's clientKey (default: a random UUID)", "KEY");
    command.text("--base-url", options.base_url, "The site's address, as add-ons hear it", "URL");
    command.text("--name", options.display_name, "Its name", "TEXT");
    command.text("--retry", options.retry, "Retry schedule of its add-ons: connect or jira", "SCHEDULE");
    command.number("--concurrency", options.concurrency, "Parallel calls per receiver of its add-ons");
}

}  // namespace

void add_tenant_command(Arguments& root) {
    auto group =
        root.command("tenant", "Tenants: sites of Jira or Confluence that this server plays", "posthorn tenant list");

    auto list_command = group.command("list", "All tenants", "posthorn tenant list --json");
    set_action(list_command, std::make_shared<Options>(), list);

    const auto add = [&](const std::string& name, const std::string& about, const std::string& example, Action action) {
        auto command = group.command(name, about, example);
        const auto options = std::make_shared<Options>();
        command.argument("key", options->key, "The tenant's key, such as jira");
        if (name == "create")
            command.text("--product", options->product, "jira or confluence (default jira)", "PRODUCT");
        if (name == "create" || name == "set") add_members(command, *options);
        set_action(command, options, action);
    };
    add("create", "Make a tenant",
        "posthorn tenant create acme-wiki --product confluence --base-url https://acme.example.com/wiki", create);
    add("show", "One tenant", "posthorn tenant show jira", show);
    add("set", "Change a tenant", "posthorn tenant set jira --name 'Our Jira'", set);
    add("delete", "Delete a tenant without add-ons", "posthorn tenant delete acme-wiki", remove);
}

}  // namespace posthorn::program
