#include "wire/byte_count.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

#include <fmt/format.h>

namespace posthorn::wire {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t bytes;
};
constexpr std::uint64_t kThousand = 1000;
constexpr std::array<Unit, 9> kUnits = {{{"b", 1},
                                         {"kb", kThousand},
                                         {"mb", kThousand* kThousand},
                                         {"gb", kThousand* kThousand* kThousand},
                                         {"tb", kThousand* kThousand* kThousand* kThousand},
                                         {"kib", std::uint64_t{1} << 10},
                                         {"mib", std::uint64_t{1} << 20},
                                         {"gib", std::uint64_t{1} << 30},
                                         {"tib", std::uint64_t{1} << 40}}};
constexpr std::uint64_t kMost = std::uint64_t{1} << 62;

}  // namespace

Result<std::uint64_t> parse_byte_count(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::string name(end, text.data() + text.size());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto unit = std::ranges::find(kUnits, name, &Unit::name);
    if (code != std::errc() || unit == kUnits.end() || number > kMost / unit->bytes)
        return fail(Errc::invalid, fmt::format("`{}` is not a size such as 500MB, 50GB or 8GiB", text));
    return number * unit->bytes;
}

}  // namespace posthorn::wire
