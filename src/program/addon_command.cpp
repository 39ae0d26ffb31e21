// `posthorn addon`: the add-ons of a tenant.

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/json_print.h"
#include "program/table.h"
#include "program/time_text.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

constexpr std::size_t kFileBytesMax = 4 * 1024 * 1024;

struct Settings {
    std::optional<std::uint32_t> concurrency;
    std::string retry;
    std::string rate;
    std::string signing;
    std::string ordering;
    std::string connect_timeout;
    std::string answer_timeout;
    std::string ca_file;
    std::vector<std::string> headers;
    std::optional<bool> standard_webhooks;
    std::string from_json;
};

struct Options {
    ClientOptions client;
    std::string key;
    std::string source;
    Settings settings;
};

std::string addon_path(const ClientCommand& command, const Options& options, std::string_view rest = "") {
    return command.tenant_path("/addons/" + wire::percent_encode(options.key) + std::string(rest));
}

void add_settings(Arguments& command, Settings& settings) {
    command.number("--concurrency", settings.concurrency, "Parallel calls to its receiver, 1 to 1000");
    command.text("--retry", settings.retry, "'connect', 'jira', or waits such as 5s,30s,2m", "SCHEDULE");
    command.text("--rate", settings.rate, "At most so many calls: 100/s, 10/m", "RATE");
    command.text("--signing", settings.signing, "How installs are signed: auto, asymmetric or legacy", "HOW");
    command.text("--ordering", settings.ordering, "none, receiver, or a variable such as issue.key", "BY");
    command.text("--connect-timeout", settings.connect_timeout, "Such as 5s", "DURATION");
    command.text("--answer-timeout", settings.answer_timeout, "Such as 20s", "DURATION");
    command.text("--ca", settings.ca_file, "Certificate authorities (PEM) for this add-on alone", "FILE");
    command.texts("--header", settings.headers, "A header for each call; NAME= takes it away; repeatable",
                  "NAME=VALUE");
    command.flag("--standard-webhooks", settings.standard_webhooks, "Send Standard Webhooks headers too (=false: not)");
    command.text("--from-json", settings.from_json, "Settings as the API takes them, from a file; - is standard input",
                 "FILE");
}

Result<void> add_headers(const Settings& settings, json::object& patch) {
    if (settings.headers.empty()) return {};
    json::object headers;
    for (const auto& header : settings.headers) {
        const auto equals = header.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(Errc::invalid, "--header '" + printable(header) + "' has no '=': give NAME=VALUE");
        const auto value = header.substr(equals + 1);
        headers[header.substr(0, equals)] = value.empty() ? json::value(nullptr) : json::value(value);
    }
    patch["headers"] = std::move(headers);
    return {};
}

json::value retry_of(const std::string& text) {
    // Waits have digits; the names of schedules have none, and a wrong one is for the server to refuse.
    if (text.find_first_of("0123456789") == std::string::npos) return json::value(text);
    json::array waits;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        waits.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return json::object{{"waits", std::move(waits)}};
}

/// The body of PATCH; empty if nothing is to be set. Errors: invalid, io.
Result<json::object> patch_of(const Settings& settings) {
    json::object patch;
    if (!settings.from_json.empty()) {
        POSTHORN_TRY(const auto text, read_input(settings.from_json, kFileBytesMax));
        boost::system::error_code error;
        const auto value = json::parse(text, error);
        if (error || !value.is_object())
            return fail(Errc::invalid, error ? "is no JSON: " + error.message() : "must be a JSON object",
                        settings.from_json);
        patch = value.get_object();
    }
    if (settings.concurrency) patch["concurrency"] = *settings.concurrency;
    if (!settings.retry.empty()) patch["retry"] = retry_of(settings.retry);
    if (!settings.rate.empty()) patch["rate"] = settings.rate;
    if (!settings.signing.empty()) patch["installSigning"] = settings.signing;
    if (!settings.ordering.empty()) patch["ordering"] = settings.ordering;
    if (settings.standard_webhooks) patch["standardWebhooks"] = *settings.standard_webhooks;
    json::object timeouts;
    if (!settings.connect_timeout.empty()) timeouts["connect"] = settings.connect_timeout;
    if (!settings.answer_timeout.empty()) timeouts["answer"] = settings.answer_timeout;
    if (!timeouts.empty()) patch["timeouts"] = std::move(timeouts);
    if (!settings.ca_file.empty()) {
        POSTHORN_TRY(patch["ca"], read_input(settings.ca_file, kFileBytesMax));
    }
    POSTHORN_CHECK(add_headers(settings, patch));
    return patch;
}

Cell state_of(const json::value& addon) {
    const auto state = text_of(addon, "state");
    if (state == "enabled" && text_of(addon, "paused") == "true") return {"‖ paused", Style::yellow};
    if (state == "enabled") return {"✔ enabled", Style::green};
    return {"– " + state, Style::dim};
}

std::size_t size_of(const json::value& list) { return list.is_array() ? list.get_array().size() : 0; }

void print_warnings(const json::value& addon, const Paint& paint) {
    const auto& warnings = member_of(addon, "warnings");
    if (!warnings.is_array()) return;
    for (const auto& warning : warnings.get_array()) {
        const auto pointer = text_of(warning, "pointer");
        print_line(fmt::format("{} {}{}", paint(Style::yellow, "warning:"),
                               pointer.empty() ? "" : printable(pointer) + ": ",
                               printable(text_of(warning, "message"))));
    }
}

void print_addon(const json::value& addon, const Paint& paint) {
    const auto state = state_of(addon);
    print_line(fmt::format("{}  {}  {}", paint(Style::bold, printable(text_of(addon, "key"))),
                           printable(text_of(addon, "name")), paint(state.style, state.text)));
    const auto fact = [&](std::string_view name, const std::string& value) {
        if (!value.empty())
            print_line(fmt::format("  {} {}", paint(Style::dim, fmt::format("{:<15}", name)), printable(value)));
    };
    fact("base URL", text_of(addon, "baseUrl"));
    fact("descriptor", text_of(addon, "descriptorUrl"));
    fact("version", text_of(addon, "version"));
    fact("client key", text_of(addon, "clientKey"));
    fact("authentication", text_of(addon, "authentication"));
    fact("install signing", text_of(addon, "installSigning"));
    std::string scopes;
    if (const auto& list = member_of(addon, "scopes"); list.is_array())
        for (const auto& scope : list.get_array())
            if (scope.is_string()) scopes += (scopes.empty() ? "" : ", ") + std::string(scope.get_string());
    fact("scopes", scopes);
    if (const auto at = parse_rfc3339(text_of(addon, "installedAt"))) fact("installed", local_time(*at));
    if (const auto& webhooks = member_of(addon, "webhooks"); size_of(webhooks) > 0) {
        print_line("");
        Table table({{"WEBHOOK"},
                     {"EVENT", Column::Align::left, Column::Fit::shrink},
                     {"URL", Column::Align::left, Column::Fit::shrink},
                     {"", Column::Align::left, Column::Fit::shrink}});
        for (const auto& webhook : webhooks.get_array()) {
            const auto paused = text_of(webhook, "paused");
            const auto filter = text_of(webhook, "filter");
            const Cell note = !paused.empty() ? Cell{"paused: " + paused, Style::yellow} : Cell{filter, Style::dim};
            table.add(
                {{text_of(webhook, "id")}, {text_of(webhook, "event"), Style::cyan}, {text_of(webhook, "url")}, note});
        }
        std::fputs(table.text(columns_of(stdout), paint).c_str(), stdout);
    }
    print_line("\n" + paint(Style::bold, "Settings"));
    print_line(pretty_json(json::serialize(member_of(addon, "settings")), paint));
    print_warnings(addon, paint);
}

// --- Commands ---------------------------------------------------------------------------------------------

int install(const Options& options, ClientCommand& command) {
    json::object body;
    const auto& source = options.source;
    if (source.starts_with("http://") || source.starts_with("https://")) {
        body["descriptorUrl"] = source;
    } else {
        const auto text = read_input(source, kFileBytesMax);
        if (!text) {
            print_error(printable(to_string(text.error())));
            return kRefused;
        }
        boost::system::error_code error;
        body["descriptor"] = json::parse(*text, error);
        if (error) {
            print_error(printable(source) + " is no JSON; 'posthorn validate " + printable(source) + "' says where");
            return kRefused;
        }
    }
    auto settings = patch_of(options.settings);
    if (!settings) return wrong_usage(to_string(settings.error()));
    if (!settings->empty()) body["settings"] = *std::move(settings);
    return command.call_and_show(
        {"POST", command.tenant_path("/addons"), json::serialize(body)}, [&](const json::value& addon) {
            const auto count = size_of(member_of(addon, "webhooks"));
            print_line(fmt::format("{} {} at {}: {} {}", command.paint()(Style::green, "installed"),
                                   printable(text_of(addon, "key")), printable(text_of(addon, "baseUrl")), count,
                                   count == 1 ? "webhook" : "webhooks"));
            print_warnings(addon, command.paint());
        });
}

int list(const Options&, ClientCommand& command) {
    return command.call_and_show({"GET", command.tenant_path("/addons")}, [&](const json::value& page) {
        Table table({{"KEY", Column::Align::left, Column::Fit::shrink},
                     {"STATE"},
                     {"NAME", Column::Align::left, Column::Fit::shrink},
                     {"WEBHOOKS", Column::Align::right},
                     {"BASE URL", Column::Align::left, Column::Fit::shrink},
                     {"INSTALLED", Column::Align::left, Column::Fit::drop}});
        const auto& items = member_of(page, "items");
        for (std::size_t i = 0; i < size_of(items); ++i) {
            const auto& addon = items.get_array()[i];
            const auto at = parse_rfc3339(text_of(addon, "installedAt"));
            table.add({{text_of(addon, "key"), Style::bold},
                       state_of(addon),
                       {text_of(addon, "name")},
                       {std::to_string(size_of(member_of(addon, "webhooks")))},
                       {text_of(addon, "baseUrl")},
                       {at ? relative_time(*at, wall_now()) : "", Style::dim}});
        }
        if (table.is_empty())
            print_line(
                "No add-ons yet. 'posthorn receive --install' runs and installs one; 'posthorn addon install URL' "
                "installs yours.");
        else std::fputs(table.text(columns_of(stdout), command.paint()).c_str(), stdout);
    });
}

int show(const Options& options, ClientCommand& command) {
    return command.call_and_show({"GET", addon_path(command, options)},
                                 [&](const json::value& addon) { print_addon(addon, command.paint()); });
}

int set(const Options& options, ClientCommand& command) {
    const auto patch = patch_of(options.settings);
    if (!patch) return wrong_usage(to_string(patch.error()));
    if (patch->empty()) return wrong_usage("nothing to set; see 'posthorn addon set --help'");
    return command.call_and_show(
        {"PATCH", addon_path(command, options), json::serialize(*patch)}, [&](const json::value& addon) {
            print_line(pretty_json(json::serialize(member_of(addon, "settings")), command.paint()));
        });
}

int uninstall(const Options& options, ClientCommand& command) {
    return command.call_and_show({"DELETE", addon_path(command, options)}, [&](const json::value&) {
        print_line(command.paint()(Style::green, "uninstalled") + " " + printable(options.key));
    });
}

using Action = int (*)(const Options&, ClientCommand&);

void set_action(Arguments& command, const std::shared_ptr<Options>& options,
                std::function<int(const Options&, ClientCommand&)> action) {
    add_tenant_options(command, options->client);
    command.action([options, action = std::move(action)] {
        return with_client(options->client, [&](ClientCommand& client) { return action(*options, client); });
    });
}

std::shared_ptr<Options> add_with_key(Arguments& group, const std::string& name, const std::string& about,
                                      Action action, const std::string& example = "") {
    auto command = group.command(name, about, example.empty() ? "posthorn addon " + name + " my-addon" : example);
    const auto options = std::make_shared<Options>();
    command.argument("key", options->key, "The add-on's key; 'posthorn addon list' shows them");
    if (name == "set") add_settings(command, options->settings);
    set_action(command, options, action);
    return options;
}

/// enable, disable and the like: one POST, and the state after it.
void add_operation(Arguments& group, const std::string& name, const std::string& done, const std::string& about) {
    auto command = group.command(name, about, "posthorn addon " + name + " my-addon");
    const auto options = std::make_shared<Options>();
    command.argument("key", options->key, "The add-on's key; 'posthorn addon list' shows them");
    set_action(command, options, [name, done](const Options& given, ClientCommand& client) {
        return client.call_and_show({"POST", addon_path(client, given, "/" + name)}, [&](const json::value&) {
            print_line(client.paint()(Style::green, done) + " " + printable(given.key));
        });
    });
}

}  // namespace

void add_addon_command(Arguments& root) {
    auto group = root.command("addon", "Install, list and steer the add-ons of a tenant",
                              "posthorn addon install https://addon.example.com/atlassian-connect.json");

    auto command = group.command("install", "Install an add-on, or update it: its 'installed' is called at once",
                                 "posthorn addon install http://localhost:3000/atlassian-connect.json\n"
                                 "posthorn addon install atlassian-connect.json --tenant confluence --retry jira");
    const auto options = std::make_shared<Options>();
    command.argument("descriptor", options->source, "Its descriptor: a URL, a file, or - for standard input");
    add_settings(command, options->settings);
    set_action(command, options, install);

    auto list_command = group.command("list", "The add-ons of a tenant", "posthorn addon list --tenant confluence");
    set_action(list_command, std::make_shared<Options>(), list);

    add_with_key(group, "show", "One add-on: webhooks, settings, warnings", show);
    add_with_key(group, "set", "Change how it is called", set,
                 "posthorn addon set my-addon --concurrency 5 --rate 100/s --retry 5s,30s,2m\n"
                 "posthorn addon set my-addon --header X-Site=test\n"
                 "posthorn addon set my-addon --from-json settings.json");
    add_operation(group, "enable", "enabled", "Let it hear events again");
    add_operation(group, "disable", "disabled", "Stop it hearing events; those of meanwhile are not kept for it");
    add_operation(group, "pause", "paused", "Keep its events and deliver them after resume");
    add_operation(group, "resume", "resumed", "Deliver again what was kept");
    add_operation(group, "rotate-secret", "rotated the secret of", "Give it a new shared secret, by a new 'installed'");
    add_with_key(group, "uninstall", "Tell it and take it away; what waits is cancelled", uninstall);
}

}  // namespace posthorn::program
