#pragma once
// From a delivery that starts to the bytes of its request: render and sign, with the settings in force.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "deliver/deliverer.h"
#include "engine/scheduler.h"
#include "outcome/retry_schedule.h"
#include "registry/installation.h"
#include "registry/settings.h"
#include "registry/snapshot.h"
#include "sign/recent_tokens.h"

namespace posthorn::engine {

/// What the calls to one installation have in common; made anew when the installation or what it inherits changes.
struct CallPlan {
    deliver::Destination destination;
    outcome::RetrySchedule schedule;
};

struct AttemptRequest {
    std::shared_ptr<const CallPlan> plan;
    deliver::Request request;
    std::vector<std::string> notes;
    bool is_unsafe = false;  ///< Must not be sent: connect.md section 2, `unsafe_url`.

    std::string url() const { return plan->destination.origin + request.target; }
};

CallPlan call_plan(const registry::Installation& installation, const registry::Snapshot& snapshot,
                   const registry::DeliveryDefaults& defaults);

/// Net thread. The catalogue and the text of store_id outlive it.
class RequestMaker {
public:
    RequestMaker(const catalogue::Catalogue& catalogue, std::string_view store_id)
        : catalogue_(catalogue), store_id_(store_id) {}

    /// Nothing when the add-on, its webhook or its lifecycle URL is gone.
    std::optional<AttemptRequest> make(const Start& start, const registry::Snapshot& snapshot,
                                       std::shared_ptr<const CallPlan> plan);

private:
    const catalogue::Catalogue& catalogue_;
    std::string_view store_id_;
    sign::RecentTokens tokens_;
};

/// What holds for an installation: its own settings, else its tenant's, else the server's.
registry::DeliveryDefaults delivery_settings(const registry::Installation& installation,
                                             const registry::Snapshot& snapshot,
                                             const registry::DeliveryDefaults& defaults);

outcome::RetrySchedule schedule_of(const registry::Retry& retry);

LaneConfig lane_config(const registry::Installation& installation, const registry::Snapshot& snapshot,
                       const registry::DeliveryDefaults& defaults);

/// How to reach an installation's receiver.
io::DialTarget dial_target(const registry::Installation& installation, Millis connect_timeout);

}  // namespace posthorn::engine
