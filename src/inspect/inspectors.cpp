#include "inspect/inspectors.h"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "inspect/heard_events.h"
#include "io/random.h"
#include "wire/jwt_check.h"
#include "wire/url.h"

namespace posthorn::inspect {

namespace {

using namespace std::chrono_literals;
using State = registry::InstallationState;

constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kUnderWayMax = 64;             // Calls of one inspector at once.
constexpr std::size_t kBytesUnderWayMax = 32 << 20;  // Of all.
constexpr auto kLookAgain = 60s;                     // The clock may be set.
constexpr auto kAgainAfterFailure = 30s;
constexpr int kBusyTries = 20;
constexpr Millis kBusyWait{500};

std::string random_hex() {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char c : io::random_bytes(kRandomBytes)) {
        const auto byte = static_cast<unsigned char>(c);
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xFU];
    }
    return text;
}

bool is_installed(const registry::Installation& installation) {
    return installation.state == State::enabled || installation.state == State::disabled;
}

http::Problem unavailable(const Error& error) {
    return {503, "unavailable", "Unavailable", "The inspectors' store: " + to_string(error)};
}

}  // namespace

Inspectors::Inspectors(engine::Engine& engine, lifecycle::Lifecycle& lifecycle, io::Dialer& dialer,
                       InspectorStore::Opened opened, InspectorOptions options)
    : engine_(engine),
      lifecycle_(lifecycle),
      dialer_(dialer),
      store_(std::move(opened.store)),
      options_(std::move(options)),
      keys_(engine.registry(), dialer, options_.other_keys),
      ended_(opened.ended.begin(), opened.ended.end()),
      times_changed_(engine.net().get_executor()),
      tasks_(engine.net()) {
    for (auto& inspector : opened.inspectors) {
        auto live = std::make_shared<LiveInspector>();
        live->inspector = std::move(inspector);
        by_id_[live->inspector.id] = live;
        by_secret_[live->inspector.secret_hash] = live;
    }
}

void Inspectors::start() { tasks_.spawn(watch_times()); }

void Inspectors::wake_listeners() {
    for (const auto& [id, live] : by_id_) live->raise();
}

io::Task<void> Inspectors::stop() {
    is_stopping_ = true;
    wake_listeners();
    tasks_.cancel();
    co_await tasks_.wait();
}

LiveInspectorPtr Inspectors::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found != by_id_.end() ? found->second : nullptr;
}

LiveInspectorPtr Inspectors::find_by_secret(std::string_view secret) const {
    // Found by hash: the time that it takes says nothing of the secret.
    const auto found = by_secret_.find(registry::hash_of_token(secret));
    return found != by_secret_.end() ? found->second : nullptr;
}

const EndedInspector* Inspectors::find_ended(std::string_view id_or_secret) const {
    const auto hash = registry::hash_of_token(id_or_secret);
    const auto found = std::ranges::find_if(
        ended_, [&](const EndedInspector& ended) { return ended.id == id_or_secret || ended.secret_hash == hash; });
    return found != ended_.end() ? &*found : nullptr;
}

std::vector<LiveInspectorPtr> Inspectors::all() const {
    std::vector<LiveInspectorPtr> lives;
    for (const auto& [id, live] : by_id_) lives.push_back(live);
    std::ranges::sort(lives, [](const auto& one, const auto& other) {
        return one->inspector.created_at > other->inspector.created_at;
    });
    return lives;
}

std::string Inspectors::descriptor(const Inspector& inspector) const {
    const auto snapshot = engine_.registry().snapshot();
    const auto& catalogue = engine_.registry().catalogue();
    const auto* tenant = snapshot->find_tenant(inspector.tenant);
    ListeningAddOn addon;
    addon.key = inspector.addon_key();
    addon.name = "Posthorn inspector " + inspector.id.substr(0, 8);
    addon.description = "Shows every call that a host makes. Goes away at " + to_rfc3339(inspector.expires_at) + ".";
    addon.base_url = base_url(inspector);
    addon.events = inspector.hears == Hears::both_products || tenant == nullptr
                       ? all_events(catalogue)
                       : all_events(catalogue, tenant->product, snapshot->custom_types(tenant->id));
    return descriptor_of(addon);
}

std::optional<std::string> Inspectors::descriptor_at(std::string_view text) const {
    const auto url = wire::parse_url(text);
    const auto own = wire::parse_url(options_.public_url);
    if (!url || !own || url->origin() != own->origin() || url->has_query || url->has_user_info) return std::nullopt;
    std::string before = own->path;
    while (before.ends_with('/')) before.pop_back();
    std::string_view path = url->path;
    for (const std::string& prefix : {before, std::string("/inspector/")}) {
        if (!path.starts_with(prefix)) return std::nullopt;
        path.remove_prefix(prefix.size());
    }
    const auto slash = path.find('/');
    if (slash == std::string_view::npos || path.substr(slash) != "/atlassian-connect.json") return std::nullopt;
    const auto live = find(path.substr(0, slash));
    if (live == nullptr || live->is_ending) return std::nullopt;
    return descriptor(live->inspector);
}

std::vector<const registry::Installation*> Inspectors::installations(const Inspector& inspector,
                                                                     const registry::Snapshot& snapshot) const {
    std::vector<const registry::Installation*> found;
    const auto key = inspector.addon_key();
    for (const auto* installation : snapshot.installations())
        if (installation->is_inspector && installation->addon_key == key && is_installed(*installation))
            found.push_back(installation);
    return found;
}

io::Task<lifecycle::Outcome<MadeInspector>> Inspectors::make(WantedInspector wanted) {
    if (by_id_.size() >= options_.limits.inspectors_max) {
        http::Problem problem{409, "too-many-inspectors", "There are too many inspectors",
                              "There are " + std::to_string(by_id_.size()) +
                                  " inspectors, the most that there can be; "
                                  "delete one, or wait until one has ended."};
        co_return tl::unexpected(std::move(problem));
    }
    MadeInspector made;
    made.secret = random_hex();
    made.live = std::make_shared<LiveInspector>();
    auto& inspector = made.live->inspector;
    inspector.id = random_hex();
    inspector.secret_hash = registry::hash_of_token(made.secret);
    inspector.tenant = wanted.tenant;
    inspector.hears = wanted.hears;
    inspector.created_at = wall_now();
    inspector.expires_at = inspector.created_at + wanted.ttl;
    by_id_[inspector.id] = made.live;  // Counts from now on.
    std::function<Result<void>(InspectorTables&)> add = [inspector](InspectorTables& tables) {
        return tables.add(inspector);
    };
    const auto added = co_await store_->run(std::move(add));
    if (!added) {
        by_id_.erase(inspector.id);
        co_return tl::unexpected(unavailable(added.error()));
    }
    by_secret_[inspector.secret_hash] = made.live;
    times_changed_.raise();
    if (wanted.hears == Hears::both_products) co_return made;

    lifecycle::InstallRequest install;
    install.tenant = wanted.tenant;
    install.descriptor_url = descriptor_url(inspector);
    const auto installed = co_await lifecycle_.install(std::move(install));
    if (installed) co_return made;
    auto problem = installed.error();
    static_cast<void>(co_await end(made.live, EndReason::deleted));
    co_return tl::unexpected(std::move(problem));
}

io::Task<void> Inspectors::uninstall(InstallationId id) {
    for (int tries = 0; tries < kBusyTries; ++tries) {
        const auto done = co_await lifecycle_.uninstall(id);
        if (done || done.error().status != 409) break;
        co_await engine_.wheel().sleep(kBusyWait);  // Another operation on it is under way.
    }
    const auto snapshot = engine_.registry().snapshot();
    const auto* installation = snapshot->find_installation(id);
    if (installation == nullptr || installation->state != State::uninstalled) co_return;
    // Of an add-on that never comes back only the name is kept, for the history.
    auto remains = *installation;
    remains.descriptor.clear();
    remains.webhooks.clear();
    remains.warnings.clear();
    remains.lifecycle = {};
    remains.sealed_secret.clear();
    remains.sealed_pending_secret.clear();
    std::vector<registry::RegistryChange> changes;
    changes.emplace_back(registry::PutInstallation{std::move(remains)});
    static_cast<void>(co_await engine_.change(std::move(changes)));
}

io::Task<lifecycle::Outcome<void>> Inspectors::end(LiveInspectorPtr live, EndReason why) {
    if (std::exchange(live->is_ending, true)) co_return lifecycle::Outcome<void>();
    // It hears its own farewell calls.
    const auto snapshot = engine_.registry().snapshot();
    for (const auto* installation : installations(live->inspector, *snapshot)) co_await uninstall(installation->id);
    std::function<Result<void>(InspectorTables&)> erase =
        [id = live->inspector.id, at = wall_now(), why](InspectorTables& tables) { return tables.end(id, at, why); };
    const auto erased = co_await store_->run(std::move(erase));
    if (!erased && erased.error().code != Errc::not_found) {
        live->is_ending = false;
        co_return tl::unexpected(unavailable(erased.error()));
    }
    forget(live, why);
    co_return lifecycle::Outcome<void>();
}

void Inspectors::forget(const LiveInspectorPtr& live, EndReason why) {
    const auto& inspector = live->inspector;
    live->ended = EndedInspector{inspector.id, inspector.secret_hash, wall_now(), why};
    ended_.push_back(*live->ended);
    while (ended_.size() > options_.limits.ended_max || ended_.front().at < wall_now() - options_.limits.ended_for)
        ended_.pop_front();
    by_secret_.erase(inspector.secret_hash);
    by_id_.erase(inspector.id);
    live->raise();
}

io::Task<void> Inspectors::watch_times() {
    // Whose inspector is gone (its file was put aside) must not be called any more.
    const auto snapshot = engine_.registry().snapshot();
    for (const auto* installation : snapshot->installations()) {
        if (!installation->is_inspector || !is_installed(*installation)) continue;
        const auto is_its = [&](const auto& entry) {
            return entry.second->inspector.addon_key() == installation->addon_key;
        };
        if (std::ranges::none_of(by_id_, is_its)) co_await uninstall(installation->id);
    }
    while (!is_stopping_) {
        LiveInspectorPtr next;
        for (const auto& [id, live] : by_id_)
            if (!live->is_ending && (next == nullptr || live->inspector.expires_at < next->inspector.expires_at))
                next = live;
        const auto left = next != nullptr ? next->inspector.expires_at - wall_now() : kLookAgain;
        if (left > 0s) {
            const auto wait = std::min<std::chrono::steady_clock::duration>(left, kLookAgain);
            co_await times_changed_.wait_until(std::chrono::steady_clock::now() + wait);
            continue;
        }
        const auto done = co_await end(next, EndReason::expired);
        if (!done) co_await engine_.wheel().sleep(kAgainAfterFailure);
    }
}

io::Task<Result<KeptCall>> Inspectors::take(LiveInspectorPtr live, RecordedCall call) {
    const auto bytes = call.body.size();
    if (live->calls_under_way >= kUnderWayMax || bytes_under_way_ + bytes > kBytesUnderWayMax)
        co_return fail(Errc::full, "too many calls at once; try again");
    struct UnderWay {
        LiveInspector& live;
        std::size_t& bytes_in_all;
        std::size_t bytes;
        UnderWay(LiveInspector& live_in, std::size_t& in_all, std::size_t bytes_in)
            : live(live_in), bytes_in_all(in_all), bytes(bytes_in) {
            ++live.calls_under_way;
            bytes_in_all += bytes;
        }
        ~UnderWay() {
            --live.calls_under_way;
            bytes_in_all -= bytes;
        }
    };
    const UnderWay under_way(*live, bytes_under_way_, bytes);
    IncomingCall incoming;
    incoming.inspector = live->inspector.id;
    incoming.base_url = base_url(live->inspector);
    const auto token = wire::decode_jwt(token_of(call));
    if (token && token->alg == "RS256") {
        auto found = co_await keys_.find(token->kid.value_or(""));
        incoming.install_key = std::move(found.key);
        incoming.why_no_key = std::move(found.why_not);
    }
    incoming.call = std::move(call);
    std::function<Result<KeptCall>(InspectorTables&)> keep =
        [&master_key = engine_.registry().master_key(), shared = std::make_shared<IncomingCall>(std::move(incoming))](
            InspectorTables& tables) { return keep_call(tables, master_key, std::move(*shared)); };
    auto kept = co_await store_->run(std::move(keep));
    if (!kept) co_return kept.error();
    // Answers of the store come in the order of the calls, so this is the newest.
    live->inspector = kept->inspector;
    live->raise();
    co_return kept;
}

}  // namespace posthorn::inspect
