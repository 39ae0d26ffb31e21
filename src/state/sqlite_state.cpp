#include "state/sqlite_state.h"

#include <algorithm>
#include <utility>

#include "state/migrations.h"
#include "state/reader.h"
#include "state/rebuild_postings.h"

namespace posthorn::state {

namespace {

constexpr std::uint64_t kPageBytes = 16'384;
/// Entries of lists that wait in memory to be written, 8 bytes each: seconds of what a busy server does. More would
/// delay whoever looks first.
constexpr std::size_t kUnlistedMax = 1 << 16;

/// What a caller of apply can tell apart; the place is added where it is the record's fault.
Error at_record(Error error, std::uint64_t sequence, const std::string& file) {
    if (error.code == Errc::full || error.code == Errc::io) return error;
    // A row that exists already is as impossible as bytes that can't be read.
    if (error.code == Errc::conflict) error.code = Errc::corrupt;
    error.detail = "Record " + std::to_string(sequence) + " of the journal: " + error.detail;
    if (error.where.empty()) error.where = file;
    return error;
}

}  // namespace

Result<std::unique_ptr<State>> State::open(const std::string& folder, const OpenOptions& options) {
    POSTHORN_TRY(auto state, SqliteState::open(folder + "/posthorn.db", options));
    return std::unique_ptr<State>(std::move(state));
}

Result<std::unique_ptr<SqliteState>> SqliteState::open(const std::string& file, const OpenOptions& options) {
    POSTHORN_TRY(auto database, Database::open(file, Access::write));
    std::unique_ptr<SqliteState> state(new SqliteState(std::move(database)));
    auto prepared = state->prepare(options);
    if (!prepared) {
        auto error = std::move(prepared).error();
        if (error.where.empty()) error.where = file;
        return error;
    }
    return state;
}

Result<void> SqliteState::prepare(const OpenOptions& options) {
    POSTHORN_CHECK(migrate(database_, migrations()));
    // FULL syncs the WAL at each commit: a journal segment is reused once its records are here. The cache is the
    // largest part of the memory that the state takes, whatever waits.
    POSTHORN_CHECK(
        database_.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0; "
                          "PRAGMA cache_size=-16384; PRAGMA journal_size_limit=67108864; "
                          "PRAGMA secure_delete=FAST"));
    if (options.file_bytes_max > 0)
        POSTHORN_CHECK(
            database_.execute("PRAGMA max_page_count=" + std::to_string(options.file_bytes_max / kPageBytes)));
    POSTHORN_CHECK(read_meta());
    POSTHORN_TRY(const auto waiting, database_.ask_number("SELECT sum(deliveries) FROM waiting"));
    waiting_ = static_cast<std::uint64_t>(waiting.value_or(0));
    POSTHORN_CHECK(list_again());
    POSTHORN_TRY(checkpointer_, Checkpointer::start(database_));
    return {};
}

Result<void> SqliteState::read_meta() {
    POSTHORN_TRY(auto select, database_.prepare("SELECT key, value FROM meta"));
    while (true) {
        POSTHORN_TRY(const bool row, select.step());
        if (!row) return {};
        const auto key = select.bytes(0);
        if (key == "applied") opened_.applied = select.number(1);
        if (key == "last_id") opened_.last_id = select.number(1);
        if (key == "listed") listed_ = select.number(1);
        if (key == "store_id") opened_.store_id = select.bytes(1);
        if (key == "key_check") opened_.key_check = std::string(select.bytes(1));
    }
}

Result<void> SqliteState::list_again() {
    if (listed_ >= opened_.last_id) return {};
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::write));
    POSTHORN_CHECK(write_postings_above(database_, listed_));
    POSTHORN_CHECK(put_meta("listed", opened_.last_id));
    POSTHORN_CHECK(transaction.commit());
    listed_ = opened_.last_id;
    return {};
}

Result<void> SqliteState::set_key_check(const std::string& value) {
    POSTHORN_TRY(auto insert, database_.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES('key_check', ?)"));
    POSTHORN_CHECK(insert.bind(Blob{value}).run());
    opened_.key_check = value;
    return {};
}

Result<void> SqliteState::apply(std::span<const Numbered> records, Lists lists) {
    const auto is_applied = [&](const Numbered& record) { return record.sequence <= opened_.applied; };
    records =
        records.subspan(static_cast<std::size_t>(std::ranges::find_if_not(records, is_applied) - records.begin()));
    const bool writes_lists = lists == Lists::now || applier_.unlisted() >= kUnlistedMax;
    if (records.empty() && !(writes_lists && applier_.unlisted() > 0)) return {};
    POSTHORN_CHECK(check_gapless(records));
    auto applied = apply_in_transaction(records, writes_lists);
    const auto last_id = std::max(opened_.last_id, applier_.last_id());
    const auto waiting_change = applier_.waiting_change();
    const auto open_share = applier_.open_share();
    if (applied) applier_.end_group();
    else applier_.forget();
    if (!applied) return applied;
    waiting_ += static_cast<std::uint64_t>(waiting_change);
    open_share_ = open_share;
    opened_.applied += records.size();
    opened_.last_id = last_id;
    if (writes_lists) listed_ = last_id;
    checkpointer_->after_commit();
    return {};
}

Result<void> SqliteState::check_gapless(std::span<const Numbered> records) const {
    auto expected = opened_.applied;
    for (const auto& record : records)
        if (record.sequence != ++expected)
            return fail(Errc::corrupt,
                        "The journal goes on with record " + std::to_string(record.sequence) + " where " +
                            std::to_string(expected) + " should be: records are missing or out of order",
                        database_.file());
    return {};
}

Result<void> SqliteState::apply_in_transaction(std::span<const Numbered> records, bool writes_lists) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::write));
    for (const auto& record : records)
        if (auto done = applier_.apply(record); !done)
            return at_record(std::move(done).error(), record.sequence, database_.file());
    const auto applied = opened_.applied + records.size();
    const auto last_id = std::max(opened_.last_id, applier_.last_id());
    auto done = applier_.finish();
    if (done && writes_lists) done = applier_.write_lists(listed_);
    if (!done) return at_record(std::move(done).error(), applied, database_.file());
    POSTHORN_CHECK(put_meta("applied", applied));
    POSTHORN_CHECK(put_meta("last_id", last_id));
    if (writes_lists) POSTHORN_CHECK(put_meta("listed", last_id));
    return transaction.commit();
}

Result<void> SqliteState::put_meta(std::string_view key, std::uint64_t value) {
    POSTHORN_TRY(auto update, database_.prepare("UPDATE meta SET value = ? WHERE key = ?"));
    return update.bind(value, key).run();
}

Result<std::size_t> SqliteState::prune(Moment before, std::size_t events_max) {
    POSTHORN_CHECK(apply({}, Lists::now));  // Or entries of what is removed would come back.
    auto removed = pruner_.prune(before, events_max);
    applier_.forget();
    if (removed) checkpointer_->after_commit();
    return removed;
}

Result<std::uint64_t> SqliteState::used_bytes() {
    POSTHORN_TRY(const auto all, database_.ask_number("PRAGMA page_count"));
    POSTHORN_TRY(const auto free, database_.ask_number("PRAGMA freelist_count"));
    return static_cast<std::uint64_t>(all.value_or(0) - free.value_or(0)) * kPageBytes;
}

Result<std::unique_ptr<Reader>> SqliteState::make_reader() {
    POSTHORN_TRY(auto reader, SqliteReader::open(database_.file()));
    return std::unique_ptr<Reader>(std::move(reader));
}

}  // namespace posthorn::state
