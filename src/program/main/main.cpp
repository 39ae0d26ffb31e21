// The `posthorn` program.

#include <string>
#include <vector>

#include "program/commands.h"

int main(int argc, char** argv) {
    return posthorn::program::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
