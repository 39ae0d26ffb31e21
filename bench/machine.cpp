// What this machine does by itself, for bench/run: how soon a thread runs that another one wakes, how long a write and
// its sync take, how long a read of memory that no cache has. Prints one line, "wake_us P50 P99 sync_us P50 P99 read_ns N".

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using Steady = std::chrono::steady_clock;

double micros_since(Steady::time_point begin) {
    return std::chrono::duration<double, std::micro>(Steady::now() - begin).count();
}

/// Of microseconds.
struct Spread {
    double p50 = 0;
    double p99 = 0;
};

Spread spread_of(std::vector<double> micros) {
    std::ranges::sort(micros);
    return {micros[micros.size() / 2], micros[micros.size() * 99 / 100]};
}

/// From waking a thread that sleeps until it runs.
Spread wake() {
    constexpr int kTimes = 3000;
    std::vector<double> micros;
    std::atomic<int> turn = 0, taken = 0;
    Steady::time_point woken;  // Written before `turn`, read behind it.
    std::thread sleeper([&] {
        for (int time = 0; time < kTimes; ++time) {
            turn.wait(time);
            micros.push_back(micros_since(woken));
            taken = time + 1;
            taken.notify_one();
        }
    });
    for (int time = 0; time < kTimes; ++time) {
        std::this_thread::sleep_for(std::chrono::microseconds(300));
        woken = Steady::now();
        turn = time + 1;
        turn.notify_one();
        taken.wait(time);
    }
    sleeper.join();
    return spread_of(std::move(micros));
}

/// Of 4 KiB in a file that has its size already, as the journal's have.
Spread sync(const std::string& path) {
    constexpr int kTimes = 3000;
    constexpr std::size_t kPiece = 4096;
    const std::vector<char> zeros(kPiece * kTimes);
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, zeros.data(), zeros.size()) != static_cast<ssize_t>(zeros.size()) || fsync(file) != 0) {
        std::perror(path.c_str());
        std::exit(1);
    }
    std::vector<double> micros;
    for (int time = 0; time < kTimes; ++time) {
        const auto begin = Steady::now();
        if (pwrite(file, zeros.data(), kPiece, static_cast<off_t>(kPiece) * time) != static_cast<ssize_t>(kPiece) ||
            fdatasync(file) != 0) {
            std::perror(path.c_str());
            std::exit(1);
        }
        micros.push_back(micros_since(begin));
    }
    close(file);
    unlink(path.c_str());
    return spread_of(std::move(micros));
}

/// Nanoseconds of a read in 32 MiB, each place known by the read before it only.
double read_ns() {
    constexpr std::size_t kLine = 64 / sizeof(std::uint32_t);
    constexpr std::size_t kLines = (32u << 20) / 64;
    std::vector<std::uint32_t> order(kLines);
    std::iota(order.begin(), order.end(), 0u);
    std::shuffle(order.begin(), order.end(), std::mt19937(1));
    std::vector<std::uint32_t> lines(kLines * kLine);
    for (std::size_t n = 0; n < kLines; ++n) lines[order[n] * kLine] = order[(n + 1) % kLines];
    const auto begin = Steady::now();
    std::uint32_t at = order[0];
    for (std::size_t n = 0; n < kLines; ++n) at = lines[at * kLine];
    const double micros = micros_since(begin);
    if (at != order[0]) std::abort();  // It is a circle; and the reads have to be made.
    return micros * 1000 / static_cast<double>(kLines);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: posthorn_bench_machine FILE     it is made and removed, on the disk in question\n", stderr);
        return 2;
    }
    const auto wakes = wake();
    const auto syncs = sync(arguments[1]);
    std::printf("wake_us %.0f %.0f sync_us %.0f %.0f read_ns %.0f\n", wakes.p50, wakes.p99, syncs.p50, syncs.p99,
                read_ns());
}
