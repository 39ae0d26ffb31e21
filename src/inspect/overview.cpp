#include "inspect/overview.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <boost/json/value_from.hpp>

#include "api/json_answer.h"

namespace posthorn::inspect {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr auto kSampleEvery = 15s;
// Buckets of one that is busy take 150 KB. Who comes later than these is counted in `all` alone.
constexpr std::size_t kTenantsMax = 200;
constexpr std::size_t kInstallationsMax = 100;
constexpr std::size_t kHealthSteps = 24;

/// Null for those beyond the bound.
Activity* place_of(std::unordered_map<std::uint64_t, Activity>& activities, std::uint64_t id, std::size_t places_max) {
    if (const auto found = activities.find(id); found != activities.end()) return &found->second;
    return activities.size() < places_max ? &activities[id] : nullptr;
}

json::value number_or_null(const std::optional<double>& value) {
    if (!value) return nullptr;
    return std::round(*value * 100) / 100;
}

/// Which activity is asked for.
struct Scope {
    const registry::Tenant* tenant = nullptr;
    const registry::Installation* installation = nullptr;
};

tl::expected<Scope, http::Problem> scope_of(const api::Request& request) {
    Scope scope;
    const auto* key = request.caller.key;
    auto addon = request.query("addon");
    if (const auto name = request.query("tenant")) {
        scope.tenant = request.snapshot->find_tenant(*name);
        if (scope.tenant == nullptr) return tl::unexpected(api::not_found("There is no tenant '" + *name + "'."));
    } else if (key != nullptr && key->tenant) {
        scope.tenant = request.snapshot->find_tenant(key->tenant);
    }
    if (key != nullptr && !key->addon.empty()) addon = key->addon;
    const auto right = scope.tenant == nullptr ? registry::Action::read_server
                       : addon                 ? registry::Action::read_addon
                                               : registry::Action::read_tenant;
    registry::Subject subject{scope.tenant != nullptr ? scope.tenant->id : TenantId{}, addon.value_or("")};
    if (!request.caller.may(right, subject))
        return tl::unexpected(http::Problem{403, "forbidden", "Not this key's right",
                                            "The role of this API key does not allow this; name its own tenant."});
    if (addon) {
        if (scope.tenant == nullptr) return tl::unexpected(api::wrong("With 'addon' name its 'tenant' too."));
        scope.installation = request.snapshot->find_installation(scope.tenant->id, *addon);
        if (scope.installation == nullptr)
            return tl::unexpected(api::not_found("The tenant has no add-on '" + *addon + "'."));
    }
    return scope;
}

json::object series_json(const ActivityTrack& track, Moment now) {
    const auto buckets = track.last(now);
    json::object series;
    const auto list = [&](std::string_view name, const auto& value_of) {
        json::array values;
        values.reserve(buckets.size());
        for (const auto* bucket : buckets) values.push_back(value_of(bucket));
        series[name] = std::move(values);
    };
    const auto count = [&](std::string_view name, std::uint64_t ActivityBucket::* member) {
        list(name, [&](const ActivityBucket* b) { return json::value(b != nullptr ? b->*member : 0); });
    };
    const auto percentile = [&](std::string_view name, double share) {
        list(name, [&](const ActivityBucket* b) {
            return number_or_null(b != nullptr ? b->latencies.percentile(share) : std::nullopt);
        });
    };
    count("accepted", &ActivityBucket::accepted);
    count("delivered", &ActivityBucket::delivered);
    count("retried", &ActivityBucket::retried);
    count("dead", &ActivityBucket::dead);
    percentile("p50", 0.5);
    percentile("p95", 0.95);
    percentile("p99", 0.99);
    list("waiting", [](const ActivityBucket* b) {
        return b != nullptr && b->waiting ? json::value(*b->waiting) : json::value(nullptr);
    });
    return series;
}

json::array failures_json(const ActivityTrack& track, Moment now) {
    std::map<std::string, std::uint64_t> sums;
    for (const auto* bucket : track.last(now))
        if (bucket != nullptr)
            for (const auto& [cause, attempts] : bucket->failures) sums[cause] += attempts;
    std::vector<std::pair<std::string, std::uint64_t>> sorted(sums.begin(), sums.end());
    std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
    json::array failures;
    for (const auto& [cause, attempts] : sorted)
        failures.push_back(json::object{{"cause", cause}, {"attempts", attempts}});
    return failures;
}

/// An add-on's health in few numbers, for a table.
json::object health_json(const registry::Installation& installation, const ActivityTrack& track, Moment now) {
    const auto buckets = track.last(now);
    Latencies latencies;
    std::uint64_t delivered = 0, retried = 0, dead = 0;
    std::vector<std::uint64_t> good(kHealthSteps, 0), bad(kHealthSteps, 0);
    std::uint64_t waiting = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        const auto* bucket = buckets[i];
        if (bucket == nullptr) continue;
        latencies.add(bucket->latencies);
        delivered += bucket->delivered;
        retried += bucket->retried;
        dead += bucket->dead;
        const auto place = i * kHealthSteps / buckets.size();
        good[place] += bucket->delivered;
        bad[place] += bucket->retried + bucket->dead;
        if (bucket->waiting) waiting = *bucket->waiting;
    }
    return {{"addon", installation.addon_key},
            {"delivered", delivered},
            {"retried", retried},
            {"dead", dead},
            {"p99", number_or_null(latencies.percentile(0.99))},
            {"waiting", waiting},
            {"good", json::value_from(good)},
            {"bad", json::value_from(bad)}};
}

}  // namespace

Overview::Overview(engine::Engine& engine) : engine_(engine), tasks_(engine.net()) {
    engine_.add_observer(*this);
    tasks_.spawn(sample());
    set_timer();
}

void Overview::add_routes(api::Router& router) {
    router.add("GET", "/api/v1/overview", registry::Action::read_addon,
               [this](api::Request& request) { return show(request); });
}

io::Task<void> Overview::stop() {
    timer_.clear();
    tasks_.cancel();
    co_await tasks_.wait();
}

void Overview::set_timer() {
    timer_.set(engine_.wheel(), kSampleEvery, [this] {
        // One that is still under way, behind a busy state, is enough.
        if (tasks_.size() == 0) tasks_.spawn(sample());
        set_timer();
    });
}

void Overview::on_accepted(const model::Event& event, std::size_t) {
    const auto now = wall_now();
    all_.on_accepted(now);
    if (auto* activity = place_of(tenants_, event.tenant.value, kTenantsMax)) activity->on_accepted(now);
}

void Overview::on_attempt(const model::AttemptEnded& ended, const registry::Installation* installation,
                          const model::Event& event) {
    const auto now = wall_now();
    all_.on_attempt(now, ended);
    if (auto* activity = place_of(tenants_, event.tenant.value, kTenantsMax)) activity->on_attempt(now, ended);
    if (installation == nullptr) return;
    if (auto* activity = place_of(installations_, ended.installation.value, kInstallationsMax))
        activity->on_attempt(now, ended);
}

io::Task<void> Overview::sample() {
    std::function<Result<std::vector<state::Waiting>>(state::Reader&)> query = [](state::Reader& reader) {
        return reader.waiting();
    };
    const auto waiting = co_await engine_.read(std::move(query));
    // The state says itself what troubles it; here is a hole then.
    if (!waiting) co_return;
    struct Sum {
        std::uint64_t deliveries = 0;
        std::optional<Moment> oldest = {};
        void add(const state::Waiting& one) {
            deliveries += one.deliveries;
            if (!oldest || one.first_due < *oldest) oldest = one.first_due;
        }
    };
    Sum all;
    std::unordered_map<std::uint64_t, Sum> tenants;
    const auto now = wall_now();
    const auto snapshot = engine_.registry().snapshot();
    std::unordered_map<std::uint64_t, Sum> installations;
    for (const auto& one : *waiting) {
        all.add(one);
        installations[one.installation.value].add(one);
        if (const auto* installation = snapshot->find_installation(one.installation))
            tenants[installation->tenant.value].add(one);
    }
    all_.on_sample(now, all.deliveries, all.oldest);
    std::erase_if(tenants_, [&](const auto& one) { return snapshot->find_tenant(TenantId{one.first}) == nullptr; });
    std::erase_if(installations_, [&](const auto& one) {
        const auto* installation = snapshot->find_installation(InstallationId{one.first});
        return installation == nullptr || installation->state == registry::InstallationState::uninstalled;
    });
    for (const auto& [id, sum] : tenants) place_of(tenants_, id, kTenantsMax);
    for (auto& [id, activity] : tenants_) activity.on_sample(now, tenants[id].deliveries, tenants[id].oldest);
    for (auto& [id, activity] : installations_)
        activity.on_sample(now, installations[id].deliveries, installations[id].oldest);
}

io::Task<api::Answer> Overview::show(api::Request& request) {
    const auto scope = scope_of(request);
    if (!scope) co_return tl::unexpected(scope.error());
    const auto span = request.query("span").value_or("1h");
    if (span != "1h" && span != "24h")
        co_return tl::unexpected(
            http::Problem{400, "wrong-parameter", "Wrong query parameter", "'span' is 1h or 24h."});

    const auto now = wall_now();
    const Activity nothing;
    const auto* activity = &all_;
    const auto find = [&](const auto& map, std::uint64_t id) {
        const auto found = map.find(id);
        return found != map.end() ? &found->second : &nothing;
    };
    if (scope->installation != nullptr) activity = find(installations_, scope->installation->id.value);
    else if (scope->tenant != nullptr) activity = find(tenants_, scope->tenant->id.value);
    const auto& track = span == "1h" ? activity->hour : activity->day;

    const auto first = (track.number_of(now) - static_cast<std::int64_t>(track.steps()) + 1) * track.step();
    json::object object;
    object["at"] = to_rfc3339(now);
    object["from"] = to_rfc3339(Moment(first));
    object["stepSeconds"] = track.step().count();
    object["series"] = series_json(track, now);
    object["failures"] = failures_json(track, now);
    json::value waiting = nullptr, oldest = nullptr;
    for (const auto* bucket : activity->hour.last(now))
        if (bucket != nullptr && bucket->waiting) {
            waiting = *bucket->waiting;
            oldest = api::time_or_null(bucket->oldest_waiting_at);
        }
    object["waiting"] = waiting;
    object["oldestWaitingAt"] = oldest;
    json::array addons;
    for (const auto* installation : request.snapshot->installations()) {
        const bool is_asked = scope->installation != nullptr ? installation == scope->installation
                              : scope->tenant != nullptr     ? installation->tenant == scope->tenant->id
                                                             : true;
        const auto found = installations_.find(installation->id.value);
        if (!is_asked || found == installations_.end()) continue;
        addons.push_back(health_json(*installation, span == "1h" ? found->second.hour : found->second.day, now));
    }
    object["addons"] = std::move(addons);
    co_return api::json_response(200, json::value(std::move(object)));
}

}  // namespace posthorn::inspect
