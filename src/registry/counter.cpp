#include "registry/counter.h"

#include <boost/json/object.hpp>

#include "registry/row_json.h"

namespace posthorn::registry {

model::RegistryRow counter_row(Counter counter, std::uint64_t last) {
    auto object = new_row_object();
    object["last"] = static_cast<std::int64_t>(last);
    return make_row("counter", counter == Counter::tenant ? "tenant" : "installation", object);
}

Result<Counted> counter_from_row(const model::RegistryRow& row) {
    POSTHORN_TRY(auto reader, RowReader::open(row, "counter"));
    const auto last = reader.integer("last");
    if (last < 0 || (row.key != "tenant" && row.key != "installation")) reader.refuse("last");
    POSTHORN_CHECK(reader.finish());
    return Counted{.counter = row.key == "tenant" ? Counter::tenant : Counter::installation,
                   .last = static_cast<std::uint64_t>(last)};
}

}  // namespace posthorn::registry
