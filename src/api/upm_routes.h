#pragma once
// UPM's install resource, as add-on frameworks use it to register while developing: connect.md section 6.

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "api/router.h"
#include "io/task_group.h"
#include "lifecycle/lifecycle.h"

namespace posthorn::api {

/// Tokens that were handed out and installs that were asked for. Net thread only; outlives the router's requests.
class Upm {
public:
    Upm(lifecycle::Lifecycle& lifecycle, engine::Engine& engine);

    /// Adds the routes below /t/{tenant} and, for the tenant `jira`, at the root.
    void add_routes(Router& router);

private:
    struct Pending {
        TenantId tenant;
        bool is_done = false;
        std::string addon_key;  ///< When it was installed.
        http::Problem problem;  ///< When it was not.
    };

    void add_below(Router& router, const std::string& prefix);
    io::Task<Answer> list(Request& request, std::string prefix);
    io::Task<Answer> install(Request& request, std::string prefix);
    io::Task<Answer> pending(Request& request, std::string prefix);
    io::Task<Answer> uninstall(Request& request);
    io::Task<void> run(std::string id, lifecycle::InstallRequest install);
    std::string issue_token();
    bool take_token(const std::string& token);

    lifecycle::Lifecycle& lifecycle_;
    engine::Engine& engine_;
    std::deque<std::string> tokens_;  // The oldest go when there are too many.
    std::deque<std::pair<std::string, Pending>> pending_;
    io::TaskGroup tasks_;
};

}  // namespace posthorn::api
