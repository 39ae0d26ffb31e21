// `posthorn listen --to URL`: what happens on the server, passed on to a program on this machine.

#include <chrono>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "http/client.h"
#include "inspect/call_replay.h"
#include "outcome/judge.h"
#include "program/commands.h"
#include "program/delivery_text.h"
#include "program/inspected_call.h"
#include "program/inspector_session.h"
#include "program/local_secret.h"
#include "wire/duration.h"
#include "wire/http1.h"

namespace posthorn::program {

namespace {

struct Options {
    InspectorOptions inspector;
    std::string to;
    std::string timeout = "30s";
};

/// Passes calls on, one after the other.
class Passing {
public:
    Passing(ClientCommand& command, wire::Url to, Millis timeout)
        : command_(command), to_(std::move(to)), timeout_(timeout) {
        while (to_.path.ends_with('/')) to_.path.pop_back();
    }

    io::Task<void> pass_on(std::string inspector_secret, json::value call) {
        auto read = inspected_call(call);
        if (!read) co_return;
        const LocalSecret secret(inspector_secret);
        const std::optional received = secret.put_into(*std::move(read));
        std::vector<std::pair<std::string, std::string>> headers;
        for (const auto& [name, value] : received->headers)
            if (!inspect::belongs_to_connection(name) && wire::is_safe_header_value(value))
                headers.emplace_back(name, value);
        headers.emplace_back("Connection", "close");
        io::DialTarget target;
        target.is_https = to_.scheme == wire::Scheme::https;
        target.host = to_.host;
        target.port = to_.port;
        auto request = http::write_request(received->method, to_.path + received->target, to_.authority(), headers,
                                           received->body);
        const auto started = std::chrono::steady_clock::now();
        const http::AnswerLimits limits;
        const auto fetched =
            co_await http::fetch(command_.loop().dialer(), std::move(target), std::move(request), timeout_, limits);
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
        show(*received, call, fetched, took);
    }

private:
    void show(const ReceivedCall& received, const json::value& call, const http::Fetched& fetched,
              std::chrono::microseconds took) const {
        const auto millis = fmt::format("{:.3f}ms", static_cast<double>(took.count()) / 1000);
        const auto failure = fetched.answer ? std::string() : fetched.failure.detail;
        if (command_.options().json) {
            json::object object{{"call", call}, {"to", to_.origin() + to_.path + received.target}};
            object["status"] = fetched.answer ? json::value(fetched.answer->status) : json::value(nullptr);
            object["failure"] = fetched.answer ? json::value(nullptr) : json::value(printable(failure));
            object["duration"] = millis;
            print_line(json::serialize(object));
        } else {
            print_call(received, Bodies::hidden, command_.paint());
            const auto& paint = command_.paint();
            const auto status = fetched.answer ? fetched.answer->status : std::uint16_t{0};
            const bool is_good = outcome::is_success(status);
            const auto answer =
                fetched.answer ? fmt::format("{} {}", status, wire::reason_phrase(status)) : printable(failure);
            print_line(fmt::format("         → {}  {}", paint(is_good ? Style::green : Style::red, answer),
                                   paint(Style::dim, short_duration(millis))));
        }
        std::fflush(stdout);
    }

    ClientCommand& command_;
    wire::Url to_;
    Millis timeout_;
};

int listen(const Options& options, ClientCommand& command) {
    const auto to = wire::parse_url(options.to);
    if (!to) return wrong_usage("--to '" + printable(options.to) + "' is no URL: " + to.error().detail);
    if (to->has_query || to->has_user_info)
        return wrong_usage("--to is a base, without query, user name and password: http://localhost:3000/app");
    const auto timeout = wire::parse_duration(options.timeout);
    if (!timeout) return wrong_usage("--timeout " + timeout.error().detail);
    Passing passing(command, *to, *timeout);
    return follow_inspector(options.inspector, command, [&](std::string inspector_secret, json::value call) {
        return passing.pass_on(std::move(inspector_secret), std::move(call));
    });
}

}  // namespace

void add_listen_command(Arguments& root) {
    auto command = root.command("listen", "A temporary add-on whose calls are passed on to a program on this machine",
                                "posthorn listen --to http://localhost:3000\n"
                                "posthorn listen --to http://localhost:3000/hooks --event jira:issue_created --json");
    const auto options = std::make_shared<Options>();
    command.text("--to", options->to,
                 "Where calls go: method, headers and body as they are; the call's path and query behind this URL's "
                 "path. installed brings a secret of its own, with which valid tokens are signed anew",
                 "URL");
    command.text("--timeout", options->timeout, "How long to wait for an answer (default 30s)", "DURATION");
    add_inspector_options(command, options->inspector);
    command.action([options] {
        if (options->to.empty()) return wrong_usage("listen needs --to: where calls go, such as http://localhost:3000");
        return with_client(options->inspector.client, [&](ClientCommand& client) { return listen(*options, client); });
    });
}

}  // namespace posthorn::program
