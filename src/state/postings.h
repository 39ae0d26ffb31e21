#pragma once
// Which ids hold something of a tenant or installation, by event type, so that lists read nothing else.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "state/sqlite.h"
#include "state/type_numbers.h"

namespace posthorn::state {

/// Ids of one span have the same number above these bits: 16.4 s of IdSource's clock. Postings of one span lie
/// together, so that a busy store writes into few pages however many installations it has.
inline constexpr int kSpanBits = 36;

/// Everything of one event type that a tenant had or an installation was to receive.
struct Stream {
    enum class Kind : std::uint8_t { tenant, installation };

    Kind kind = Kind::tenant;
    std::uint64_t number = 0;  ///< The tenant's or installation's.
    TypeNumber type = 0;

    auto operator<=>(const Stream&) const = default;
};

inline Stream stream_of(TenantId tenant, TypeNumber type) { return {Stream::Kind::tenant, tenant.value, type}; }
inline Stream stream_of(InstallationId installation, TypeNumber type) {
    return {Stream::Kind::installation, installation.value, type};
}

/// Collects what groups of records bring and writes it with the last of them. The id of an event stands for the
/// deliveries that it was accepted with; those made later have an entry each.
class PostingWriter {
public:
    explicit PostingWriter(Database& database) : database_(database) {}

    void note(Stream stream, std::uint64_t id);
    /// Writes all that is noted, within the group's transaction. `written_before` is the highest id written earlier.
    Result<void> write(std::uint64_t written_before);
    /// After the group's commit: what it noted stays noted unless it was written.
    void end_group();
    /// After a rollback: drops what the group noted.
    void forget_group();
    /// Ids that earlier groups have noted and that are not written.
    std::size_t noted() const { return noted_count_; }

private:
    struct Hash {
        std::size_t operator()(const Stream& stream) const;
    };

    Result<void> write(const Stream& stream, std::uint64_t span, const std::vector<std::uint64_t>& ids);
    Result<void> note_span(const Stream& stream, std::uint64_t span);

    using Ids = std::unordered_map<Stream, std::vector<std::uint64_t>, Hash>;

    Database& database_;
    Ids group_;  // Of the group that is being applied.
    Ids noted_;  // Of those before it.
    std::size_t noted_count_ = 0;
    bool is_written_ = false;  // All of both, should the group be committed.
    // Streams that are known to have written_span_ already.
    std::unordered_set<Stream, Hash> in_span_;
    std::uint64_t written_span_ = 0;
};

/// Walks the ids of one stream backwards, within a read transaction of its owner.
class PostingCursor {
public:
    explicit PostingCursor(Stream stream) : stream_(stream) {}

    /// The highest id below `below`, which must not grow from call to call. Errors: as Database, corrupt.
    Result<std::optional<std::uint64_t>> next_below(Database& database, std::uint64_t below);

private:
    Result<bool> load_below(Database& database, std::uint64_t below);

    Stream stream_;
    std::optional<std::uint64_t> span_;  // Of the ids read last.
    std::vector<std::uint64_t> ids_;  // Not given yet, highest last.
};

/// Removes all postings of a span; within a transaction.
Result<void> forget_span(Database& database, std::uint64_t span);

/// The event types that a tenant or an installation has postings of.
Result<std::vector<TypeNumber>> types_of(Database& database, Stream::Kind kind, std::uint64_t number);

}  // namespace posthorn::state
