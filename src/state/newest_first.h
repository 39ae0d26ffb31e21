#pragma once
// Deliveries by id, newest first, folded ones and rows alike.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "base/result.h"
#include "state/by_state.h"
#include "state/postings.h"
#include "state/row_columns.h"
#include "state/sqlite.h"
#include "state/state.h"

namespace posthorn::state {

/// Ids are SQLite's signed integers.
inline constexpr auto kIdMax = std::uint64_t{std::numeric_limits<std::int64_t>::max()};

/// The ids that can lie in a stretch of time. The clock may have been set back meanwhile, so what is found there is
/// asked for its own time.
struct IdRange {
    std::uint64_t from = 0;
    std::uint64_t below = kIdMax;
};
Result<IdRange> ids_between(Database& database, std::optional<Moment> since, std::optional<Moment> until);

/// Merges the ids of several sources, highest first.
class MergedIds {
public:
    /// The highest id below the one that is asked for.
    using Source = std::function<Result<std::optional<std::uint64_t>>(std::uint64_t below)>;

    explicit MergedIds(IdRange range) : range_(range) {}
    Result<void> add(Source source);
    /// The same where `newest` is the first that it would say; one above the range says nothing.
    Result<void> add(Source source, std::uint64_t newest);
    /// Each id once; nothing at the end.
    Result<std::optional<std::uint64_t>> next();

private:
    Result<void> ask(std::size_t source, std::uint64_t below);

    IdRange range_;
    std::vector<Source> sources_;
    std::priority_queue<std::pair<std::uint64_t, std::size_t>> heads_;
};

/// The streams of a tenant, or of an installation, of one type or of all.
Result<void> add_streams(Database& database, Stream::Kind kind, std::uint64_t number, std::optional<TypeNumber> type,
                         MergedIds& ids);

/// One walk over what matches a filter, within a read transaction of its owner.
class NewestFirst {
public:
    enum class Answer { go_on, stop };
    using Visit = std::function<Answer(DeliveryRow)>;

    /// `type` is the filter's event type. Ids from `below` on are left out. `examined_max` bounds the ids examined:
    /// nearly all match, but for the state delivered where most are not, and times when the clock was set back.
    NewestFirst(Database& database, TypeNumbers& types, const DeliveryFilter& filter, std::optional<TypeNumber> type,
                std::uint64_t below, std::size_t examined_max)
        : database_(database),
          types_(types),
          filter_(filter),
          type_(type),
          below_(below),
          examined_max_(examined_max) {}

    /// Visits until the visitor stops it, the bound is reached or nothing is left. When something may be left:
    /// the id below which it lies. It moves with every call, so that a caller gets to the end.
    Result<std::optional<std::uint64_t>> walk(const Visit& visit);

private:
    Result<MergedIds> open();
    /// What stands for the id: a delivery's row, or the deliveries of an event; highest id first.
    Result<std::vector<DeliveryRow>> rows_at(std::uint64_t id);
    Result<void> take_row(const Statement& row, std::vector<DeliveryRow>& rows);
    bool matches(TenantId tenant, TypeNumber type, Moment made_at) const;
    bool is_by_state() const { return filter_.state && *filter_.state != model::DeliveryState::delivered; }

    Database& database_;
    TypeNumbers& types_;
    const DeliveryFilter& filter_;
    std::optional<TypeNumber> type_;
    std::uint64_t below_;
    std::size_t examined_max_;
};

}  // namespace posthorn::state
