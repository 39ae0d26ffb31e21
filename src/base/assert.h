#pragma once
// The check for our own bugs: on in release too, never used on foreign input.

namespace posthorn {

/// Prints the failed condition with its place on stderr and aborts. The store makes restarting safe.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace posthorn

#define POSTHORN_ASSERT(condition) \
    (static_cast<bool>(condition) ? void(0) : ::posthorn::assertion_failed(#condition, __FILE__, __LINE__))
