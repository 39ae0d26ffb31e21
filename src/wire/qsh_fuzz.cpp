#include <cstdint>
#include <cstdlib>

#include "wire/qsh.h"

// The whole input is a request target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn::wire;
    const std::string_view target(reinterpret_cast<const char*>(data), size);
    const std::size_t mark = target.find('?');
    const auto query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
    const std::string canonical = canonical_request("POST", target.substr(0, mark), query);
    if (query_string_hash_of_target("POST", target, 0) != hash_of_canonical_request(canonical)) std::abort();
    if (first_difference(canonical, canonical) != CanonicalPart::none) std::abort();
    return 0;
}
