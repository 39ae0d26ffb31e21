#include "outcome/judge.h"

namespace posthorn::outcome {

namespace {

using model::DeadReason;
using model::DeliveryState;
using model::Failure;
using model::Verdict;

bool is_worth_a_retry(const model::Attempt& attempt) {
    switch (attempt.status) {
        case 0: return attempt.failure != Failure::unsafe_url;
        case 408:
        case 409:
        case 425:
        case 429: return true;
        default: return attempt.status >= 500 && attempt.status <= 599;
    }
}

Verdict dead(DeadReason reason) { return {.state = DeliveryState::dead, .reason = reason}; }

}  // namespace

Verdict judge(const model::Attempt& attempt, const Circumstances& circumstances, std::mt19937_64& random) {
    if (is_success(attempt.status)) return {.state = DeliveryState::delivered};
    if (attempt.failure == Failure::unsafe_url) return dead(DeadReason::unsafe_url);
    if (attempt.status == 410) {
        auto verdict = dead(DeadReason::gone);
        verdict.pauses_webhook = true;
        return verdict;
    }
    if (!is_worth_a_retry(attempt)) return dead(DeadReason::status);

    const auto wait = circumstances.schedule.wait_before(attempt.number, circumstances.retry_after, random);
    if (!wait) return dead(DeadReason::exhausted);
    const auto retry_at = circumstances.now + *wait;
    if (retry_at > circumstances.deadline) return dead(DeadReason::deadline);
    return {.state = DeliveryState::retrying, .retry_at = retry_at};
}

}  // namespace posthorn::outcome
