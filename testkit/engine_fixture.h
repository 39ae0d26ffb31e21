#pragma once
// A whole engine for tests: a store in a temporary folder, the real network on loopback.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "catalogue/catalogue.h"
#include "deliver/dispatch.h"
#include "engine/engine.h"
#include "engine/store.h"
#include "io/net_thread.h"
#include "io/outgoing.h"
#include "io/timer_wheel.h"
#include "registry/registry.h"
#include "testkit/run_task.h"

namespace posthorn::testkit {

struct EngineFixtureOptions {
    io::Mode mode = io::Mode::dev;  ///< dev: loopback receivers and plain http are allowed.
    Millis connect_timeout{2'000};
    Millis answer_timeout{2'000};
    registry::Retry retry = {};
    engine::SchedulerLimits scheduler = {};
};

/// What lives and dies with one run of the server. Destroying it without stop() is a crash of sorts: coroutines end
/// where they stand, and what the journal has is what is left.
class EngineRun {
public:
    EngineRun(const std::string& folder, const EngineFixtureOptions& options);
    ~EngineRun();

    io::asio::io_context net{1};
    io::TimerWheel wheel{net};
    catalogue::Catalogue catalogue;
    std::unique_ptr<engine::Store> store;
    std::optional<registry::Registry> registry;
    io::Outgoing ours;  // For the net thread: lifecycle.
    io::NetThread out;  // For deliveries.
    io::TimerWheel out_wheel{out.context()};
    io::Outgoing receivers;
    std::optional<deliver::Deliverer> deliverer;
    std::optional<deliver::Dispatch> dispatch;
    std::optional<engine::Engine> engine;
};

/// A temporary folder with a store of the tenants `jira` and `confluence`, and a run on it. The master key and the
/// install key are the same for all fixtures of a test program, for making one takes long.
class EngineFixture {
public:
    explicit EngineFixture(EngineFixtureOptions options = {});
    ~EngineFixture();
    EngineFixture(const EngineFixture&) = delete;
    EngineFixture& operator=(const EngineFixture&) = delete;

    EngineRun& run() { return *run_; }
    engine::Engine& engine() { return *run_->engine; }
    io::asio::io_context& net() { return run_->net; }
    registry::SnapshotPtr snapshot() const { return run_->registry->snapshot(); }
    const registry::MasterKey& master_key() const { return run_->registry->master_key(); }
    const registry::Tenant& tenant(std::string_view key = "jira") const { return *snapshot()->find_tenant(key); }

    /// Ends the run where it stands and begins the next one on the same folder. What refers to the run has to be
    /// gone: pass it in `before_end`.
    void restart(const std::function<void()>& before_end = {});

    /// Runs the net thread until `task` has ended.
    template <class T>
    T wait_for(io::Task<T> task) {
        return run_task(net(), std::move(task));
    }
    /// Runs the net thread until `condition` holds; false when it doesn't within 20 s.
    bool wait_until(const std::function<bool()>& condition);
    /// Runs the net thread for that long, to see that nothing happens.
    void run_for(Millis time);

private:
    EngineFixtureOptions options_;
    std::string folder_;
    std::unique_ptr<EngineRun> run_;
};

}  // namespace posthorn::testkit
