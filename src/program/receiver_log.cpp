#include "program/receiver_log.h"

#include "program/log.h"

namespace posthorn::program {

void ReceiverLog::on_receiver(engine::ReceiverChange change, const engine::ReceiverStatus& receiver) {
    LogFacts facts{{"event", "receiver." + std::string(to_string(change))},
                   {"receiver", receiver.name},
                   {"addons", std::to_string(receiver.installations.size())}};
    switch (change) {
        case engine::ReceiverChange::opened:
            facts.emplace_back("reason", receiver.reason);
            if (receiver.next_probe) facts.emplace_back("next_probe", to_rfc3339(*receiver.next_probe));
            return log_warning("A receiver fails; calls to it wait", facts);
        case engine::ReceiverChange::closed: return log_info("A receiver works again", facts);
        case engine::ReceiverChange::paused: return log_info("A receiver is paused", facts);
        case engine::ReceiverChange::resumed: return log_info("A receiver is resumed", facts);
    }
}

void ReceiverLog::on_given_up(const registry::Installation& installation) {
    const auto snapshot = engine_.registry().snapshot();
    const auto* tenant = snapshot->find_tenant(installation.tenant);
    const LogFacts facts{{"event", "addon.paused"},
                         {"tenant", tenant != nullptr ? tenant->key : std::string()},
                         {"addon", installation.addon_key},
                         {"reason", installation.paused_because}};
    log_warning("An add-on is paused", facts);
}

}  // namespace posthorn::program
