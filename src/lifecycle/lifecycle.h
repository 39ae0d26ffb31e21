#pragma once
// Install, update, enable, disable, pause, rotate, uninstall: connect.md section 4.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/id.h"
#include "engine/engine.h"
#include "http/problem_details.h"
#include "io/dialer.h"
#include "io/task.h"
#include "model/event.h"
#include "registry/descriptor.h"
#include "registry/settings.h"

namespace posthorn::lifecycle {

/// Something that happened to an add-on, after it is durable; for the live stream and the log.
struct Notice {
    TenantId tenant;
    InstallationId installation;
    std::string addon_key;
    /// "installed", "updated", "enabled", "disabled", "paused", "resumed", "changed", "uninstalled", "secret_rotated",
    /// "secret_kept" (a rotation was refused), "uninstall_call_failed",
    /// "cancel_failed" (what waits is cancelled at the next start).
    std::string_view what;
    std::string detail = {};  ///< For a person; of a failure.
};

struct LifecycleOptions {
    std::string public_url;  ///< Without trailing '/'; for a tenant's baseUrl.
    wire::PlainHttp plain_http = wire::PlainHttp::refused;
    Millis call_timeout = std::chrono::seconds(10);  ///< `installed` and `uninstalled`, connecting included.
    Millis fetch_timeout = std::chrono::seconds(10);  ///< A descriptor by URL, connecting included.
    Millis disabled_timeout = std::chrono::seconds(5);  ///< All `disabled` calls of an uninstall together.
    /// The wait before a rotation's call is repeated; doubles up to the other one.
    Millis repeat_first = std::chrono::seconds(5);
    Millis repeat_max = std::chrono::minutes(5);
    /// The descriptor behind the URL, if it is that of one of this server's own inspectors. May be empty.
    std::function<std::optional<std::string>(std::string_view url)> own_descriptor = {};
    /// The public URL's origin, which no other add-on may have as its baseUrl; empty: it may (--dev).
    std::string own_origin = {};
    std::function<void(const Notice&)> on_notice = {};  ///< On the net thread; must not block. May be empty.
};

struct InstallRequest {
    TenantId tenant;
    std::string descriptor;  ///< The JSON; or
    std::string descriptor_url;  ///< where to fetch it.
    std::optional<registry::SettingsPatch> settings;
    model::ActingUser user;
    bool rotates_secret = false;
};

struct Installed {
    InstallationId installation;
    bool is_update = false;
};

/// An operation ends with a value, or with what to answer: 404, 409 (another operation on this add-on is under way),
/// 422 (faults of the descriptor, each with its pointer; a failing call, with its status or failure), 503.
template <class T>
using Outcome = tl::expected<T, http::Problem>;

/// Net thread only; references outlive it, and so does the io_context the tasks that were cancelled. One operation per
/// add-on at a time.
class Lifecycle {
public:
    Lifecycle(engine::Engine& engine, io::Dialer& dialer, LifecycleOptions options);
    ~Lifecycle();

    /// Installs, updates or installs anew what was uninstalled. A failing `installed` call leaves everything as it was,
    /// but for a secret that the add-on may have taken: it is kept and used again by the next install.
    io::Task<Outcome<Installed>> install(InstallRequest request);
    io::Task<Outcome<void>> enable(InstallationId installation);
    io::Task<Outcome<void>> disable(InstallationId installation);
    io::Task<Outcome<void>> pause(InstallationId installation);
    /// Webhooks that a 410 has paused hear again, too.
    io::Task<Outcome<void>> resume(InstallationId installation);
    io::Task<Outcome<void>> change_settings(InstallationId installation, registry::SettingsPatch patch);
    /// Without an answer of the add-on, its deliveries wait and the call is repeated in the background.
    io::Task<Outcome<void>> rotate_secret(InstallationId installation);
    io::Task<Outcome<void>> uninstall(InstallationId installation);

    /// Goes on with what a crash left: an installation in `installing`, a rotation without an answer. Once, after
    /// Engine::start.
    io::Task<void> recover();

    /// Ends what goes on in the background; nothing may be asked of it any more.
    io::Task<void> stop();

    /// Whether something goes on in the background.
    bool is_busy() const;

    struct Parts;  ///< Of the module's own files.

private:
    std::shared_ptr<Parts> parts_;
};

}  // namespace posthorn::lifecycle
