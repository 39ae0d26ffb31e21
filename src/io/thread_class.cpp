#include "io/thread_class.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace posthorn::io {

namespace {

/// The kernel's struct sched_attr, as it was first; its own header can't be included beside glibc 2.36's sched.h.
struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;  // Of policies that share processors: the slice.
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

constexpr std::uint64_t kPromptSliceNs = 100'000;  // The least that the kernel takes.

void set_class(std::uint32_t policy, int nice, std::uint64_t slice_ns) {
    Attributes attributes;
    attributes.policy = policy;
    attributes.nice = nice;
    attributes.runtime_ns = slice_ns;
    ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void set_thread(const char* name, ThreadClass thread_class) {
    ::pthread_setname_np(::pthread_self(), name);
    // As the program was started.
    const auto nice = ::getpriority(PRIO_PROCESS, 0);
    if (thread_class == ThreadClass::prompt) set_class(SCHED_OTHER, nice, kPromptSliceNs);
    else if (thread_class == ThreadClass::background) set_class(SCHED_BATCH, nice, 0);
}

}  // namespace posthorn::io
