#pragma once
// Install, update, enable, disable, pause, rotate, uninstall: connect.md section 4.

#include <memory>
#include <optional>
#include <string>

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

struct LifecycleOptions {
    std::string public_url;        ///< Without trailing '/'; for a tenant's baseUrl.
    wire::PlainHttp plain_http = wire::PlainHttp::refused;
    Millis call_timeout = std::chrono::seconds(10);    ///< `installed`, from the first byte on.
    Millis fetch_timeout = std::chrono::seconds(10);   ///< A descriptor by URL.
};

struct InstallRequest {
    TenantId tenant;
    std::string descriptor;      ///< The JSON; or
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

/// Net thread only; references outlive it. One operation per add-on at a time.
class Lifecycle {
public:
    Lifecycle(engine::Engine& engine, io::Dialer& dialer, LifecycleOptions options);
    ~Lifecycle();

    io::Task<Outcome<Installed>> install(InstallRequest request);
    io::Task<Outcome<void>> enable(InstallationId installation);
    io::Task<Outcome<void>> disable(InstallationId installation);
    io::Task<Outcome<void>> pause(InstallationId installation);
    io::Task<Outcome<void>> resume(InstallationId installation);
    io::Task<Outcome<void>> change_settings(InstallationId installation, registry::SettingsPatch patch);
    io::Task<Outcome<void>> rotate_secret(InstallationId installation);
    io::Task<Outcome<void>> uninstall(InstallationId installation);

    /// Goes on with what a crash left: an installation in `installing`, a rotation without an answer.
    io::Task<void> recover();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace posthorn::lifecycle
