#pragma once
// The store's layout and how older ones become it: docs/formats/store.md.

#include <span>

#include "base/result.h"
#include "state/sqlite.h"

namespace posthorn::state {

/// SQL that turns the layout before it into the next one. The first step makes version 1 out of nothing.
struct Migration {
    const char* sql;
    /// What SQL can't say; run after it. May be null.
    Result<void> (*then)(Database&) = nullptr;
};

/// All steps, oldest first; their number is the version of today's layout.
std::span<const Migration> migrations();

/// Brings the store to version steps.size() in one transaction; does nothing when it is there already. A new file
/// gets its page size first. Errors: unsupported (the store is newer; detail names both versions), corrupt (a
/// database that is not Posthorn's), others as Database. After an error the store is as it was.
Result<void> migrate(Database& database, std::span<const Migration> steps);

}  // namespace posthorn::state
