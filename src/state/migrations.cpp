#include "state/migrations.h"

#include <array>
#include <string>

#include "state/rebuild_postings.h"

namespace posthorn::state {

namespace {

constexpr std::int64_t kApplicationId = 0x50737468;  // "Psth"

constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES('applied', 0), ('last_id', 0), ('store_id', lower(hex(randomblob(16))));
CREATE TABLE registry(kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(kind, key))
  WITHOUT ROWID;
CREATE TABLE types(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE events(
  id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, type INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
  deliveries INTEGER NOT NULL, folded BLOB, event BLOB NOT NULL);
CREATE TABLE deliveries(
  id INTEGER PRIMARY KEY, event INTEGER NOT NULL, tenant INTEGER NOT NULL, type INTEGER NOT NULL,
  installation INTEGER NOT NULL, webhook INTEGER NOT NULL, state INTEGER NOT NULL, reason INTEGER NOT NULL,
  attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, made_at INTEGER NOT NULL, replay_of INTEGER,
  ended_at INTEGER, last_status INTEGER NOT NULL, last_failure INTEGER NOT NULL, last_total_us INTEGER NOT NULL);
CREATE INDEX due ON deliveries(installation, due_at) WHERE state < 2;
CREATE INDEX dead ON deliveries(state) WHERE state = 3;
CREATE INDEX made ON deliveries(event) WHERE replay_of IS NOT NULL;
CREATE TABLE attempts(
  delivery INTEGER NOT NULL, place INTEGER NOT NULL, attempt BLOB NOT NULL, PRIMARY KEY(delivery, place))
  WITHOUT ROWID;
CREATE TABLE idempotency(
  tenant INTEGER NOT NULL, "key" TEXT NOT NULL, at INTEGER NOT NULL, event INTEGER NOT NULL, type INTEGER NOT NULL,
  deliveries INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(tenant, "key")) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency(at);
CREATE TABLE facets(
  kind INTEGER NOT NULL, number INTEGER NOT NULL, type INTEGER NOT NULL, span INTEGER NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY(kind, number, type, span)) WITHOUT ROWID;
)sql";

// Lists by postings and by_state in place of facets; a count of what waits.
constexpr const char* kVersion2 = R"sql(
DROP TABLE facets;
DROP INDEX dead;
CREATE INDEX by_state ON deliveries(state, tenant, installation, type) WHERE state <> 2;
CREATE TABLE spans(
  kind INTEGER NOT NULL, number INTEGER NOT NULL, type INTEGER NOT NULL, span INTEGER NOT NULL,
  PRIMARY KEY(kind, number, type, span)) WITHOUT ROWID;
CREATE TABLE postings(
  span INTEGER NOT NULL, kind INTEGER NOT NULL, number INTEGER NOT NULL, type INTEGER NOT NULL,
  first INTEGER NOT NULL, ids BLOB NOT NULL, PRIMARY KEY(span, kind, number, type, first)) WITHOUT ROWID;
CREATE TABLE waiting(installation INTEGER PRIMARY KEY, deliveries INTEGER NOT NULL);
INSERT INTO waiting SELECT installation, count(*) FROM deliveries WHERE state < 2 GROUP BY installation;
)sql";

// Ordered deliveries. `blocked`: an earlier one of the same key still waits. Only ordered rows are in the second index.
constexpr const char* kVersion3 = R"sql(
ALTER TABLE deliveries ADD COLUMN order_key INTEGER;
ALTER TABLE deliveries ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
DROP INDEX due;
CREATE INDEX due ON deliveries(installation, blocked, due_at) WHERE state < 2;
CREATE INDEX ordered ON deliveries(installation, order_key) WHERE state < 2 AND order_key IS NOT NULL;
)sql";

// Postings are written later than what they are of: up to which id they are.
constexpr const char* kVersion4 = R"sql(
INSERT INTO meta SELECT 'listed', value FROM meta WHERE key = 'last_id';
)sql";

constexpr std::array<Migration, 4> kMigrations = {
    {{kVersion1, nullptr}, {kVersion2, rebuild_postings}, {kVersion3, nullptr}, {kVersion4, nullptr}}};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> migrate(Database& database, std::span<const Migration> steps) {
    POSTHORN_TRY(const auto found, database.ask_number("PRAGMA user_version"));
    const auto version = found.value_or(0);
    const auto newest = static_cast<std::int64_t>(steps.size());
    POSTHORN_TRY(const auto application, database.ask_number("PRAGMA application_id"));
    POSTHORN_TRY(const auto tables, database.ask_number("SELECT count(*) FROM sqlite_schema"));
    const bool is_new = version == 0 && tables == 0;
    if (!is_new && application != kApplicationId)
        return fail(Errc::corrupt, "This database is not Posthorn's store: name another folder with --data",
                    database.file());
    if (version > newest)
        return fail(Errc::unsupported,
                    "The store has layout version " + std::to_string(version) + ", this program knows up to " +
                        std::to_string(newest) + ": run the version of Posthorn that wrote it or a newer one",
                    database.file());
    if (version == newest) return {};

    // Both are fixed once the first page is written; neither works within a transaction.
    if (is_new) POSTHORN_CHECK(database.execute("PRAGMA page_size=16384; PRAGMA auto_vacuum=INCREMENTAL"));
    POSTHORN_TRY(auto transaction, Transaction::begin(database, Transaction::Kind::write));
    for (auto step = version; step < newest; ++step) {
        const auto& [sql, then] = steps[static_cast<std::size_t>(step)];
        POSTHORN_CHECK(database.execute(sql));
        if (then != nullptr && !is_new) POSTHORN_CHECK(then(database));
    }
    POSTHORN_CHECK(database.execute("PRAGMA application_id=" + std::to_string(kApplicationId) +
                                    "; PRAGMA user_version=" + std::to_string(newest)));
    return transaction.commit();
}

}  // namespace posthorn::state
