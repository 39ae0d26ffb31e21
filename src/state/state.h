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
    bool is_follower = false;   ///< An earlier one of its order key waits, and stands before it in the answer.
    bool has_followers = false; ///< More of its order key wait behind it, which the answer does not have.
};

/// How many followers of one order key come with their head.
inline constexpr std::size_t kFollowersMax = 8;

struct DueAnswer {
    std::vector<Due> due;            ///< In order of due_at, then id; followers right behind their head.
    std::optional<Moment> next_due;  ///< When the next one behind these is due; none when nothing else waits.
};

/// What waits for one installation.
struct Waiting {
    InstallationId installation;
    Moment first_due;
    std::uint64_t deliveries = 0;
    DeliveryId oldest;
};

struct DeliveryRow {
    model::Delivery delivery;
    TenantId tenant;
    std::string event_type;
    std::optional<Moment> ended_at;  ///< When the last attempt ended; none before the first.
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

struct Count {
    std::uint64_t deliveries = 0;
    bool is_all = true;  ///< False: there are, or may be, more.
    bool operator==(const Count&) const = default;
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

/// Reads; each Reader is used by one thread at a time, and each call sees all that was applied before it, and nothing
/// half applied. Folded deliveries and rows (docs/formats/store.md) look alike. Errors of all: io, corrupt.
class Reader {
public:
    virtual ~Reader() = default;
    /// By kind, then key.
    virtual Result<std::vector<model::RegistryRow>> registry() = 0;
    /// By installation; one step of an index for each, however much waits.
    virtual Result<std::vector<Waiting>> waiting() = 0;
    /// The first `deliveries_max` waiting deliveries that are due at `now`, in flight ones included; fewer, with a
    /// `next_due` that has passed, when their payloads are many megabytes. Of those with an order key only the earliest
    /// that waits of each counts, and up to kFollowersMax behind it come on top.
    virtual Result<DueAnswer> due(InstallationId installation, Moment now, std::size_t deliveries_max) = 0;
    /// Waiting deliveries with ids up to `last`, `deliveries_max` at the most. Reads index entries alone, those that it
    /// passes over too.
    virtual Result<std::vector<DeliveryId>> waiting_up_to(InstallationId installation, std::uint64_t last,
                                                          std::size_t deliveries_max) = 0;
    /// Errors: not_found.
    virtual Result<model::EventPtr> event(EventId id) = 0;
    /// By id; replays and what recover made are among them. Errors: not_found.
    virtual Result<std::vector<DeliveryRow>> deliveries_of(EventId id) = 0;
    /// Errors: not_found.
    virtual Result<DeliveryDetail> delivery(DeliveryId id) = 0;
    /// When the oldest delivery that waits was made; nothing when none does. As waiting().
    virtual Result<std::optional<Moment>> oldest_waiting() = 0;
    /// `cursor` is the `next` of the page before. A list reads what matches, and little else: 50 rows out of ten
    /// million take a few milliseconds. Only a search for `delivered` among much that was not may examine more; it
    /// stops after 5,000 and answers a short, even empty page that has a `next`.
    virtual Result<DeliveryPage> deliveries(const DeliveryFilter& filter, std::optional<std::uint64_t> cursor,
                                            std::size_t limit) = 0;
    virtual Result<EventPage> events(TenantId tenant, std::optional<std::string> type, std::optional<Moment> since,
                                     std::optional<Moment> until, std::optional<std::uint64_t> cursor,
                                     std::size_t limit) = 0;
    /// Counts up to `count_max`, and examines no more than about twice as many.
    virtual Result<Count> count_deliveries(const DeliveryFilter& filter, std::uint64_t count_max) = 0;
    /// Nothing when the key was not used since `not_before`.
    virtual Result<std::optional<Earlier>> idempotency(TenantId tenant, const std::string& key, Moment not_before) = 0;
};

struct Opened {
    std::uint64_t applied = 0;  ///< The journal's sequence number that the state has up to, durably.
    std::uint64_t last_id = 0;  ///< The highest event or delivery id in it.
    std::string store_id;  ///< 16 random bytes in hex, made with the store.
    std::optional<std::string> key_check;  ///< What registry/ keeps to recognise the master key.
};

struct OpenOptions {
    /// The most that posthorn.db may grow to, its WAL aside; beyond it apply is Errc::full. 0: as the disk allows.
    std::uint64_t file_bytes_max = 0;
};

/// When a list shows what is applied. Later is cheaper by far with many tenants: an entry for each of their streams is
/// written once for many groups.
enum class Lists { now, later };

/// The writer; one thread. Readers come from it and must end before it.
class State {
public:
    /// Makes or opens {folder}/posthorn.db; the folder must exist. A store of an older version is migrated within one
    /// transaction; one of a newer version is Errc::unsupported, a file that is no store of ours Errc::corrupt, others
    /// io; all name the file and the remedy.
    static Result<std::unique_ptr<State>> open(const std::string& folder, const OpenOptions& options = {});
    virtual ~State() = default;

    /// As of the last apply.
    virtual const Opened& opened() const = 0;
    /// How many deliveries wait, as of the last apply.
    virtual std::uint64_t waiting() const = 0;
    /// Of the deliveries that came with the last group's events: the share without an attempt in it. What ends in a
    /// later group costs a row, so much of that means that groups are too small.
    virtual double open_share() const = 0;
    virtual Result<void> set_key_check(const std::string& value) = 0;

    /// Applies records that follow `applied` without a gap, in one transaction that is durable when this returns.
    /// Applying records again that it has already is skipped by their sequence numbers. Larger groups are cheaper:
    /// deliveries that succeed within the group of their event cost no rows. Errors: full (disk or budget), io,
    /// corrupt (a gap, or a record that can't be read; the sequence numbers are named), unsupported (a record of a
    /// newer version). After an error nothing of the group is applied, and it can be applied again.
    /// With Lists::later Reader::events, deliveries and count_deliveries may lack what was applied since the last group
    /// with Lists::now, which may have no records. About 65,536 entries wait so, in memory; a start after a crash makes
    /// them again.
    virtual Result<void> apply(std::span<const Numbered> records, Lists lists = Lists::now) = 0;

    /// Removes up to `events_max` events, oldest first, that were accepted before `before` and whose deliveries are
    /// all final, with their deliveries and attempts; also idempotency keys more than 24 h older than the newest one.
    /// Returns how many events went. One call examines kPruneExaminedMax events that stay, and the next goes on behind
    /// them, so fewer than `events_max` does not mean that none is left: call it now and then. Errors: as apply.
    static constexpr std::size_t kPruneExaminedMax = 20'000;
    virtual Result<std::size_t> prune(Moment before, std::size_t events_max) = 0;

    /// Bytes of posthorn.db that hold something, without pages that are free to be used again. Errors: io.
    virtual Result<std::uint64_t> used_bytes() = 0;

    virtual Result<std::unique_ptr<Reader>> make_reader() = 0;
};

}  // namespace posthorn::state
