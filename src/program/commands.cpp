#include "program/commands.h"

#include "version.h"

namespace posthorn::program {

int run_program(std::vector<std::string> words) {
    CommandLine line("posthorn", "A self-hosted webhook server that speaks Atlassian Connect.",
                     "posthorn demo                          # see it work, from event to signed call\n"
                     "posthorn serve --dev                   # a server on http://localhost:8080\n"
                     "posthorn receive --install             # in a second terminal: an add-on that shows its calls\n"
                     "posthorn trigger jira:issue_created    # in a third: an event\n"
                     "posthorn help addon install            # more of one command",
                     "posthorn " POSTHORN_VERSION);
    auto root = line.root();
    add_serve_command(root);
    add_demo_command(root);
    add_addon_command(root);
    add_event_command(root);
    add_trigger_command(root);
    add_delivery_command(root);
    add_receive_command(root);
    add_inspect_command(root);
    add_listen_command(root);
    add_validate_command(root);
    add_verify_command(root);
    add_tenant_command(root);
    add_key_command(root);
    add_receiver_command(root);
    add_doctor_command(root);
    return line.run(std::move(words));
}

}  // namespace posthorn::program
