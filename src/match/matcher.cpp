#include "match/matcher.h"

namespace posthorn::match {

namespace {

model::Target target_of(const registry::Installation& installation, WebhookNumber webhook) {
    const bool is_ordered = installation.settings.ordering.kind != registry::Ordering::Kind::none;
    return {installation.id, webhook, is_ordered ? kToBeOrdered : model::kUnordered};
}

}  // namespace

std::vector<model::Target> match(const registry::Snapshot& snapshot, TenantId tenant, std::string_view event_type) {
    const auto hearing = snapshot.webhooks_that_hear(tenant, event_type);
    std::vector<model::Target> targets;
    targets.reserve(hearing.size());
    for (const auto& [installation, webhook] : hearing) targets.push_back(target_of(*installation, webhook->number));
    return targets;
}

std::vector<model::Target> match_installation(const registry::Snapshot& snapshot,
                                              const registry::Installation& installation, std::string_view event_type) {
    std::vector<model::Target> targets;
    for (const auto& [hearing, webhook] : snapshot.webhooks_that_hear(installation.tenant, event_type))
        if (hearing->id == installation.id) targets.push_back(target_of(*hearing, webhook->number));
    return targets;
}

}  // namespace posthorn::match
