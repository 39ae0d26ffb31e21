#include "engine/adaptive_limit.h"

#include <algorithm>

#include "base/assert.h"

namespace posthorn::engine {

void AdaptiveLimit::set_bounds(Bounds bounds) {
    POSTHORN_ASSERT(bounds.start >= 1 && bounds.most >= bounds.start);
    limit_ += static_cast<double>(bounds.start) - static_cast<double>(start_);
    start_ = bounds.start;
    most_ = bounds.most;
    limit_ = std::clamp(limit_, 1.0, most_);
}

void AdaptiveLimit::shrink(double factor, Moment now) {
    limit_ = std::max(1.0, limit_ * factor);
    shrunk_at_ = now;
    // It has to show again that it is slow, with what runs now.
    recent_ms_ = usual_ms_;
}

void AdaptiveLimit::begin_anew(Moment now) {
    regains_ = std::min(proven_ > 0 ? proven_ : 1.0, most_);
    proven_ = 0;
    limit_ = 1;
    shrunk_at_ = now;
    recent_ms_ = usual_ms_;
}

}  // namespace posthorn::engine
