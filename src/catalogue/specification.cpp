#include "catalogue/specification.h"

#include <boost/json/parse.hpp>

#include "base/assert.h"

namespace posthorn::catalogue {
namespace {

// Made from events.json when CMake configures, which it does again whenever that file changes.
constexpr std::string_view kEventsJson =
#include "catalogue/events_json.inc"
    ;

}  // namespace

Specification Specification::load() {
    boost::system::error_code error;
    boost::json::value parsed = boost::json::parse(boost::json::string_view(kEventsJson), error);
    POSTHORN_ASSERT(!error);
    POSTHORN_ASSERT(parsed.is_object());
    return Specification{std::move(parsed.get_object())};
}

const boost::json::object& Specification::event(model::Product product, std::string_view name) const {
    for (const auto& entry : document.at("events").as_array()) {
        const auto& event = entry.as_object();
        if (std::string_view(event.at("event").as_string()) == name &&
            std::string_view(event.at("product").as_string()) == to_string(product))
            return event;
    }
    assertion_failed("event type in events.json", __FILE__, __LINE__);
}

const boost::json::object* Specification::shape(std::string_view name) const {
    const auto* found = document.at("shapes").as_object().if_contains(name);
    return found == nullptr ? nullptr : found->if_object();
}

}  // namespace posthorn::catalogue
