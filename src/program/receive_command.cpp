// `posthorn receive`: an add-on that shows what it gets.

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/receiver.h"
#include "wire/duration.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

struct Options {
    ClientOptions client;
    std::string host = "127.0.0.1";
    std::optional<std::uint32_t> port;
    std::string base_url;
    std::string key = "posthorn-receiver";
    std::vector<std::string> events;
    std::optional<std::uint32_t> status;
    std::string delay;
    bool bodies = false;
    bool install = false;
};

constexpr std::uint32_t kPortMax = 65535;

Result<ReceiverOptions> receiver_options(const Options& options, const std::string& server) {
    ReceiverOptions receiver;
    const auto port = options.port.value_or(0);
    if (port > kPortMax) return fail(Errc::invalid, "--port must be 0 (any free one) to 65535");
    const bool is_v6 = options.host.find(':') != std::string::npos && !options.host.starts_with('[');
    receiver.listen = fmt::format("{}:{}", is_v6 ? "[" + options.host + "]" : options.host, port);
    receiver.base_url = options.base_url;
    receiver.key = options.key;
    receiver.events = options.events;
    receiver.status = options.status.value_or(0);
    if (options.status && (receiver.status < 200 || receiver.status > 599))
        return fail(Errc::invalid, "--status must be a final status, 200 to 599");
    if (!options.delay.empty()) {
        POSTHORN_TRY(receiver.delay, wire::parse_duration(options.delay));
    }
    receiver.issuer = server;
    return receiver;
}

/// Installs it; the exit code of a failure, or kDone.
int install(ClientCommand& command, const Receiver& receiver) {
    const auto body = json::serialize(json::object{{"descriptorUrl", receiver.descriptor_url()}});
    const auto installed = command.client().call({"POST", command.tenant_path("/addons"), body});
    if (!installed) return command.fail_with(installed.error());
    std::fputs(fmt::format("Installed in tenant {} of {}; Ctrl-C uninstalls it.\n", command.options().tenant,
                           command.client().server())
                   .c_str(),
               stderr);
    return kDone;
}

int receive(const Options& options, ClientCommand& command) {
    auto receiver_given = receiver_options(options, command.client().server());
    if (!receiver_given) return wrong_usage(receiver_given.error().detail);
    const catalogue::Catalogue catalogue;
    for (const auto& event : options.events)
        if (catalogue.find(event) == nullptr)
            print_error("note: " + printable(catalogue.explain_unknown(model::Product::jira, event)));
    const auto on_call = [&](const ReceivedCall& call) {
        if (options.client.json) print_line(json::serialize(to_json(call)));
        else print_call(call, options.bodies ? Bodies::shown : Bodies::hidden, command.paint());
        std::fflush(stdout);
    };
    Receiver receiver(command.loop(), catalogue, *std::move(receiver_given), on_call);
    const auto listening = receiver.listen();
    if (!listening) {
        print_error(to_string(listening.error()));
        return kRefused;
    }
    if (options.client.json) print_line(json::serialize(json::object{{"descriptor", receiver.descriptor_url()}}));
    else print_line("descriptor " + receiver.descriptor_url());
    std::fflush(stdout);
    if (!options.install) {
        std::fputs(fmt::format("Install it: posthorn addon install {}\n", receiver.descriptor_url()).c_str(), stderr);
        command.loop().run_until_signal();
        return kDone;
    }
    if (const int code = install(command, receiver); code != kDone) return code;
    command.loop().run_until_signal();
    std::fputs("\nUninstalling ...\n", stderr);
    const auto gone =
        command.client().call({"DELETE", command.tenant_path("/addons/" + wire::percent_encode(options.key))});
    return gone ? kDone : command.fail_with(gone.error());
}

}  // namespace

void add_receive_command(Arguments& root) {
    auto command =
        root.command("receive", "A ready add-on: serves a descriptor, keeps the secret, verifies and prints every call",
                     "posthorn receive --install\n"
                     "posthorn receive --port 3000 --event jira:issue_created jira:issue_updated --bodies\n"
                     "posthorn receive --install --status 503 --delay 2s   # plays a failing, slow one");
    const auto options = std::make_shared<Options>();
    command.text("--host", options->host, "Address to listen on (default 127.0.0.1)", "ADDRESS");
    command.number("--port", options->port, "Port to listen on (default: any free one)");
    command.text("--base-url", options->base_url, "How the server reaches it (default: from --host and --port)", "URL");
    command.text("--key", options->key, "The add-on's key (default posthorn-receiver)", "KEY");
    command.list("--event", options->events, "Event types to hear (default: all of both products)", "TYPE");
    command.number("--status", options->status, "Answer webhooks with this status");
    command.text("--delay", options->delay, "Wait so long before each answer", "DURATION");
    command.flag("--bodies", options->bodies, "Print the bodies too");
    command.flag("--install", options->install, "Install it in the server's tenant, and uninstall it at the end");
    add_tenant_options(command, options->client);
    command.action([options] {
        return with_client(options->client, [&](ClientCommand& client) { return receive(*options, client); });
    });
}

}  // namespace posthorn::program
