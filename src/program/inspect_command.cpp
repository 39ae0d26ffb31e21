// `posthorn inspect`: a temporary add-on that hears every event, on the terminal.

#include <cstdio>
#include <memory>

#include <boost/json/serialize.hpp>

#include "program/commands.h"
#include "program/inspected_call.h"
#include "program/inspector_session.h"

namespace posthorn::program {

namespace {

struct Options {
    InspectorOptions inspector;
    bool brief = false;
};

int inspect(const Options& options, ClientCommand& command) {
    const auto bodies = options.brief ? Bodies::hidden : Bodies::shown;
    return follow_inspector(options.inspector, command, [&](std::string, json::value call) -> io::Task<void> {
        if (options.inspector.client.json) print_line(json::serialize(call));
        else if (const auto shown = inspected_call(call)) print_call(*shown, bodies, command.paint());
        std::fflush(stdout);
        co_return;
    });
}

}  // namespace

void add_inspect_command(Arguments& root) {
    auto command = root.command("inspect", "A temporary add-on that hears every event; prints its calls as they come",
                                "posthorn inspect\n"
                                "posthorn inspect --tenant confluence --event page_created --ttl 1h\n"
                                "posthorn inspect --elsewhere --keep   # for a Jira Cloud site, say");
    const auto options = std::make_shared<Options>();
    command.flag("--brief", options->brief, "Print no bodies");
    add_inspector_options(command, options->inspector);
    command.action([options] {
        return with_client(options->inspector.client, [&](ClientCommand& client) { return inspect(*options, client); });
    });
}

}  // namespace posthorn::program
