// The `posthorn` program.

#include <string>
#include <vector>

#include "program/commands.h"

// Read by jemalloc at its start, under this very name (docs/decisions/0014-jemalloc.md). The net thread and the state's
// threads allocate the most, so two arenas do; what was let go returns to the system within a second, for a backlog
// comes and goes.
extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:2,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";

int main(int argc, char** argv) {
    return posthorn::program::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
