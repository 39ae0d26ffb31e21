#include "inspect/inspector_tables.h"

#include <algorithm>
#include <utility>

namespace posthorn::inspect {

using state::Blob;
using state::Transaction;

namespace {

constexpr std::int64_t kVersion = 1;
constexpr const char* kSchema = R"sql(
CREATE TABLE inspector(
  row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, secret_hash BLOB NOT NULL, tenant INTEGER NOT NULL,
  hears INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  last_number INTEGER NOT NULL DEFAULT 0, calls_kept INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE call(
  inspector INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL,
  method TEXT NOT NULL, target TEXT NOT NULL, answered INTEGER NOT NULL, body_bytes INTEGER NOT NULL,
  token_summary TEXT NOT NULL, bytes INTEGER NOT NULL, notable BLOB NOT NULL, headers BLOB NOT NULL,
  token TEXT NOT NULL, body BLOB NOT NULL, UNIQUE(inspector, number));
CREATE TABLE host(
  inspector INTEGER NOT NULL, client_key TEXT NOT NULL, base_url TEXT NOT NULL, sealed_secret TEXT NOT NULL,
  is_verified INTEGER NOT NULL, is_installed INTEGER NOT NULL, at INTEGER NOT NULL, UNIQUE(inspector, client_key));
CREATE TABLE ended(id TEXT NOT NULL UNIQUE, secret_hash BLOB NOT NULL, at INTEGER NOT NULL, why INTEGER NOT NULL);
PRAGMA user_version=1;
)sql";

#define POSTHORN_SUMMARY_COLUMNS "number, at, kind, name, method, target, answered, body_bytes, token_summary, notable"
#define POSTHORN_ALL_COLUMNS POSTHORN_SUMMARY_COLUMNS ", headers, token, body"

std::string_view bytes_of(const registry::TokenHash& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

registry::TokenHash hash_from(std::string_view bytes) {
    registry::TokenHash hash{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), reinterpret_cast<char*>(hash.data()));
    return hash;
}

/// Headers as lines: neither part has a line end, and a name no colon.
std::string pack(const std::vector<std::pair<std::string, std::string>>& headers) {
    std::string packed;
    for (const auto& [name, value] : headers) packed.append(name).append(":").append(value).append(1, '\n');
    return packed;
}

std::vector<std::pair<std::string, std::string>> unpack(std::string_view packed) {
    std::vector<std::pair<std::string, std::string>> headers;
    while (!packed.empty()) {
        const auto line = packed.substr(0, packed.find('\n'));
        packed.remove_prefix(std::min(packed.size(), line.size() + 1));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos) headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    return headers;
}

/// Those headers that a list shows something of.
std::string notable_of(const RecordedCall& call) {
    std::vector<std::pair<std::string, std::string>> notable;
    for (const auto* name : {"X-Atlassian-Webhook-Identifier", "X-Atlassian-Webhook-Retry"})
        if (const auto value = call.header(name)) notable.emplace_back(name, *value);
    return pack(notable);
}

RecordedCall summary_from(const state::Statement& row) {
    RecordedCall call;
    call.number = row.number(0);
    call.at = row.moment(1);
    call.kind = row.integer(2) == 0 ? RecordedCall::Kind::event : RecordedCall::Kind::lifecycle;
    call.name = row.bytes(3);
    call.method = row.bytes(4);
    call.target = row.bytes(5);
    call.answered = static_cast<std::uint16_t>(row.integer(6));
    call.body_bytes = row.number(7);
    call.token_summary = row.bytes(8);
    call.headers = unpack(row.bytes(9));
    return call;
}

RecordedCall full_from(const state::Statement& row) {
    auto call = summary_from(row);
    call.headers = unpack(row.bytes(10));
    call.token = row.bytes(11);
    call.body = row.bytes(12);
    return call;
}

InspectorHost host_from(const state::Statement& row) {
    InspectorHost host;
    host.client_key = row.bytes(0);
    host.base_url = row.bytes(1);
    host.sealed_secret = row.bytes(2);
    host.is_verified = row.integer(3) != 0;
    host.is_installed = row.integer(4) != 0;
    host.at = row.moment(5);
    return host;
}

Inspector inspector_from(const state::Statement& row) {
    Inspector inspector;
    inspector.id = row.bytes(0);
    inspector.secret_hash = hash_from(row.bytes(1));
    inspector.tenant = TenantId{row.number(2)};
    inspector.hears = row.integer(3) == 0 ? Hears::product_of_tenant : Hears::both_products;
    inspector.created_at = row.moment(4);
    inspector.expires_at = row.moment(5);
    inspector.last_number = row.number(6);
    inspector.calls_kept = row.number(7);
    inspector.bytes = row.number(8);
    return inspector;
}

#define POSTHORN_INSPECTOR_COLUMNS \
    "id, secret_hash, tenant, hears, created_at, expires_at, last_number, calls_kept, bytes"

/// All rows of a statement.
template <class Row, class Read>
Result<std::vector<Row>> rows_of(state::Statement& statement, Read read) {
    std::vector<Row> rows;
    while (true) {
        POSTHORN_TRY(const bool has_row, statement.step());
        if (!has_row) return rows;
        rows.push_back(read(statement));
    }
}

}  // namespace

Result<InspectorTables> InspectorTables::open(const std::string& file, const InspectorLimits& limits) {
    POSTHORN_TRY(auto database, state::Database::open(file, state::Access::write));
    InspectorTables tables(std::move(database), limits);
    POSTHORN_CHECK(tables.prepare());
    return tables;
}

Result<void> InspectorTables::prepare() {
    POSTHORN_TRY(const auto version, database_.ask_number("PRAGMA user_version"));
    if (version > kVersion) return fail(Errc::unsupported, "was made by a newer Posthorn", database_.file());
    // What was erased is gone from the file too. A crash of the machine may lose the last calls, a crash of the
    // program none.
    if (version == 0) POSTHORN_CHECK(database_.execute("PRAGMA auto_vacuum=INCREMENTAL"));
    POSTHORN_CHECK(
        database_.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4096; "
                          "PRAGMA journal_size_limit=16777216; PRAGMA secure_delete=ON"));
    if (version == 0) POSTHORN_CHECK(database_.execute(kSchema));
    return {};
}

Result<std::vector<Inspector>> InspectorTables::inspectors() {
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_INSPECTOR_COLUMNS " FROM inspector ORDER BY row"));
    return rows_of<Inspector>(select, inspector_from);
}

Result<std::vector<EndedInspector>> InspectorTables::ended() {
    POSTHORN_TRY(auto select, database_.prepare("SELECT id, secret_hash, at, why FROM ended ORDER BY at"));
    return rows_of<EndedInspector>(select, [](const state::Statement& row) {
        return EndedInspector{std::string(row.bytes(0)), hash_from(row.bytes(1)), row.moment(2),
                              row.integer(3) == 0 ? EndReason::expired : EndReason::deleted};
    });
}

Result<void> InspectorTables::add(const Inspector& inspector) {
    POSTHORN_TRY(auto insert, database_.prepare("INSERT INTO inspector(id, secret_hash, tenant, hears, created_at, "
                                                "expires_at) VALUES(?, ?, ?, ?, ?, ?)"));
    const Blob hash{bytes_of(inspector.secret_hash)};
    const std::string_view id = inspector.id;
    return insert.bind(id, hash, inspector.tenant, inspector.hears, inspector.created_at, inspector.expires_at).run();
}

Result<std::uint64_t> InspectorTables::row_of(const std::string& id) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT row FROM inspector WHERE id = ?"));
    POSTHORN_TRY(const bool has_row, select.bind(std::string_view(id)).step());
    if (!has_row) return fail(Errc::not_found, "there is no inspector '" + id + "'");
    return select.number(0);
}

Result<Inspector> InspectorTables::inspector(std::uint64_t row) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_INSPECTOR_COLUMNS " FROM inspector WHERE row = ?"));
    POSTHORN_TRY(const bool has_row, select.bind(row).step());
    if (!has_row) return fail(Errc::not_found, "there is no such inspector");
    return inspector_from(select);
}

Result<Inspector> InspectorTables::find(const std::string& id) {
    POSTHORN_TRY(const auto row, row_of(id));
    return inspector(row);
}

Result<void> InspectorTables::end(const std::string& id, Moment at, EndReason why) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::write));
    POSTHORN_TRY(const auto row, row_of(id));
    POSTHORN_TRY(const auto ending, inspector(row));
    for (const auto* sql : {"DELETE FROM call WHERE inspector = ?", "DELETE FROM host WHERE inspector = ?",
                            "DELETE FROM inspector WHERE row = ?"}) {
        POSTHORN_TRY(auto remove, database_.prepare(sql));
        POSTHORN_CHECK(remove.bind(row).run());
    }
    POSTHORN_TRY(auto insert, database_.prepare("INSERT OR REPLACE INTO ended(id, secret_hash, at, why) "
                                                "VALUES(?, ?, ?, ?)"));
    const Blob hash{bytes_of(ending.secret_hash)};
    POSTHORN_CHECK(insert.bind(std::string_view(id), hash, at, why).run());
    POSTHORN_CHECK(forget_ended(at));
    POSTHORN_CHECK(transaction.commit());
    return database_.execute("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<void> InspectorTables::forget_ended(Moment now) {
    POSTHORN_TRY(auto old, database_.prepare("DELETE FROM ended WHERE at < ?"));
    POSTHORN_CHECK(old.bind(now - limits_.ended_for).run());
    POSTHORN_TRY(auto many, database_.prepare("DELETE FROM ended WHERE rowid NOT IN "
                                              "(SELECT rowid FROM ended ORDER BY at DESC LIMIT ?)"));
    return many.bind(limits_.ended_max).run();
}

Result<std::optional<InspectorHost>> InspectorTables::host(const std::string& id, const std::string& client_key) {
    POSTHORN_TRY(const auto row, row_of(id));
    POSTHORN_TRY(auto select, database_.prepare(
                                  "SELECT client_key, base_url, sealed_secret, is_verified, is_installed, at FROM host "
                                  "WHERE inspector = ? AND client_key = ?"));
    POSTHORN_TRY(const bool has_row, select.bind(row, std::string_view(client_key)).step());
    return has_row ? std::optional(host_from(select)) : std::nullopt;
}

Result<std::vector<InspectorHost>> InspectorTables::hosts(const std::string& id) {
    POSTHORN_TRY(const auto row, row_of(id));
    POSTHORN_TRY(auto select, database_.prepare(
                                  "SELECT client_key, base_url, sealed_secret, is_verified, is_installed, at FROM host "
                                  "WHERE inspector = ? ORDER BY at DESC"));
    select.bind(row);
    return rows_of<InspectorHost>(select, host_from);
}

Result<void> InspectorTables::put_host(const std::string& id, const InspectorHost& host) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::write));
    POSTHORN_TRY(const auto row, row_of(id));
    POSTHORN_TRY(auto insert,
                 database_.prepare("INSERT OR REPLACE INTO host(inspector, client_key, base_url, "
                                   "sealed_secret, is_verified, is_installed, at) VALUES(?, ?, ?, ?, ?, ?, ?)"));
    POSTHORN_CHECK(insert
                       .bind(row, std::string_view(host.client_key), std::string_view(host.base_url),
                             std::string_view(host.sealed_secret), host.is_verified, host.is_installed, host.at)
                       .run());
    POSTHORN_TRY(auto count, database_.prepare("SELECT count(*) FROM host WHERE inspector = ?"));
    POSTHORN_TRY(const bool has_row, count.bind(row).step());
    if (has_row && count.number(0) > limits_.hosts_max)
        return fail(Errc::full, "so many hosts have installed this inspector that no other one can");
    count.reset();
    return transaction.commit();
}

Result<Inspector> InspectorTables::add_call(const std::string& id, const RecordedCall& call) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::write));
    POSTHORN_TRY(const auto row, row_of(id));
    const auto bytes = call.bytes_kept();
    {
        POSTHORN_TRY(auto update, database_.prepare("UPDATE inspector SET last_number = last_number + 1, calls_kept = "
                                                    "calls_kept + 1, bytes = bytes + ? WHERE row = ?"));
        POSTHORN_CHECK(update.bind(bytes, row).run());
    }
    POSTHORN_TRY(const auto now, inspector(row));
    {
        POSTHORN_TRY(auto insert,
                     database_.prepare("INSERT INTO call(inspector, " POSTHORN_ALL_COLUMNS ", bytes) VALUES"
                                       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
        const auto notable = notable_of(call);
        const auto headers = pack(call.headers);
        const auto as_text = [](const std::string& text) { return std::string_view(text); };
        POSTHORN_CHECK(insert
                           .bind(row, now.last_number, call.at, call.kind, as_text(call.name), as_text(call.method),
                                 as_text(call.target), call.answered, call.body_bytes, as_text(call.token_summary),
                                 Blob{notable}, Blob{headers}, as_text(call.token), Blob{call.body}, bytes)
                           .run());
    }
    POSTHORN_CHECK(make_room(row));
    POSTHORN_TRY(auto after, inspector(row));
    POSTHORN_CHECK(transaction.commit());
    return after;
}

Result<void> InspectorTables::make_room(std::uint64_t row) {
    while (true) {
        POSTHORN_TRY(const auto now, inspector(row));
        if (now.calls_kept <= limits_.calls_max && (now.bytes <= limits_.bytes_max || now.calls_kept == 1)) break;
        POSTHORN_CHECK(drop_oldest(row));
    }
    while (true) {
        std::uint64_t largest = 0;
        {
            POSTHORN_TRY(auto select,
                         database_.prepare("SELECT sum(bytes), (SELECT row FROM inspector WHERE calls_kept "
                                           "> 1 ORDER BY bytes DESC LIMIT 1) FROM inspector"));
            POSTHORN_TRY(const bool has_row, select.step());
            if (!has_row || select.number(0) <= limits_.bytes_in_all_max || select.is_null(1)) return {};
            largest = select.number(1);
        }
        POSTHORN_CHECK(drop_oldest(largest));
    }
}

Result<void> InspectorTables::drop_oldest(std::uint64_t row) {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    {
        POSTHORN_TRY(auto select, database_.prepare("SELECT number, bytes FROM call WHERE inspector = ? "
                                                    "ORDER BY number LIMIT 1"));
        POSTHORN_TRY(const bool has_row, select.bind(row).step());
        if (!has_row) return fail(Errc::corrupt, "counts calls that are not there", database_.file());
        number = select.number(0);
        bytes = select.number(1);
    }
    POSTHORN_TRY(auto remove, database_.prepare("DELETE FROM call WHERE inspector = ? AND number = ?"));
    POSTHORN_CHECK(remove.bind(row, number).run());
    POSTHORN_TRY(auto update, database_.prepare("UPDATE inspector SET calls_kept = calls_kept - 1, bytes = bytes - ? "
                                                "WHERE row = ?"));
    return update.bind(bytes, row).run();
}

Result<std::vector<RecordedCall>> InspectorTables::calls_before(const std::string& id,
                                                                std::optional<std::uint64_t> before,
                                                                std::size_t limit) {
    POSTHORN_TRY(const auto row, row_of(id));
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_SUMMARY_COLUMNS " FROM call WHERE inspector = ? AND "
                                                "number < ? ORDER BY number DESC LIMIT ?"));
    const auto below = std::min<std::uint64_t>(before.value_or(INT64_MAX), INT64_MAX);
    select.bind(row, below, limit);
    return rows_of<RecordedCall>(select, summary_from);
}

Result<std::vector<RecordedCall>> InspectorTables::calls_after(const std::string& id, std::uint64_t after,
                                                               std::size_t limit, Detail detail,
                                                               std::size_t bytes_max) {
    POSTHORN_TRY(const auto row, row_of(id));
    const auto above = std::min<std::uint64_t>(after, INT64_MAX);
    if (detail == Detail::summary) {
        POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_SUMMARY_COLUMNS " FROM call WHERE inspector = ? "
                                                    "AND number > ? ORDER BY number LIMIT ?"));
        select.bind(row, above, limit);
        return rows_of<RecordedCall>(select, summary_from);
    }
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_ALL_COLUMNS " FROM call WHERE inspector = ? AND "
                                                "number > ? ORDER BY number LIMIT ?"));
    select.bind(row, above, limit);
    std::vector<RecordedCall> calls;
    for (std::size_t bytes = 0; bytes < bytes_max;) {
        POSTHORN_TRY(const bool has_row, select.step());
        if (!has_row) break;
        calls.push_back(full_from(select));
        bytes += calls.back().bytes_kept();
    }
    return calls;
}

Result<RecordedCall> InspectorTables::call(const std::string& id, std::uint64_t number) {
    POSTHORN_TRY(const auto row, row_of(id));
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_ALL_COLUMNS " FROM call WHERE inspector = ? AND "
                                                "number = ?"));
    POSTHORN_TRY(const bool has_row, select.bind(row, std::min<std::uint64_t>(number, INT64_MAX)).step());
    if (!has_row) return fail(Errc::not_found, "there is no such call; the oldest ones go first when there are many");
    return full_from(select);
}

}  // namespace posthorn::inspect
