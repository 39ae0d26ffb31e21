#pragma once
// Realistic sample events: one small consistent world, seen by each event type.

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/moment.h"
#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/custom_type.h"
#include "model/event.h"

namespace posthorn::catalogue {

inline constexpr std::string_view kSampleBaseUrl = "https://example.atlassian.net";

struct SampleOptions {
    Moment now;  ///< When the event happened; all other times lie before it.
    std::string base_url{kSampleBaseUrl};  ///< Of the site; a trailing `/` is dropped.
};

/// A sample event: what `posthorn trigger` sends as an envelope.
struct Sample {
    boost::json::object payload;
    boost::json::object context;  ///< Values of variables that no payload holds: {"project.key":"ABC"}.
    model::ActingUser user;       ///< Who acted; unknown for connect_addon_*.
};

/// A sample of a built-in `type`, with every field that is not marked ? in events.json, and in that order.
/// The same options give the same sample. Any thread.
Sample make_sample(const Catalogue& catalogue, const EventType& type, const SampleOptions& options);

/// A sample of a custom type: its own, else one with a value at the first pointer of each variable.
Sample make_sample(const CustomType& custom, const SampleOptions& options);

/// Sets one value of the sample, for `posthorn trigger TYPE --set issue.key=ABC-1`. `path` is tried as: a
/// variable in the context; a dotted path that the payload has (lists by index); a variable of `type` that
/// the payload holds elsewhere (space.key of a page event is /page/spaceKey); else a dotted path whose
/// missing members are made. `value` is read as JSON, and taken as a string if it is none. Where a string
/// is now only a quoted string or null counts as JSON; in the context only the former. On an error the sample is unchanged.
/// Errors: invalid, with the path in `where`.
Result<void> set_path(Sample& sample, const EventType& type, std::string_view path, std::string_view value);

/// As above with `path=value` in one text, split at the first `=`. Errors: invalid.
Result<void> set_path(Sample& sample, const EventType& type, std::string_view assignment);

}  // namespace posthorn::catalogue
