#include "program/serve_config.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn::program;
    const auto file = read_toml({reinterpret_cast<const char*>(data), size}, "f.toml");
    if (!file) return 0;
    const auto options = serve_options_of({}, {}, *file);
    if (!options && options.error().detail.empty()) __builtin_trap();
    return 0;
}
