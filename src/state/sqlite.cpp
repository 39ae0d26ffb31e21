#include "state/sqlite.h"

#include <cerrno>
#include <utility>

#include "base/assert.h"

namespace posthorn::state {

namespace {

Errc code_of(int primary, int system_errno) {
    switch (primary) {
        case SQLITE_FULL: return Errc::full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt;
        case SQLITE_CONSTRAINT: return Errc::conflict;
        // The file of the WAL's index is grown by other calls than the rest, which don't say FULL.
        case SQLITE_IOERR: return system_errno == ENOSPC ? Errc::full : Errc::io;
        default: return Errc::io;
    }
}

const char* remedy_of(int primary) {
    switch (primary) {
        case SQLITE_FULL: return ": make room on the disk or lower the retention";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ": it is damaged or not Posthorn's store; restore it from a backup or name another folder";
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN: return ": check that the folder exists and that this user may write in it";
        case SQLITE_BUSY: return ": another program holds it; is another posthorn running on this folder?";
        default: return "";
    }
}

}  // namespace

Error sqlite_error(sqlite3* handle, int code) {
    const int primary = code & 0xff;
    const char* file = handle ? sqlite3_db_filename(handle, "main") : nullptr;
    std::string words =
        handle && (sqlite3_errcode(handle) & 0xff) == primary ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    return fail(code_of(primary, handle ? sqlite3_system_errno(handle) : 0),
                "SQLite says: " + words + " (" + std::to_string(code) + ")" + remedy_of(primary), file ? file : "");
}

Result<bool> Statement::step() {
    auto* handle = sqlite3_db_handle(statement_);
    if (bind_code_ != SQLITE_OK) return sqlite_error(handle, std::exchange(bind_code_, SQLITE_OK));
    switch (const int code = sqlite3_step(statement_)) {
        case SQLITE_ROW: return true;
        case SQLITE_DONE: return false;
        default: {
            auto error =
                sqlite_error(handle, sqlite3_extended_errcode(handle) != 0 ? sqlite3_extended_errcode(handle) : code);
            reset();
            return error;
        }
    }
}

Result<void> Statement::run() {
    while (true) {
        POSTHORN_TRY(const bool row, step());
        if (!row) break;
    }
    reset();
    return {};
}

void Statement::reset() {
    if (!statement_) return;
    sqlite3_reset(statement_);  // Its code repeats the last step's, which was reported.
    bind_code_ = SQLITE_OK;
}

std::string_view Statement::bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<Database> Database::open(const std::string& file, Access access) {
    sqlite3* handle = nullptr;
    // A reader opens for writing too: it shares the WAL's index, which it must be able to make.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (access == Access::write ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    Database database(handle, file);
    if (code != SQLITE_OK) {
        auto error = sqlite_error(handle, code);
        error.where = file;
        return error;
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 5000);
    if (access == Access::read) POSTHORN_CHECK(database.execute("PRAGMA query_only=1"));
    return database;
}

Database::~Database() { statements_.clear(); }

Result<void> Database::execute(const std::string& sql) {
    if (const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
        return sqlite_error(handle_.get(), code);
    return {};
}

Result<Statement> Database::prepare(const char* sql) {
    auto& cached = statements_[sql];
    if (!cached) {
        sqlite3_stmt* made = nullptr;
        const int code = sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
        if (code != SQLITE_OK) {
            statements_.erase(sql);
            return sqlite_error(handle_.get(), code);
        }
        cached.reset(made);
    }
    POSTHORN_ASSERT(!sqlite3_stmt_busy(cached.get()));
    return Statement(cached.get());
}

Result<std::optional<std::int64_t>> Database::ask_number(const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    if (const int code = sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &made, nullptr); code != SQLITE_OK)
        return sqlite_error(handle_.get(), code);
    const std::unique_ptr<sqlite3_stmt, Finalize> owner(made);
    Statement statement(made);
    POSTHORN_TRY(const bool row, statement.step());
    return row ? std::optional(statement.integer(0)) : std::nullopt;
}

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    POSTHORN_TRY(auto statement, database.prepare(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN"));
    POSTHORN_CHECK(statement.run());
    return Transaction(database);
}

Result<void> Transaction::commit() {
    POSTHORN_TRY(auto statement, database_->prepare("COMMIT"));
    POSTHORN_CHECK(statement.run());
    database_ = nullptr;
    return {};
}

Transaction::~Transaction() {
    // SQLite itself rolls back after some errors (disk full, for one).
    if (!database_ || !database_->is_in_transaction()) return;
    // A rollback only drops what memory and the WAL's tail hold; it has no error that could be answered.
    if (auto rollback = database_->prepare("ROLLBACK")) static_cast<void>(rollback->run());
}

}  // namespace posthorn::state
