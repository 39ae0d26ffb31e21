// The first byte is the kind, the rest the record. What decodes must encode to the same bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/record_codec.h"

using namespace posthorn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (const auto record = wire::decode_record(data[0], bytes)) {
        std::string again;
        wire::encode(*record, again);
        POSTHORN_ASSERT(again == bytes);
        POSTHORN_ASSERT(static_cast<std::uint8_t>(wire::kind_of(*record)) == data[0]);
    }
    if (const auto event = wire::decode_event(bytes)) {
        std::string again;
        wire::encode_event(*event, again);
        POSTHORN_ASSERT(again == bytes);
    }
    if (const auto attempt = wire::decode_attempt(bytes)) {
        std::string again;
        wire::encode_attempt(*attempt, again);
        POSTHORN_ASSERT(again == bytes);
    }
    return 0;
}
