// Receivers that misbehave, for bench/run: one that never answers, one that takes 5 s, one that breaks every
// connection. Prints "hang PORT slow PORT reset PORT" and runs until its standard input ends.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Listener {
    int socket = -1;
    std::uint16_t port = 0;
};

Listener listen_on_loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket, any, size) != 0 || listen(socket, 1024) != 0 || getsockname(socket, any, &size) != 0) {
        std::perror("posthorn_bench_bad_receivers: can't listen");
        std::exit(1);
    }
    return {socket, ntohs(address.sin_port)};
}

void answer_slowly(int socket) {
    constexpr std::string_view answer = "HTTP/1.1 204 No Content\r\n\r\n";
    char piece[16 * 1024];
    // Each read is taken for a call: the bodies of the bench fit one.
    while (read(socket, piece, sizeof piece) > 0) {
        std::this_thread::sleep_for(std::chrono::seconds(5));
        if (send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    close(socket);
}

void serve_slowly(int listener) {
    for (;;) {
        const int socket = accept(listener, nullptr, nullptr);
        if (socket >= 0) std::thread(answer_slowly, socket).detach();
    }
}

void reset_all(int listener) {
    for (;;) {
        const int socket = accept(listener, nullptr, nullptr);
        if (socket < 0) continue;
        const linger at_once{1, 0};  // Closing sends a reset.
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(socket);
    }
}

}  // namespace

int main() {
    const auto hang = listen_on_loopback();  // Connections wait in the system's queue for ever.
    const auto slow = listen_on_loopback();
    const auto reset = listen_on_loopback();
    std::thread(serve_slowly, slow.socket).detach();
    std::thread(reset_all, reset.socket).detach();
    std::printf("hang %d slow %d reset %d\n", hang.port, slow.port, reset.port);
    std::fflush(stdout);
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    std::quick_exit(0);
}
