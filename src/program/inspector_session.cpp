#include "program/inspector_session.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "program/time_text.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

void note(const std::string& text) {
    std::fflush(stdout);
    std::fputs((text + "\n").c_str(), stderr);
}

class Session {
public:
    Session(const InspectorOptions& options, ClientCommand& command) : options_(options), command_(command) {}

    /// The exit code of a failure, or kDone.
    int open() {
        const bool is_new = options_.secret.empty();
        json::object body{{"tenant", options_.client.tenant}, {"install", !options_.elsewhere}};
        if (!options_.ttl.empty()) body["ttl"] = options_.ttl;
        const Call making{"POST", "/api/v1/inspectors", json::serialize(body)};
        secret_ = options_.secret;
        auto found = command_.client().call(is_new ? making : Call{"GET", path("")});
        if (!found) return command_.fail_with(found.error());
        if (is_new) secret_ = text_of(*found, "secret");
        show(*found, is_new);
        return kDone;
    }

    int follow(const CallTaker& on_call) {
        Interrupt interrupt(command_.loop().context());
        StreamFollower follower;
        follower.on_event = [&](StreamEvent event) -> io::Task<bool> {
            boost::system::error_code error;
            auto data = json::parse(event.data, error);
            if (error) co_return true;
            if (event.name == "inspector.ended") {
                note(fmt::format("The inspector has ended: {}.", printable(text_of(data, "why"))));
                has_ended_ = true;
                co_return false;
            }
            if (event.name == "stream.gap")
                note(fmt::format("{} calls are missing here: there were more than the server keeps.",
                                 printable(text_of(data, "dropped"))));
            if (event.name == "call" && is_wanted(data)) co_await on_call(secret_, std::move(data));
            co_return true;
        };
        follower.on_trouble = [](std::string_view trouble) { print_error(printable(trouble)); };
        follower.interrupt = &interrupt;
        const auto followed = follow_stream(command_.client(), path("/calls/stream?after=0&full=true"), follower);
        if (!followed) return command_.fail_with(followed.error());
        return has_ended_ ? kDone : close();
    }

private:
    std::string path(const std::string& rest) const {
        return "/api/v1/inspectors/" + wire::percent_encode(secret_) + rest;
    }

    void show(const json::value& inspector, bool is_new) {
        const auto page = command_.client().server() + (is_new ? text_of(inspector, "page") : "/inspect/" + secret_);
        if (options_.client.json) {
            auto object = inspector.is_object() ? inspector.get_object() : json::object();
            object["page"] = page;
            print_line(json::serialize(json::object{{"inspector", std::move(object)}}));
            std::fflush(stdout);
            return;
        }
        const auto& paint = command_.paint();
        const auto expires = parse_rfc3339(text_of(inspector, "expiresAt"));
        print_line(fmt::format("page        {}", paint(Style::bold, printable(page))));
        print_line(fmt::format("descriptor  {}", printable(text_of(inspector, "descriptorUrl"))));
        print_line(fmt::format("ends        {}", expires ? local_time(*expires) : ""));
        std::fflush(stdout);
        if (is_new && options_.elsewhere) note("Install the descriptor in a Connect host; its calls are shown here.");
        else if (is_new)
            note(fmt::format("Hears every event of tenant {}; try 'posthorn trigger jira:issue_created'. Ctrl-C {}.",
                             options_.client.tenant, options_.keep ? "ends" : "ends and deletes it"));
    }

    bool is_wanted(const json::value& call) const {
        return options_.events.empty() || text_of(call, "kind") == "lifecycle" ||
               std::ranges::find(options_.events, text_of(call, "name")) != options_.events.end();
    }

    int close() {
        if (options_.keep || !options_.secret.empty()) {
            note(fmt::format("\nThe inspector stays; go on with --secret {}", secret_));
            return kDone;
        }
        note("\nDeleting the inspector ...");
        const auto gone = command_.client().call({"DELETE", path("")});
        return gone || gone.error().status == 410 ? kDone : command_.fail_with(gone.error());
    }

    const InspectorOptions& options_;
    ClientCommand& command_;
    std::string secret_;
    bool has_ended_ = false;
};

}  // namespace

void add_inspector_options(Arguments& arguments, InspectorOptions& options) {
    arguments.text("--ttl", options.ttl, "How long it lives: 1h, 3d (default 72h)", "DURATION");
    arguments.texts("--event", options.events, "Only calls of this event type; repeatable (default: all)", "TYPE");
    arguments.flag("--elsewhere", options.elsewhere,
                   "Don't install it in the tenant; its descriptor is for another Connect host");
    arguments.flag("--keep", options.keep, "Don't delete it at the end; it goes away when its time is over");
    arguments.text("--secret", options.secret, "Go on with an inspector that is there, from its first call", "SECRET");
    add_tenant_options(arguments, options.client);
}

int follow_inspector(const InspectorOptions& options, ClientCommand& command, const CallTaker& on_call) {
    Session session(options, command);
    if (const int code = session.open(); code != kDone) return code;
    return session.follow(on_call);
}

}  // namespace posthorn::program
