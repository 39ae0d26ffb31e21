#pragma once
// Walks a JSON object from outside and collects what is wrong in it.

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/finding.h"
#include "wire/json.h"

namespace posthorn::registry {

/// A member's value; where a member is there twice, the last.
std::optional<wire::JsonView> last_member(wire::JsonView object, std::string_view name);

std::string pointer_to(std::string_view parent, std::string_view name);
std::string pointer_to(std::string_view parent, std::size_t index);

/// Reads the members that a body may have, in any order; everything else in it is a fault.
class BodyReader {
public:
    /// `pointer` is where `body` stands. A body that is no object is a fault, and has no members.
    BodyReader(wire::JsonView body, std::string_view pointer, Findings& faults);

    /// The member, null as well; the name counts as known from now on.
    std::optional<wire::JsonView> find(std::string_view name);
    std::string pointer(std::string_view name) const { return pointer_to(pointer_, name); }

    /// Adds a fault about a member: "found <value>, allowed is <allowed>".
    void refuse(std::string_view name, wire::JsonView value, std::string_view allowed);
    void refuse(std::string_view name, std::string message);

    /// A fault for each member that nobody asked for, with near matches among those that were asked for.
    void refuse_unknown();

private:
    wire::JsonView body_;
    std::string pointer_;
    Findings& faults_;
    std::vector<std::string_view> known_;
};

}  // namespace posthorn::registry
