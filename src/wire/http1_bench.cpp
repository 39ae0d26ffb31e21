// What the codec costs for the hot path's request: a POST of 1 KB with the headers of a usual client.

#include <string>

#include <benchmark/benchmark.h>

#include "wire/http1.h"

namespace posthorn::wire {
namespace {

const std::string kPost =
    "POST /api/v1/tenants/jira/events HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\n"
    "Accept: */*\r\nContent-Type: application/json\r\nAuthorization: Bearer phk_0123456789abcdef0123456789abcdef\r\n"
    "Content-Length: 1024\r\n\r\n" +
    std::string(1024, 'x');

void parse_post(benchmark::State& state) {
    RequestParser parser({});
    for (auto _ : state) {
        parser.restart();
        benchmark::DoNotOptimize(parser.parse(kPost));
        benchmark::DoNotOptimize(parser.head());
    }
}
BENCHMARK(parse_post);

void read_chunks(benchmark::State& state) {
    std::string body;
    for (int i = 0; i < 16; ++i) append_chunk(body, std::string(4096, 'x'));
    body += kLastChunk;
    for (auto _ : state) {
        ChunkedReader reader;
        ChunkedReader::Piece piece;
        std::string_view rest = body;
        while (reader.read(rest, piece) == Progress::incomplete) rest.remove_prefix(piece.taken);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(read_chunks);

void write_head(benchmark::State& state) {
    DateLine date;
    std::string out;
    for (auto _ : state) {
        out.clear();
        append_status_line(out, 202);
        out += date.at(1'800'000'000);
        append_header(out, "Content-Type", "application/json");
        append_header(out, "Content-Length", std::uint64_t{77});
        out += "\r\n";
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(write_head);

}  // namespace
}  // namespace posthorn::wire
