// How long an event takes from the last byte of its post to the first byte of its call: posts at a fixed rate,
// whatever the answers do, and is the receiver as well, so that one clock tells both moments.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;
using namespace std::chrono_literals;

constexpr std::string_view kKey = "BENCH-";  // In the event's issue key and in the call's URL, before the number.
constexpr std::size_t kKeyDigits = 7;
constexpr auto kWarmUp = 1s;  // Connections open, caches fill; not counted.
constexpr auto kLastCallWait = 10s;

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "posthorn_bench_latency: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void set_no_delay(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// The length of the first whole request or answer in `bytes` (head and body by Content-Length), if it is all there.
std::optional<std::size_t> whole_length(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return {};
    const auto head = bytes.substr(0, end);
    std::size_t body = 0;
    // Both sides of the run write this name in one of these two ways.
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "})
        if (const auto at = head.find(name); at != std::string_view::npos)
            std::from_chars(head.data() + at + name.size(), head.data() + head.size(), body);
    const auto length = end + 4 + body;
    return bytes.size() >= length ? std::optional(length) : std::nullopt;
}

/// One run: posts of `rate` a second.
struct Run {
    std::uint16_t port = 0;
    double rate = 0;
    std::size_t posts = 0;  ///< In all, warm-up included.
    std::size_t warm_up = 0;  ///< The first posts, which don't count.
    /// A post that finds every connection waiting is dropped, so that the run lasts as long as asked for however slow
    /// the answers are; else it waits.
    bool drops = false;
    /// The post itself comes back, and its answer is the receiver's: nothing between makes a call of it.
    bool is_relayed = false;
};

class Latency {
public:
    Latency(std::string path, std::string body, std::size_t connections)
        : path_(std::move(path)), body_(std::move(body)), connections_max_(connections) {
        key_at_ = body_.find(kKey) + kKey.size();
        poll_ = epoll_create1(EPOLL_CLOEXEC);
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        auto address = loopback(0);
        socklen_t size = sizeof address;
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 1024) != 0)
            die("can't listen");
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        watch(listener_);
        watch(STDIN_FILENO);
        std::printf("receiver %d\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    /// Answers calls, and does the runs that standard input asks for, until that ends or says so.
    void serve() {
        while (!is_ended_) {
            wait(1h);
            if (const auto run = std::exchange(asked_, {})) post_all(*run);
        }
    }

private:
    struct Connection {
        bool is_poster = false;
        std::string bytes;
        Moment first_byte_at;  // Of the request whose bytes are being read; receivers only.
    };

    void watch(int descriptor) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = descriptor;
        if (epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event) != 0) die("epoll");
    }

    void wait(std::chrono::nanoseconds longest) {
        const auto nanoseconds = std::max<std::int64_t>(longest.count(), 0);
        const timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
        epoll_event events[64];
        const int count = epoll_pwait2(poll_, events, 64, &time, nullptr);
        if (count < 0 && errno != EINTR) die("epoll");
        for (int n = 0; n < count; ++n) {
            const int descriptor = events[n].data.fd;
            if (descriptor == listener_) take_connections();
            else if (descriptor == STDIN_FILENO) read_command();
            else read_from(descriptor);
        }
    }

    void take_connections() {
        for (;;) {
            const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0) return;
            set_no_delay(socket);
            connections_[socket] = std::make_unique<Connection>();
            watch(socket);
        }
    }

    /// "post PORT RATE SECONDS", "flood PORT RATE SECONDS", "relay PORT RATE SECONDS", or "end".
    void read_command() {
        char line[256];
        const auto size = read(STDIN_FILENO, line, sizeof line - 1);
        if (size <= 0 || std::string_view(line, static_cast<std::size_t>(size)) == "end\n") {
            is_ended_ = true;
            return;
        }
        line[size] = '\0';
        char kind[8] = "";
        unsigned port = 0;
        double rate = 0;
        double seconds = 0;
        const bool is_read = std::sscanf(line, "%7s %u %lf %lf", kind, &port, &rate, &seconds) == 4;
        const std::string_view what = kind;
        if (!is_read || (what != "post" && what != "flood" && what != "relay") || port > 65535 || rate <= 0 ||
            seconds <= 0) {
            std::fprintf(stderr, "posthorn_bench_latency: expected: post, flood or relay PORT RATE SECONDS\n");
            std::exit(2);
        }
        Run run;
        run.port = static_cast<std::uint16_t>(port);
        run.drops = what == "flood";
        run.is_relayed = what == "relay";
        run.rate = rate;
        run.warm_up = static_cast<std::size_t>(rate * std::chrono::duration<double>(kWarmUp).count());
        run.posts = run.warm_up + static_cast<std::size_t>(rate * seconds);
        asked_ = run;
    }

    void post_all(const Run& run) {
        is_relayed_ = run.is_relayed;
        open_posters(run.port);
        head_ = "POST " + path_ + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(run.port) +
                "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n";
        posted_at_.assign(run.posts, Moment());
        called_at_.assign(run.posts, Moment());
        called_ = accepted_ = refused_ = repeated_ = 0;
        std::size_t late = 0;
        bool is_blocked = false;  // The next post is due, but every connection waits for an answer.

        const auto start = Clock::now();
        for (std::size_t number = 0; number < run.posts;) {
            const auto due = start + std::chrono::nanoseconds(
                                         static_cast<std::int64_t>(1e9 * static_cast<double>(number) / run.rate));
            const auto now = Clock::now();
            if (run.drops && now >= due && idle_.empty()) {
                // What is due by now is late for good.
                const auto behind = std::chrono::duration<double>(now - start).count() * run.rate;
                number = std::min(run.posts, static_cast<std::size_t>(behind) + 1);
                wait(1ms);
                continue;
            }
            if (now < due || idle_.empty()) {
                if (now >= due) is_blocked = true;
                wait(now < due ? std::chrono::nanoseconds(due - now) : 10ms);
                if (now > due + kLastCallWait) break;  // Nothing is answered any more; the count tells.
                continue;
            }
            // A post that had to wait for a connection counts from when it was due, or a slow server would hide its
            // own slowness. The system's work of sending counts as well.
            posted_at_[number] = is_blocked ? due : now;
            if (is_blocked) ++late;
            is_blocked = false;
            send_post(number);
            ++number;
        }
        const auto deadline = Clock::now() + kLastCallWait;
        while ((called_ < run.posts || idle_.size() < connections_max_) && Clock::now() < deadline) wait(10ms);
        report(run, late);
        close_posters();
    }

    void open_posters(std::uint16_t port) {
        const auto address = loopback(port);
        for (std::size_t n = 0; n < connections_max_; ++n) {
            const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("can't connect");
            fcntl(socket, F_SETFL, O_NONBLOCK);
            set_no_delay(socket);
            auto connection = std::make_unique<Connection>();
            connection->is_poster = true;
            connections_[socket] = std::move(connection);
            watch(socket);
            idle_.push_back(socket);
        }
    }

    void close_posters() {
        for (const int socket : idle_) drop(socket);
        idle_.clear();
    }

    void drop(int socket) {
        close(socket);
        connections_.erase(socket);
    }

    void send_post(std::size_t number) {
        const int socket = idle_.front();
        idle_.pop_front();
        auto digits = std::to_string(number);
        digits.insert(0, kKeyDigits - digits.size(), '0');
        body_.replace(key_at_, kKeyDigits, digits);
        const auto bytes = head_ + body_;
        // A kilobyte always fits into the buffer of a connection that has nothing under way.
        if (send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            die("can't post");
    }

    void read_from(int socket) {
        const auto now = Clock::now();
        auto& connection = *connections_.at(socket);
        char piece[16 * 1024];
        const auto size = read(socket, piece, sizeof piece);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size <= 0) {
            if (connection.is_poster) die("the server closed a connection");
            drop(socket);
            return;
        }
        if (connection.bytes.empty()) connection.first_byte_at = now;
        connection.bytes.append(piece, static_cast<std::size_t>(size));
        while (const auto length = whole_length(connection.bytes)) {
            const auto whole = std::string_view(connection.bytes).substr(0, *length);
            if (connection.is_poster) take_answer(socket, whole);
            else take_call(socket, whole, connection.first_byte_at);
            connection.bytes.erase(0, *length);
        }
    }

    void take_answer(int socket, std::string_view answer) {
        ++(answer.starts_with(is_relayed_ ? "HTTP/1.1 204" : "HTTP/1.1 202") ? accepted_ : refused_);
        idle_.push_back(socket);
    }

    void take_call(int socket, std::string_view request, Moment first_byte_at) {
        constexpr std::string_view answer = "HTTP/1.1 204 No Content\r\n\r\n";
        static_cast<void>(send(socket, answer.data(), answer.size(), MSG_NOSIGNAL));
        const auto line = is_relayed_ ? request : request.substr(0, request.find("\r\n"));
        const auto at = line.find(kKey);
        if (at == std::string_view::npos) return;  // Of the install.
        std::size_t number = 0;
        std::from_chars(line.data() + at + kKey.size(), line.data() + line.size(), number);
        if (number >= called_at_.size() || posted_at_[number] == Moment()) return;
        if (called_at_[number] != Moment()) {
            ++repeated_;
            return;
        }
        called_at_[number] = first_byte_at;
        ++called_;
    }

    void report(const Run& run, std::size_t late) const {
        std::vector<double> times;  // Microseconds.
        for (std::size_t number = run.warm_up; number < run.posts; ++number)
            if (called_at_[number] != Moment())
                times.push_back(
                    std::chrono::duration<double, std::micro>(called_at_[number] - posted_at_[number]).count());
        std::ranges::sort(times);
        const auto percentile = [&](double share) {
            return times.empty() ? 0.0
                                 : times[std::min(times.size() - 1,
                                                  static_cast<std::size_t>(share * static_cast<double>(times.size())))];
        };
        std::printf(
            "posted %zu accepted %zu refused %zu called %zu repeated %zu late %zu p50_us %.0f p99_us %.0f max_us "
            "%.0f\n",
            run.posts, accepted_, refused_, called_, repeated_, late, percentile(0.5), percentile(0.99), percentile(1));
        std::fflush(stdout);
    }

    std::string path_;
    std::string body_;
    std::string head_;
    std::size_t connections_max_;
    std::size_t key_at_ = 0;
    int poll_ = -1;
    int listener_ = -1;
    bool is_ended_ = false;
    bool is_relayed_ = false;  // In the run that goes on.
    std::optional<Run> asked_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
    std::deque<int> idle_;  // Posting connections that wait for no answer.
    std::vector<Moment> posted_at_;
    std::vector<Moment> called_at_;
    std::size_t called_ = 0;
    std::size_t accepted_ = 0;
    std::size_t refused_ = 0;
    std::size_t repeated_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr,
                     "usage: posthorn_bench_latency POST-PATH BODY-FILE CONNECTIONS\n"
                     "Prints \"receiver PORT\", then takes lines \"post PORT RATE SECONDS\" (or flood, which drops\n"
                     "what finds no connection) and prints the result of each.\n");
        return 2;
    }
    std::ifstream file(argv[2], std::ios::binary);
    std::string body((std::istreambuf_iterator<char>(file)), {});
    const auto key = body.find(kKey);
    if (key == std::string::npos || body.size() < key + kKey.size() + kKeyDigits) {
        std::fprintf(stderr, "posthorn_bench_latency: %s holds no key %s0000001\n", argv[2], kKey.data());
        return 2;
    }
    Latency(argv[1], std::move(body), static_cast<std::size_t>(std::atoi(argv[3]))).serve();
    return 0;
}
