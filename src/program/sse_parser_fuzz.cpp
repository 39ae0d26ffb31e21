#include "program/sse_parser.h"

#include <cstddef>
#include <cstdint>

// Whatever the cut, the same events.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn::program;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    SseParser whole;
    const auto expected = whole.take(text);
    SseParser cut;
    auto events = cut.take(text.substr(0, size / 3));
    for (auto& event : cut.take(text.substr(size / 3))) events.push_back(std::move(event));
    if (events.size() != expected.size() || cut.last_id() != whole.last_id()) __builtin_trap();
    for (std::size_t i = 0; i < events.size(); ++i)
        if (events[i].data != expected[i].data || events[i].name != expected[i].name) __builtin_trap();
    return 0;
}
