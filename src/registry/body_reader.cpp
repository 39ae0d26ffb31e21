#include "registry/body_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "registry/json_words.h"
#include "wire/suggest.h"

namespace posthorn::registry {

std::optional<wire::JsonView> last_member(wire::JsonView object, std::string_view name) {
    std::optional<wire::JsonView> last;
    for (const auto& member : object.members())
        if (member.key_is(name)) last = member.value;
    return last;
}

std::string pointer_to(std::string_view parent, std::string_view name) {
    std::string pointer(parent);
    wire::append_pointer_step(pointer, name);
    return pointer;
}

std::string pointer_to(std::string_view parent, std::size_t index) { return fmt::format("{}/{}", parent, index); }

BodyReader::BodyReader(wire::JsonView body, std::string_view pointer, Findings& faults)
    : body_(body), pointer_(pointer), faults_(faults) {
    if (!body.is_object())
        faults_.push_back({.pointer = pointer_, .message = "found " + shown(body) + ", allowed is an object"});
}

std::optional<wire::JsonView> BodyReader::find(std::string_view name) {
    known_.push_back(name);
    return last_member(body_, name);
}

void BodyReader::refuse(std::string_view name, wire::JsonView value, std::string_view allowed) {
    refuse(name, fmt::format("found {}, allowed is {}", shown(value), allowed));
}

void BodyReader::refuse(std::string_view name, std::string message) {
    faults_.push_back({.pointer = pointer(name), .message = std::move(message)});
}

void BodyReader::refuse_unknown() {
    for (const auto& member : body_.members()) {
        const auto name = member.key();
        if (std::ranges::find(known_, name) != known_.end()) continue;
        refuse(name, fmt::format("there is no member {} here{}; known are {}", quoted(name),
                                 wire::did_you_mean(name, known_), fmt::join(known_, ", ")));
    }
}

}  // namespace posthorn::registry
