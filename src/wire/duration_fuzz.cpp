#include <cstdint>
#include <cstdlib>

#include "wire/duration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn::wire;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto duration = parse_duration(text)) {
        if (*parse_duration(format_duration(*duration)) != *duration) std::abort();
    }
    if (const auto rate = parse_rate(text)) {
        if (*parse_rate(format_rate(*rate)) != *rate) std::abort();
    }
    return 0;
}
