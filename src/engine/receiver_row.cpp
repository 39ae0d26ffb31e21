#include "engine/receiver_row.h"

#include "registry/row_json.h"

namespace posthorn::engine {

model::RegistryRow to_row(const ReceiverMemory& memory) {
    if (!memory.failing_since && !memory.paused_at) return {kReceiverRowKind, memory.receiver, std::nullopt};
    auto object = registry::new_row_object();
    if (memory.failing_since) object["failing_since"] = epoch_ms(*memory.failing_since);
    if (memory.paused_at) object["paused_at"] = epoch_ms(*memory.paused_at);
    return registry::make_row(kReceiverRowKind, memory.receiver, object);
}

Result<ReceiverMemory> receiver_from_row(const model::RegistryRow& row) {
    POSTHORN_TRY(auto reader, registry::RowReader::open(row, kReceiverRowKind));
    ReceiverMemory memory;
    memory.receiver = row.key;
    memory.failing_since = reader.moment_if_there("failing_since");
    memory.paused_at = reader.moment_if_there("paused_at");
    POSTHORN_CHECK(reader.finish());
    return memory;
}

}  // namespace posthorn::engine
