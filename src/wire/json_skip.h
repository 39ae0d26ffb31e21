#pragma once
// Steps over the parts of checked JSON text; inside json*.cpp only. Undefined for text that was not checked.

#include <cstddef>
#include <cstring>

#include "base/assert.h"

namespace posthorn::wire {

inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* skip_space(const char* at, const char* limit) {
    while (at < limit && is_space(*at)) ++at;
    return at;
}

// Where the whitespace that ends at `at` begins, not before `start`.
inline const char* space_before(const char* at, const char* start) {
    while (at > start && is_space(at[-1])) --at;
    return at;
}

// From a string's opening quote to behind its closing one.
inline const char* skip_string(const char* at, const char* limit) {
    const char* const start = at++;
    for (;;) {
        at = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(limit - at)));
        POSTHORN_ASSERT(at != nullptr);  // Else the text was never checked.
        const char* before = at;
        while (before - 1 > start && before[-1] == '\\') --before;
        ++at;
        if ((at - 1 - before) % 2 == 0) return at;  // An even number of backslashes does not escape it.
    }
}

inline const char* skip_container(const char* at, const char* limit) {
    std::size_t depth = 0;
    while (at < limit) {
        switch (*at) {
            case '"': at = skip_string(at, limit); continue;
            case '{':
            case '[': ++depth; break;
            case '}':
            case ']':
                if (--depth == 0) return at + 1;
                break;
            default: break;
        }
        ++at;
    }
    return at;
}

inline const char* skip_value(const char* at, const char* limit) {
    switch (*at) {
        case '"': return skip_string(at, limit);
        case '{':
        case '[': return skip_container(at, limit);
        default:
            while (at < limit && *at != ',' && *at != '}' && *at != ']' && !is_space(*at)) ++at;
            return at;
    }
}

// Inside a container: its first member or element, or null when there is none.
inline const char* first_inside(const char* open, const char* limit) {
    const char* at = skip_space(open + 1, limit);
    return *at == '}' || *at == ']' ? nullptr : at;
}

// Behind a member or element: the next one, or null.
inline const char* next_inside(const char* value, const char* limit) {
    const char* at = skip_space(skip_value(value, limit), limit);
    return at < limit && *at == ',' ? skip_space(at + 1, limit) : nullptr;
}

}  // namespace posthorn::wire
