#pragma once
// The descriptor of an add-on of our own that only listens: the inspector, `posthorn receive`.

#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.h"
#include "registry/custom_types.h"

namespace posthorn::inspect {

/// An event type and the URL template that its webhook has.
struct HeardEvent {
    std::string event;
    std::string url;  ///< "/events/jira:issue_created?issue.key=${issue.key}"
};

/// Where webhooks go, below the baseUrl; the event type's name follows, percent-encoded.
inline constexpr std::string_view kEventsPath = "/events/";

/// `type` is null for a name that nobody knows. With a variable in the query where there is one to be had, so that one
/// sees variables and hash at work.
HeardEvent heard_event(std::string_view name, const catalogue::EventType* type);

/// All types of both products; a name of both is there once.
std::vector<HeardEvent> all_events(const catalogue::Catalogue& catalogue);
/// All types of one product, and the tenant's own.
std::vector<HeardEvent> all_events(const catalogue::Catalogue& catalogue, model::Product product,
                                   const registry::TenantCustomTypes& custom_types);

struct ListeningAddOn {
    std::string key;
    std::string name;
    std::string description;
    std::string base_url;
    std::vector<HeardEvent> events;
};

/// The names of its lifecycle callbacks, which are their paths too ("/installed").
inline constexpr std::string_view kLifecycleNames[] = {"installed", "uninstalled", "enabled", "disabled"};

/// atlassian-connect.json: JWT, all lifecycle callbacks, signed installs.
std::string descriptor_of(const ListeningAddOn& addon);

}  // namespace posthorn::inspect
