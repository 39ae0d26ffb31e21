#pragma once
// What the kernel is told of a thread.

#include <cstdint>

namespace posthorn::io {

enum class ThreadClass : std::uint8_t {
    plain,
    /// Others wait for what it does, and it does little at a time: a short time slice, so that it runs soon after it is
    /// woken though every processor is busy. Linux before 6.12 takes no notice.
    /// Source: Linux, Documentation/scheduler/sched-eevdf.rst; sched_setattr(2).
    prompt,
    /// Nobody waits for it, and it has much to do: it interrupts nobody when it wakes. Its share stays what it was, or
    /// it would fall behind under load, and events be refused.
    background,
};

/// Of the calling thread. `name` has at most 15 bytes, for `top -H` and debuggers. The class is a hint: where it is
/// refused, all goes on.
void set_thread(const char* name, ThreadClass thread_class);

}  // namespace posthorn::io
