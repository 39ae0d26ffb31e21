// What making the signed call of one delivery costs: its target, the hash of it, the token.

#include <array>
#include <string>

#include <benchmark/benchmark.h>

#include "wire/jwt.h"
#include "wire/qsh.h"
#include "wire/url_template.h"

namespace posthorn::wire {
namespace {

constexpr std::string_view kTarget = "/app/hook/ABC-1?p=ABC&user_id=admin&user_key=admin";

void render_target(benchmark::State& state) {
    const auto made = UrlTemplate::compile("/app", "/hook/${issue.key}?p=${project.key}", [](auto) { return true; });
    const std::array<std::optional<std::string_view>, 2> values{"ABC-1", "ABC"};
    std::string target;
    for (auto _ : state) {
        target.clear();
        benchmark::DoNotOptimize(made.url.render(values, target));
        append_user_parameters(target, "admin", "admin");
    }
}
BENCHMARK(render_target);

void hash_target(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(query_string_hash_of_target("POST", kTarget, 4));
}
BENCHMARK(hash_target);

void make_token(benchmark::State& state) {
    HmacKey key("0123456789abcdef0123456789abcdef0123456789a");
    const QueryStringHash hash = query_string_hash_of_target("POST", kTarget, 4);
    std::string token;
    for (auto _ : state) {
        token.clear();
        Claims claims;
        claims.iss = "2f1c9f6e-0000-4000-8000-000000000000";
        claims.qsh = text_of(hash);
        claims.sub = "admin";
        append_hs256_token(token, claims, key);
    }
}
BENCHMARK(make_token);

}  // namespace
}  // namespace posthorn::wire
