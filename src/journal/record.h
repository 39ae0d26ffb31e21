#pragma once
// What the journal stores: opaque bytes with a kind.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::journal {

/// Counts all records of a log: 1, 2, ... without gaps. 0 means none.
using Sequence = std::uint64_t;

/// A record on its way in. The journal never looks inside `bytes`; `kind` says to the reader how to.
struct Record {
    std::uint8_t kind = 0;
    std::string bytes;
};

/// A record read back. `bytes` lies in the batch that it came with.
struct StoredRecord {
    Sequence sequence = 0;
    std::uint8_t kind = 0;
    std::string_view bytes;
};

/// Records read back, in the order of their sequence, with the memory that they point into. Can be
/// moved; the records stay valid.
struct RecordBatch {
    std::vector<StoredRecord> records;
    std::vector<std::unique_ptr<char[]>> storage;
};

}  // namespace posthorn::journal
