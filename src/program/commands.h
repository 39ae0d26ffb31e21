#pragma once
// The commands of `posthorn`; each is described and done in its own file.

#include <string>
#include <vector>

#include "program/arguments.h"

namespace posthorn::program {

void add_serve_command(Arguments& root);
void add_demo_command(Arguments& root);
void add_addon_command(Arguments& root);
void add_event_command(Arguments& root);
void add_trigger_command(Arguments& root);
void add_delivery_command(Arguments& root);
void add_receive_command(Arguments& root);
void add_inspect_command(Arguments& root);
void add_listen_command(Arguments& root);
void add_validate_command(Arguments& root);
void add_verify_command(Arguments& root);
void add_tenant_command(Arguments& root);
void add_key_command(Arguments& root);
void add_receiver_command(Arguments& root);
void add_doctor_command(Arguments& root);

/// The whole program: `words` are its arguments without its name. The exit code.
int run_program(std::vector<std::string> words);

}  // namespace posthorn::program
