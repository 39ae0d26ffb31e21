#pragma once
// What the kernel's scheduler is told of a thread. Hints, for the calling thread alone: where one is refused, all goes on.

namespace posthorn::io {

/// Others wait for what it does, and it does little at a time: a short time slice, so that it runs soon after it is
/// woken though every processor is busy. Linux before 6.12 takes no notice.
/// Source: Linux, Documentation/scheduler/sched-eevdf.rst; sched_setattr(2).
void set_prompt_thread();

/// Nobody waits for it, and it has much to do: it wakes nobody up from his work, and has a smaller share of a
/// processor that others want.
void set_background_thread();

}  // namespace posthorn::io
