#pragma once
// Turns records into rows, a group at a time.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/record.h"
#include "state/delivery_rows.h"
#include "state/postings.h"
#include "state/sqlite.h"
#include "state/state.h"
#include "state/type_numbers.h"
#include "wire/record_codec.h"

namespace posthorn::state {

/// Applies a group within a write transaction that its owner has open. Events of the group stay in memory until
/// `finish`, so that outcomes within the group cost no rows; they point into the records' bytes, which must live
/// that long. After an error or a rollback: `forget`.
class Applier {
public:
    explicit Applier(Database& database)
        : database_(database), types_(database), rows_(database), postings_(database) {}

    /// Errors: corrupt, unsupported (the record can't be read), others as Database.
    Result<void> apply(const Numbered& record);
    /// Writes what is still in memory, but for what lists need.
    Result<void> finish();
    /// Writes that too, of all groups. `listed` is the highest id whose was written earlier.
    Result<void> write_lists(std::uint64_t listed) { return postings_.write(listed); }
    /// How many entries of lists earlier groups have left to be written.
    std::size_t unlisted() const { return postings_.noted(); }
    /// After the group's commit.
    void end_group();
    /// Drops all that is remembered of the group; after a rollback, or when rows were removed by others.
    void forget();
    /// How many more deliveries wait than did before the group.
    std::int64_t waiting_change() const { return rows_.waiting_change(); }

    /// Of the deliveries that came with events: the share without an attempt when they were written.
    double open_share() const {
        return written_ == 0 ? 0 : static_cast<double>(written_open_) / static_cast<double>(written_);
    }

    /// The highest event or delivery id in the records since `forget`; 0 without one.
    std::uint64_t last_id() const { return last_id_; }

private:
    struct NewDelivery {
        model::DeliveryState state = model::DeliveryState::pending;
        model::DeadReason reason = model::DeadReason::none;
        Moment due_at;
        wire::AttemptSummary last;
        std::uint32_t attempts = 0;
        std::string_view first_attempt;
        std::vector<std::string_view> later_attempts;
    };
    struct NewEvent {
        wire::EventAcceptedView view;
        TypeNumber type = 0;
        std::size_t deliveries_at = 0;  ///< Where its deliveries begin in new_deliveries_.
    };

    Result<void> accept(wire::EventAcceptedView view);
    Result<void> end_attempt(const wire::AttemptEndedView& ended);
    Result<void> end_attempt_of_row(const wire::AttemptEndedView& ended);
    Result<void> make(const model::DeliveriesMade& made);
    Result<void> cancel(const model::DeliveriesCancelled& cancelled);
    Result<void> expire(const model::DeliveriesExpired& expired);
    Result<void> reschedule(const model::DeliveriesRescheduled& rescheduled);
    Result<void> change(const model::RegistryChanged& changed);

    /// Writes the group's events so far, for a record that looks at rows.
    Result<void> flush();
    Result<void> write(const NewEvent& event);
    Result<void> remember(const NewEvent& event);
    void note_postings(const NewEvent& event);
    void note_time(std::uint64_t id, Moment at);
    Result<void> write_skew();
    void saw_id(std::uint64_t id) { last_id_ = std::max(last_id_, id); }

    Database& database_;
    TypeNumbers types_;
    DeliveryRows rows_;
    PostingWriter postings_;
    std::vector<NewEvent> new_events_;
    std::vector<NewDelivery> new_deliveries_;
    std::unordered_map<std::uint64_t, std::size_t> new_event_at_;
    std::string folded_;  // Kept for its capacity.
    std::uint64_t last_id_ = 0;
    std::size_t written_ = 0;  // Deliveries of the group's events,
    std::size_t written_open_ = 0;  // those without an attempt.
    std::int64_t skew_ms_ = 0;  // The most that an id of the group and its time are apart.
};

}  // namespace posthorn::state
