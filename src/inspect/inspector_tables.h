#pragma once
// Inspectors and their calls in a SQLite file of their own: {data}/inspector.db.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/recorded_call.h"
#include "state/sqlite.h"

namespace posthorn::inspect {

/// One thread. Errors of all: those of state::Database; not_found where an inspector or a call is named.
class InspectorTables {
public:
    /// Makes or opens the file. Errors: also unsupported (made by a newer version).
    static Result<InspectorTables> open(const std::string& file, const InspectorLimits& limits);

    Result<std::vector<Inspector>> inspectors();
    Result<Inspector> find(const std::string& id);
    Result<std::vector<EndedInspector>> ended();

    Result<void> add(const Inspector& inspector);
    /// Removes it with all it has, and remembers that.
    Result<void> end(const std::string& id, Moment at, EndReason why);

    Result<std::optional<InspectorHost>> host(const std::string& id, const std::string& client_key);
    Result<std::vector<InspectorHost>> hosts(const std::string& id);
    /// Errors: full (too many hosts).
    Result<void> put_host(const std::string& id, const InspectorHost& host);

    /// Gives the call its number, and makes room. The inspector as it is then.
    Result<Inspector> add_call(const std::string& id, const RecordedCall& call);

    /// How much of a call is read.
    enum class Detail { summary, full };
    /// Newest first, those with a number below `before`; without headers, body and the whole token.
    Result<std::vector<RecordedCall>> calls_before(const std::string& id, std::optional<std::uint64_t> before,
                                                   std::size_t limit);
    /// Oldest first, those with a number above `after`: up to `limit`, and with all their detail up to about
    /// `bytes_max`, but at least one if there is one.
    Result<std::vector<RecordedCall>> calls_after(const std::string& id, std::uint64_t after, std::size_t limit,
                                                  Detail detail, std::size_t bytes_max);
    Result<RecordedCall> call(const std::string& id, std::uint64_t number);

private:
    InspectorTables(state::Database database, InspectorLimits limits)
        : database_(std::move(database)), limits_(limits) {}
    Result<void> prepare();
    Result<std::uint64_t> row_of(const std::string& id);
    Result<Inspector> inspector(std::uint64_t row);
    Result<void> drop_oldest(std::uint64_t row);
    Result<void> make_room(std::uint64_t row);
    Result<void> forget_ended(Moment now);

    state::Database database_;
    InspectorLimits limits_;
};

}  // namespace posthorn::inspect
