#include "program/commands.h"

#include "version.h"

namespace posthorn::program {

int run_program(std::vector<std::string> words) {
    CommandLine line("posthorn",
                     "Posthorn: a self-hosted webhook server that speaks Atlassian Connect.\n"
                     "Start with 'posthorn demo'; then 'posthorn serve --dev' and, in a second terminal,\n"
                     "'posthorn receive --install' and 'posthorn trigger jira:issue_created'.",
                     "posthorn " POSTHORN_VERSION);
    auto root = line.root();
    add_serve_command(root);
    add_demo_command(root);
    add_addon_command(root);
    add_event_command(root);
    add_trigger_command(root);
    add_delivery_command(root);
    add_receive_command(root);
    add_validate_command(root);
    add_verify_command(root);
    add_tenant_command(root);
    add_key_command(root);
    add_doctor_command(root);
    return line.run(std::move(words));
}

}  // namespace posthorn::program
