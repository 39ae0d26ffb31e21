#pragma once
// The inspectors of this server: made, called, ended. connect.md section 7.

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "inspect/call_keeping.h"
#include "inspect/inspector_store.h"
#include "inspect/install_key_source.h"
#include "io/signal.h"
#include "io/task_group.h"
#include "lifecycle/lifecycle.h"

namespace posthorn::inspect {

struct InspectorOptions {
    std::string public_url;  ///< Without trailing '/'.
    std::string other_keys = std::string(kAtlassianKeys);
    InspectorLimits limits = {};
};

/// An inspector and who listens to it. Whoever keeps the pointer over its end sees `ended`.
struct LiveInspector {
    Inspector inspector;
    std::size_t calls_under_way = 0;
    bool is_ending = false;  ///< Takes its last calls, is installed nowhere any more.
    std::optional<EndedInspector> ended;
    std::list<io::Signal*> listeners;

    void raise() {
        for (auto* listener : listeners) listener->raise();
    }
};
using LiveInspectorPtr = std::shared_ptr<LiveInspector>;

struct WantedInspector {
    TenantId tenant;
    Millis ttl{};
    Hears hears = Hears::product_of_tenant;  ///< product_of_tenant: it is installed in the tenant at once.
};

struct MadeInspector {
    LiveInspectorPtr live;
    std::string secret;  ///< Shown this once.
};

/// Net thread only; references outlive it.
class Inspectors {
public:
    Inspectors(engine::Engine& engine, lifecycle::Lifecycle& lifecycle, io::Dialer& dialer,
               InspectorStore::Opened opened, InspectorOptions options);

    /// Begins to end those whose time is over. Once, after the lifecycle's recovery began.
    void start();
    /// Ends what goes on in the background, and all that listen.
    io::Task<void> stop();
    bool is_stopping() const { return is_stopping_; }
    /// All who follow an inspector look whether they still may.
    void wake_listeners();

    /// 409 when there are too many; what the install says when it fails (then there is no inspector).
    io::Task<lifecycle::Outcome<MadeInspector>> make(WantedInspector wanted);
    /// Uninstalls it from the tenants of this server and erases it. 503 when the store can't write.
    io::Task<lifecycle::Outcome<void>> end(LiveInspectorPtr live, EndReason why);

    /// Null if there is none (any more).
    LiveInspectorPtr find(std::string_view id) const;
    LiveInspectorPtr find_by_secret(std::string_view secret) const;
    const EndedInspector* find_ended(std::string_view id_or_secret) const;
    /// Newest first.
    std::vector<LiveInspectorPtr> all() const;

    std::string base_url(const Inspector& inspector) const {
        return options_.public_url + "/inspector/" + inspector.id;
    }
    std::string descriptor_url(const Inspector& inspector) const {
        return base_url(inspector) + "/atlassian-connect.json";
    }
    /// atlassian-connect.json as it is now.
    std::string descriptor(const Inspector& inspector) const;
    /// The descriptor behind a URL, if it is that of a live inspector of ours.
    std::optional<std::string> descriptor_at(std::string_view url) const;
    /// Those of this server where it is installed.
    std::vector<const registry::Installation*> installations(const Inspector& inspector,
                                                             const registry::Snapshot& snapshot) const;

    /// Judges and keeps a call. Errors: full (too much at once), and those of the store.
    io::Task<Result<KeptCall>> take(LiveInspectorPtr live, RecordedCall call);

    InspectorStore& store() { return *store_; }
    engine::Engine& engine() { return engine_; }
    io::Dialer& dialer() { return dialer_; }
    const InspectorLimits& limits() const { return options_.limits; }

private:
    io::Task<void> watch_times();
    io::Task<void> uninstall(InstallationId id);
    void forget(const LiveInspectorPtr& live, EndReason why);

    engine::Engine& engine_;
    lifecycle::Lifecycle& lifecycle_;
    io::Dialer& dialer_;
    std::unique_ptr<InspectorStore> store_;
    InspectorOptions options_;
    InstallKeySource keys_;
    std::map<std::string, LiveInspectorPtr, std::less<>> by_id_;
    std::map<registry::TokenHash, LiveInspectorPtr> by_secret_;
    std::deque<EndedInspector> ended_;
    std::size_t bytes_under_way_ = 0;  // Of calls that wait for the store.
    io::Signal times_changed_;
    bool is_stopping_ = false;
    io::TaskGroup tasks_;
};

}  // namespace posthorn::inspect
