// What looking inside an event of 1 KB costs.

#include <string>

#include <benchmark/benchmark.h>

#include "wire/json_fields.h"

namespace posthorn::wire {
namespace {

const std::string kEvent =
    R"({"timestamp":1700000000000,"webhookEvent":"jira:issue_created","user":{"name":"admin","key":"admin",)"
    R"("avatarUrls":{"48x48":"http://x/secure/useravatar?size=large","24x24":"http://x/secure/useravatar"},)"
    R"("displayName":"Admin \"A\"","active":true},"issue":{"id":"10001","self":"http://x/rest/api/2/issue/1",)"
    R"("fields":{"labels":["a","b"],"project":{"id":"1","key":"ABC"},"customfield_10000":1.5,"description":")" +
    std::string(512, 'x') + R"(","comment":{"comments":[],"total":0,"startAt":0}},"key":"ABC-1"}})";

void check(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(check_json(kEvent));
}
BENCHMARK(check);

void check_and_find_members(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(JsonFields::checked(kEvent));
}
BENCHMARK(check_and_find_members);

void find_issue_key(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(JsonView(kEvent).at_pointer("/issue/key"));
}
BENCHMARK(find_issue_key);

void look_for_duplicate_keys(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(JsonFields(JsonView(kEvent)).first_duplicate());
}
BENCHMARK(look_for_duplicate_keys);

}  // namespace
}  // namespace posthorn::wire
