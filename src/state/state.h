#pragma once
// SQLite's view of the journal: what waits, the history, the registry's rows.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/moment.h"
#include "base/result.h"
#include "model/record.h"

namespace posthorn::state {

/// A record of the journal with its place.
struct Numbered {
    std::uint64_t sequence = 0;
    std::uint8_t kind = 0;
    std::string bytes;
};

/// A delivery that can be sent now, with what it carries.
struct Due {
    model::Delivery delivery;
    model::EventPtr event;  ///< Shared by the deliveries of one event within one answer.
};

struct DueAnswer {
    std::vector<Due> due;            ///< In order of due_at, then id.
    std::optional<Moment> next_due;  ///< When the next one behind these is due; none when nothing else waits.
};

/// What waits for one installation.
struct Waiting {
    InstallationId installation;
    Moment first_due;
    std::uint64_t deliveries = 0;
};

struct DeliveryRow {
    model::Delivery delivery;
    TenantId tenant;
    std::string event_type;
    std::optional<Moment> ended_at;            ///< When the last attempt ended; none before the first.
    std::uint16_t last_status = 0;
    model::Failure last_failure = model::Failure::none;
    std::int32_t last_total_us = -1;
};

struct DeliveryDetail {
    DeliveryRow row;
    model::EventPtr event;
    std::vector<model::Attempt> attempts;
};

struct DeliveryFilter {
    TenantId tenant;
    std::optional<InstallationId> installation;
    std::optional<std::string> event_type;
    std::optional<model::DeliveryState> state;
    std::optional<Moment> since;  ///< made_at >= since
    std::optional<Moment> until;  ///< made_at < until
};

struct DeliveryPage {
    std::vector<DeliveryRow> rows;  ///< Newest first.
    std::optional<std::uint64_t> next;  ///< Cursor for the page behind this one.
};

struct EventRow {
    EventId id;
    TenantId tenant;
    std::string type;
    Moment accepted_at;
    std::uint32_t deliveries = 0;
};

struct EventPage {
    std::vector<EventRow> rows;  ///< Newest first.
    std::optional<std::uint64_t> next;
};

/// What an idempotency key was used for.
struct Earlier {
    EventId event;
    std::string type;
    std::string payload_hash;
    std::uint32_t deliveries = 0;
};

/// Reads; each Reader is used by one thread at a time, and sees what was applied before its call.
class Reader {
public:
    virtual ~Reader() = default;
    virtual Result<std::vector<model::RegistryRow>> registry() = 0;
    virtual Result<std::vector<Waiting>> waiting() = 0;
    virtual Result<DueAnswer> due(InstallationId installation, Moment now, std::size_t deliveries_max) = 0;
    /// Errors: not_found.
    virtual Result<model::EventPtr> event(EventId id) = 0;
    virtual Result<std::vector<DeliveryRow>> deliveries_of(EventId id) = 0;
    virtual Result<DeliveryDetail> delivery(DeliveryId id) = 0;
    virtual Result<DeliveryPage> deliveries(const DeliveryFilter& filter, std::optional<std::uint64_t> cursor,
                                            std::size_t limit) = 0;
    virtual Result<EventPage> events(TenantId tenant, std::optional<std::string> type, std::optional<Moment> since,
                                     std::optional<Moment> until, std::optional<std::uint64_t> cursor,
                                     std::size_t limit) = 0;
    virtual Result<std::uint64_t> count_deliveries(const DeliveryFilter& filter) = 0;
    virtual Result<std::optional<Earlier>> idempotency(TenantId tenant, const std::string& key, Moment not_before) = 0;
};

struct Opened {
    std::uint64_t applied = 0;  ///< The journal's sequence number that the state has up to, durably.
    std::uint64_t last_id = 0;  ///< The highest event or delivery id in it.
    std::string store_id;       ///< 16 random bytes in hex, made with the store.
    std::optional<std::string> key_check;  ///< What registry/ keeps to recognise the master key.
};

/// The writer; one thread. Readers come from it and must end before it.
class State {
public:
    /// Makes or opens {folder}/posthorn.db. A store of an older version is migrated within one transaction; one of
    /// a newer version is Errc::unsupported, a file that is no database Errc::corrupt, others io; all name the file
    /// and the remedy.
    static Result<std::unique_ptr<State>> open(const std::string& folder);
    virtual ~State() = default;

    virtual const Opened& opened() const = 0;
    virtual Result<void> set_key_check(const std::string& value) = 0;

    /// Applies records that follow `applied` without a gap, in one transaction that is durable when this returns.
    /// Applying records again that it has already is skipped by their sequence numbers. Errors: full (disk), io,
    /// corrupt (a record that can't be read; its sequence number is named; nothing of the group is applied).
    virtual Result<void> apply(std::span<const Numbered> records) = 0;

    /// Removes up to `events_max` events, oldest first, that were accepted before `before` and whose deliveries are
    /// all final, with their deliveries and attempts. Returns how many went.
    virtual Result<std::size_t> prune(Moment before, std::size_t events_max) = 0;

    virtual Result<std::unique_ptr<Reader>> make_reader() = 0;
};

}  // namespace posthorn::state
