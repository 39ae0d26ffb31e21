#pragma once
// Postings of what is in the store already.

#include "base/result.h"
#include "state/sqlite.h"

namespace posthorn::state {

/// Fills `spans`, `postings` and the skew, which are empty, from events and deliveries; within a transaction.
/// Errors: as Database, corrupt.
Result<void> rebuild_postings(Database& database);

/// Adds those of events and deliveries with an id above that, which have none; within a transaction. Returns the most
/// milliseconds that an id and its time are apart. Errors: as Database, corrupt.
Result<std::int64_t> write_postings_above(Database& database, std::uint64_t id);

}  // namespace posthorn::state
