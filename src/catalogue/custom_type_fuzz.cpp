// Arbitrary bytes as the body of POST .../event-types.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "catalogue/custom_type.h"
#include "catalogue/json_text.h"
#include "catalogue/sample.h"
#include "wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn;
    using namespace posthorn::catalogue;
    static const Catalogue catalogue;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const Product product : kProducts) {
        const auto custom = parse_custom_type(catalogue, product, text);
        if (!custom) {
            POSTHORN_ASSERT(!custom.error().list.empty());
            continue;
        }
        // What was taken is written as JSON that is taken again, and gives a sample.
        const auto again = parse_custom_type(catalogue, product, to_json(*custom));
        POSTHORN_ASSERT(again.has_value());
        POSTHORN_ASSERT(*again == *custom);
        const auto sample = make_sample(*custom, {.now = from_epoch_ms(0)});
        POSTHORN_ASSERT(wire::check_json(to_text(sample.payload, JsonStyle::pretty)).has_value());
    }
    return 0;
}
