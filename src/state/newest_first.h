#pragma once
// Deliveries by id, newest first, folded ones and rows alike.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "base/result.h"
#include "state/facets.h"
#include "state/row_columns.h"
#include "state/sqlite.h"
#include "state/state.h"

namespace posthorn::state {

/// One walk over what matches a filter, within a read transaction of its owner.
class NewestFirst {
public:
    /// Ids are SQLite's signed integers.
    static constexpr auto kIdMax = std::uint64_t{std::numeric_limits<std::int64_t>::max()};

    enum class Answer { go_on, stop };
    using Visit = std::function<Answer(DeliveryRow)>;

    /// `type` is the filter's event type. Ids from `below` on are left out. `scan_max` bounds the rows examined, an
    /// event's row counting four times for its size; 0 means no bound.
    NewestFirst(Database& database, TypeNumbers& types, const DeliveryFilter& filter, std::optional<TypeNumber> type,
                std::uint64_t below, std::size_t scan_max)
        : database_(database),
          types_(types),
          filter_(filter),
          type_(type),
          below_(std::min(below, kIdMax)),
          scan_max_(scan_max) {}

    /// Visits until the visitor stops it, the bound is reached or nothing is left. When something may be left:
    /// the id below which it lies. It moves with every call, so that a caller gets to the end.
    Result<std::optional<std::uint64_t>> walk(const Visit& visit);

private:
    /// One of the two places that deliveries are in; both are read in step.
    struct Source {
        Statement statement;
        std::size_t cost = 1;  ///< Of one row.
        std::vector<DeliveryRow> heads;  ///< Matching ones that were read, newest last.
        std::uint64_t below = 0;  ///< What is unread lies below.
        bool has_read = false;
        bool is_at_end = false;
    };

    /// Visits ids in [from, below_). True: all were; false: stopped, what is left lies below below_.
    Result<bool> walk_span(std::uint64_t from, const Visit& visit);
    Result<Source> open_rows(std::uint64_t from);
    Result<Source> open_folded(std::uint64_t from);
    /// Reads on until there is a head, the end or no budget; at least one row, so that every walk gets on.
    Result<void> fill(Source& source, std::uint64_t from, std::uint64_t below);
    Result<void> take_row(Source& rows);
    Result<void> take_event(Source& folded, std::uint64_t from, std::uint64_t below);
    bool matches(TenantId tenant, TypeNumber type, Moment made_at) const;
    bool has_budget() const { return scan_max_ == 0 || scanned_ < scan_max_; }

    Database& database_;
    TypeNumbers& types_;
    const DeliveryFilter& filter_;
    std::optional<TypeNumber> type_;
    std::uint64_t below_;
    std::size_t scan_max_;
    std::size_t scanned_ = 0;
};

}  // namespace posthorn::state
