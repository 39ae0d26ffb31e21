// A first line with an event type, then lines as `posthorn trigger --set` takes them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "catalogue/json_text.h"
#include "catalogue/sample.h"
#include "wire/json.h"

namespace {

std::string_view take_line(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn;
    using namespace posthorn::catalogue;
    static const Catalogue catalogue;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const auto* type = catalogue.find(take_line(rest));
    if (type == nullptr) type = catalogue.find("jira:version_released");
    auto sample = make_sample(catalogue, *type, {.now = from_epoch_ms(0)});
    while (!rest.empty()) {
        const auto before = sample.payload;
        if (!set_path(sample, *type, take_line(rest))) POSTHORN_ASSERT(sample.payload == before);
    }
    POSTHORN_ASSERT(wire::check_json(to_text(sample.payload, JsonStyle::compact)).has_value());
    POSTHORN_ASSERT(wire::check_json(to_text(sample.context, JsonStyle::compact)).has_value());
    return 0;
}
