#include "program/client_command.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "io/file.h"
#include "program/json_print.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

std::string from_environment(const char* name, std::string otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? std::string(value) : std::move(otherwise);
}

}  // namespace

void add_server_options(Arguments& arguments, ClientOptions& options) {
    arguments.text("--server", options.server,
                   "The server's address; else POSTHORN_SERVER, else http://127.0.0.1:8080. The API key comes from "
                   "POSTHORN_API_KEY",
                   "URL");
    arguments.text("--ca-file", options.ca_file, "Trust these certificate authorities (PEM) for an https server",
                   "FILE");
    arguments.flag("--json", options.json, "Print JSON");
}

void add_tenant_options(Arguments& arguments, ClientOptions& options) {
    arguments.text("--tenant", options.tenant, "The tenant (default jira)", "KEY");
    add_server_options(arguments, options);
}

Result<ClientCommand> ClientCommand::make(const ClientOptions& options) {
    ClientAccess access;
    access.server =
        options.server.empty() ? from_environment("POSTHORN_SERVER", "http://127.0.0.1:8080") : options.server;
    access.api_key = from_environment("POSTHORN_API_KEY", "");
    POSTHORN_TRY(auto loop, Loop::make(options.ca_file));
    POSTHORN_TRY(auto client, Client::make(*loop, std::move(access)));
    return ClientCommand(options, std::move(loop), std::move(client));
}

std::string ClientCommand::tenant_path(std::string_view rest) const {
    return "/api/v1/tenants/" + wire::percent_encode(options_.tenant) + std::string(rest);
}

int ClientCommand::call_and_show(const Call& call, const std::function<void(const json::value&)>& show) {
    const auto answer = client_.call(call);
    if (!answer) return fail_with(answer.error());
    if (options_.json) {
        if (!answer->is_null()) print_json(*answer);
    } else {
        show(*answer);
    }
    return kDone;
}

int ClientCommand::fail_with(const Refusal& refusal) const {
    print_error(refusal.text);
    if (options_.json && !refusal.problem.empty()) print_line(pretty_json(refusal.problem, paint_));
    return kRefused;
}

void ClientCommand::print_json(const json::value& value) const {
    print_line(pretty_json(json::serialize(value), paint_));
}

int with_client(const ClientOptions& options, const std::function<int(ClientCommand&)>& action) {
    auto command = ClientCommand::make(options);
    if (!command) {
        print_error(to_string(command.error()));
        return command.error().code == Errc::invalid ? kWrongUsage : kRefused;
    }
    return action(*command);
}

void print_error(std::string_view text) {
    std::fflush(stdout);
    const auto paint = Paint::for_stream(stderr);
    std::fputs((paint(Style::red, "posthorn:") + " " + std::string(text) + "\n").c_str(), stderr);
}

int wrong_usage(std::string_view text) {
    print_error(text);
    return kWrongUsage;
}

void print_line(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
}

Result<std::string> read_input(const std::string& file, std::size_t bytes_max) {
    if (file != "-") return io::read_file(io::posix_disk(), file, bytes_max);
    std::string text;
    char block[64 * 1024];
    for (std::size_t count = 0; (count = std::fread(block, 1, sizeof block, stdin)) > 0;) {
        text.append(block, count);
        if (text.size() > bytes_max)
            return fail(Errc::too_large, fmt::format("has more than {} bytes", bytes_max), "standard input");
    }
    return text;
}

std::string text_of(const json::value& object, std::string_view name) {
    const auto& value = member_of(object, name);
    if (value.is_null()) return {};
    if (value.is_string()) return std::string(value.get_string());
    return json::serialize(value);
}

const json::value& member_of(const json::value& object, std::string_view name) {
    static const json::value none;
    const auto* found = object.is_object() ? object.get_object().if_contains(name) : nullptr;
    return found != nullptr ? *found : none;
}

}  // namespace posthorn::program
