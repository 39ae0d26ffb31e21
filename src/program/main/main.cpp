#include <cstdio>
#include <cstring>
#include <string>

#include "program/server.h"

int main(int argc, char** argv) {
    posthorn::program::ServeOptions options;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--dev") == 0) options.dev = true;
        if (std::strcmp(argv[i], "--listen") == 0) options.listen = argv[++i];
        if (std::strcmp(argv[i], "--data") == 0) options.data = argv[++i];
    }
    auto server = posthorn::program::Server::make(options);
    if (!server) {
        std::fprintf(stderr, "posthorn: %s\n", to_string(server.error()).c_str());
        return 1;
    }
    if (!(*server)->admin_key().empty()) std::printf("posthorn admin key: %s\n", (*server)->admin_key().c_str());
    std::printf("posthorn ready on %s\n", (*server)->url().c_str());
    std::fflush(stdout);
    return (*server)->run();
}
