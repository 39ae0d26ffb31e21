#include "outcome/health.h"

namespace posthorn::outcome {

Health health_of(const model::Attempt& attempt, std::optional<Millis> retry_after) {
    if (attempt.status == 429) return retry_after ? Health::busy : Health::overloaded;
    if (attempt.status == 503) return Health::overloaded;
    if (attempt.status >= 500) return Health::failing;
    if (attempt.status != 0) return Health::well;
    switch (attempt.failure) {
        case model::Failure::none:
        case model::Failure::unsafe_url: return Health::unknown;
        case model::Failure::unresolved:
        case model::Failure::address_forbidden:
        case model::Failure::tls: return Health::failing;
        case model::Failure::refused:
        case model::Failure::connect_timeout:
        case model::Failure::answer_timeout:
        case model::Failure::broken: break;
    }
    return Health::overloaded;
}

}  // namespace posthorn::outcome
