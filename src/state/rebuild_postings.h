#pragma once
// Postings of what is in the store already.

#include "base/result.h"
#include "state/sqlite.h"

namespace posthorn::state {

/// Fills `spans`, `postings` and the skew, which are empty, from events and deliveries; within a transaction.
/// Errors: as Database, corrupt.
Result<void> rebuild_postings(Database& database);

}  // namespace posthorn::state
