#include "testkit/engine_fixture.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/assert.h"

namespace posthorn::testkit {

namespace {

const registry::MasterKey& master_key() {
    static const auto key = *registry::MasterKey::from_bytes("0123456789abcdef0123456789abcdef");
    return key;
}

const registry::Rows& first_rows() {
    static const auto rows = *registry::first_rows(master_key(), wall_now());
    return rows;
}

registry::DeliveryDefaults defaults_of(const EngineFixtureOptions& options) {
    registry::DeliveryDefaults defaults;
    defaults.retry = options.retry;
    defaults.connect_timeout = options.connect_timeout;
    defaults.answer_timeout = options.answer_timeout;
    defaults.concurrency = 20;
    return defaults;
}

template <class T>
T must(Result<T> result) {
    if (!result) std::fprintf(stderr, "engine fixture: %s\n", to_string(result.error()).c_str());
    POSTHORN_ASSERT(result.has_value());
    return *std::move(result);
}

void must(const Result<void>& result) {
    if (!result) std::fprintf(stderr, "engine fixture: %s\n", to_string(result.error()).c_str());
    POSTHORN_ASSERT(result.has_value());
}

}  // namespace

EngineRun::EngineRun(const std::string& folder, const EngineFixtureOptions& options) {
    engine::StoreOptions store_options;
    store_options.folder = folder;
    store_options.segment_bytes = 1U << 20U;
    store_options.segments_max = 4;
    store_options.state.apply_every = Millis(5);
    store =
        must(engine::Store::open(io::posix_disk(), net, std::move(store_options), [](const Error&) { std::abort(); }));

    std::function<Result<registry::Rows>(state::Reader&)> query = [](state::Reader& reader) {
        return reader.registry();
    };
    auto rows = must(run_task(net, store->state().read(engine::Lane::engine, std::move(query))));
    if (rows.empty()) {
        rows = first_rows();
        model::Record record = model::RegistryChanged{rows};
        static_cast<void>(must(run_task(net, store->append(std::move(record)))));
    }
    registry.emplace(catalogue, master_key(), registry::CompileFilter{});
    must(registry->load(rows));

    const io::AddressRules rules(options.mode, {});
    ours = must(io::Outgoing::make(net, wheel, rules));
    receivers = must(io::Outgoing::make(out.context(), out_wheel, rules));
    deliverer.emplace(*receivers.dialer, out_wheel, deliver::PoolLimits{});
    dispatch.emplace(net, out.context(), *deliverer);
    out.start("deliver");
    engine::EngineOptions engine_options;
    engine_options.defaults = defaults_of(options);
    engine_options.scheduler = options.scheduler;
    engine_options.random_seed = 7;
    engine.emplace(net, wheel, *store, *registry, *dispatch, std::move(engine_options));
    must(run_task(net, engine->start()));
}

EngineRun::~EngineRun() {
    out.end();
    deliverer->close();
    store->stop();
    wheel.stop();
}

EngineFixture::EngineFixture(EngineFixtureOptions options) : options_(std::move(options)) {
    auto name = (std::filesystem::temp_directory_path() / "posthorn-engine-XXXXXX").string();
    POSTHORN_ASSERT(::mkdtemp(name.data()) != nullptr);
    folder_ = std::move(name);
    run_ = std::make_unique<EngineRun>(folder_, options_);
}

EngineFixture::~EngineFixture() {
    run_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void EngineFixture::restart(const std::function<void()>& before_end) {
    if (before_end) before_end();
    run_.reset();
    run_ = std::make_unique<EngineRun>(folder_, options_);
}

bool EngineFixture::wait_until(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    net().restart();
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        net().run_one_for(Millis(20));
        if (net().stopped()) net().restart();
    }
    return true;
}

void EngineFixture::run_for(Millis time) {
    const auto until = std::chrono::steady_clock::now() + time;
    net().restart();
    while (std::chrono::steady_clock::now() < until) {
        net().run_one_until(until);
        if (net().stopped()) net().restart();
    }
}

}  // namespace posthorn::testkit
