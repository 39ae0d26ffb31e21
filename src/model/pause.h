#pragma once
// A time in which an operator, or a receiver's failing, kept an add-on's calls back.

#include "base/moment.h"

namespace posthorn::model {

struct Pause {
    Moment from;
    Moment until;  ///< Not before `from`.
    bool operator==(const Pause&) const = default;
};

}  // namespace posthorn::model
