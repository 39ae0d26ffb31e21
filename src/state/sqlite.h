#pragma once
// SQLite's C API with owners and Results: a connection, its cached statements, a transaction.

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "base/id.h"
#include "base/moment.h"
#include "base/result.h"

namespace posthorn::state {

/// Bytes that are bound as a BLOB; a plain std::string_view is bound as TEXT.
struct Blob {
    std::string_view bytes;
};

/// A statement borrowed from its connection's cache; reset when it goes. What is bound must outlive the steps, for
/// it is not copied. One at a time per SQL text. The connection's thread.
class Statement {
public:
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Statement& operator=(Statement&&) = delete;
    ~Statement() { reset(); }

    /// Binds all parameters, in order: numbers, enumerators, ids, moments, text, Blob, std::nullopt for NULL.
    template <class... Values>
    Statement& bind(const Values&... values) {
        int place = 0;
        (bind_one(++place, values), ...);
        return *this;
    }

    /// True when there is a row. Errors: as Database.
    Result<bool> step();
    /// Steps to the end and resets, so that it can be bound again.
    Result<void> run();
    void reset();

    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    Moment moment(int column) const { return from_epoch_ms(integer(column)); }
    bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    /// Text or blob; valid until the next step.
    std::string_view bytes(int column) const;

private:
    void bind_one(int place, std::nullopt_t) { note(sqlite3_bind_null(statement_, place)); }
    void bind_one(int place, std::string_view text) {
        note(sqlite3_bind_text64(statement_, place, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                                 SQLITE_UTF8));
    }
    void bind_one(int place, Blob blob) {
        note(sqlite3_bind_blob64(statement_, place, blob.bytes.data() ? blob.bytes.data() : "", blob.bytes.size(),
                                 SQLITE_STATIC));
    }
    void bind_one(int place, Moment at) { bind_one(place, epoch_ms(at)); }
    template <class Tag>
    void bind_one(int place, Id<Tag> id) {
        bind_one(place, id.value);
    }
    template <class Number>
        requires std::integral<Number> || std::is_enum_v<Number>
    void bind_one(int place, Number number) {
        note(sqlite3_bind_int64(statement_, place, static_cast<std::int64_t>(number)));
    }
    template <class Value>
    void bind_one(int place, const std::optional<Value>& value) {
        if (value) bind_one(place, *value);
        else bind_one(place, std::nullopt);
    }
    void note(int code) {
        if (code != SQLITE_OK && bind_code_ == SQLITE_OK) bind_code_ = code;
    }

    sqlite3_stmt* statement_;
    int bind_code_ = SQLITE_OK;
};

enum class Access { write, read };

/// One connection; one thread at a time. Errors of all its operations: full (disk or page budget), corrupt (the file
/// is damaged or no database), conflict (a constraint), io (everything else); each has SQLite's words and the file.
class Database {
public:
    /// Opens, and with `write` makes, the file.
    static Result<Database> open(const std::string& file, Access access);

    Database(Database&&) noexcept = default;
    Database& operator=(Database&&) = delete;
    ~Database();

    /// Runs SQL that gives no rows; several statements may be in it.
    Result<void> execute(const std::string& sql);
    /// `sql` must live as long as the connection: a literal.
    Result<Statement> prepare(const char* sql);
    /// The first column of the first row, or nothing. For PRAGMAs and counts; not cached.
    Result<std::optional<std::int64_t>> ask_number(const std::string& sql);

    int changes() const { return sqlite3_changes(handle_.get()); }
    bool is_in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
    sqlite3* handle() { return handle_.get(); }
    const std::string& file() const { return file_; }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

    std::unique_ptr<sqlite3, Close> handle_;
    std::string file_;
    std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// The Error of a failed call on `handle`, with SQLite's words.
Error sqlite_error(sqlite3* handle, int code);

/// Rolls back unless committed.
class Transaction {
public:
    enum class Kind { write, read };
    static Result<Transaction> begin(Database& database, Kind kind);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace posthorn::state
