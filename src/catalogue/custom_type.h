#pragma once
// Event types that a tenant adds to those built in.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "catalogue/catalogue.h"

namespace posthorn::catalogue {

inline constexpr std::size_t kCustomTypeBytesMax = 64 * 1024;
inline constexpr std::size_t kCustomTypeNameMax = 100;  ///< Of event, group and variables, in bytes.
inline constexpr std::size_t kCustomTypeVariablesMax = 50;
inline constexpr std::size_t kVariablePointersMax = 10;
inline constexpr std::size_t kVariablePointerBytesMax = 500;
inline constexpr std::size_t kCustomTypeFaultsMax = 100;  ///< Told at once; what comes behind is not.

/// One tenant's own event type. A value.
struct CustomType {
    EventType type;      ///< Group "custom" if the tenant names none.
    std::string schema;  ///< JSON text as given but for whitespace; empty if none was given.
    std::string sample;  ///< The same, of an object.
    bool operator==(const CustomType&) const = default;
};

/// One thing that is wrong with a document.
struct CustomTypeFault {
    std::string pointer;  ///< JSON pointer to the place; empty is the whole document.
    std::string detail;   ///< What was found and what is allowed.
};

/// All that is wrong at once.
struct CustomTypeFaults {
    enum class Kind : std::uint8_t {
        malformed,  ///< No JSON, or larger than kCustomTypeBytesMax: one fault.
        wrong,      ///< JSON that breaks the rules: one fault or more, in document order.
    };
    Kind kind = Kind::wrong;
    std::vector<CustomTypeFault> list;
};

/// Reads {"event","group"?,"variables":{"name":"/json/pointer" or ["/a","/b"]}?,"schema"?,"sample"?}.
/// Names are 1 to 100 of [A-Za-z0-9_:.-]; `event` is no name that `product` has built in, nor
/// connect_addon_*; a schema is an object, true or false; a sample is an object, and its webhookEvent, if it
/// has one, is `event`. Other properties are faults. Whether the tenant has such a type already is not
/// looked at. Any thread.
tl::expected<CustomType, CustomTypeFaults> parse_custom_type(const Catalogue& catalogue, Product product,
                                                             std::string_view json);

/// The same document again, compact: what parse_custom_type reads back to an equal value.
std::string to_json(const CustomType& custom);

}  // namespace posthorn::catalogue
