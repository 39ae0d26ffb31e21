#pragma once
// The State over SQLite.

#include <memory>
#include <string>

#include "base/result.h"
#include "state/applier.h"
#include "state/checkpointer.h"
#include "state/pruner.h"
#include "state/sqlite.h"
#include "state/state.h"

namespace posthorn::state {

class SqliteState final : public State {
public:
    static Result<std::unique_ptr<SqliteState>> open(const std::string& file, const OpenOptions& options);

    const Opened& opened() const override { return opened_; }
    std::uint64_t waiting() const override { return waiting_; }
    double open_share() const override { return open_share_; }
    Result<void> set_key_check(const std::string& value) override;
    Result<void> apply(std::span<const Numbered> records, Lists lists) override;
    Result<std::size_t> prune(Moment before, std::size_t events_max) override;
    Result<std::uint64_t> used_bytes() override;
    Result<std::unique_ptr<Reader>> make_reader() override;

private:
    explicit SqliteState(Database database) : database_(std::move(database)), applier_(database_), pruner_(database_) {}

    Result<void> prepare(const OpenOptions& options);
    Result<void> read_meta();
    Result<void> check_gapless(std::span<const Numbered> records) const;
    Result<void> apply_in_transaction(std::span<const Numbered> records, bool writes_lists);
    /// What a crash took from memory before it was written.
    Result<void> list_again();
    Result<void> put_meta(std::string_view key, std::uint64_t value);

    Database database_;
    Applier applier_;
    Pruner pruner_;
    std::unique_ptr<Checkpointer> checkpointer_;
    Opened opened_;
    std::uint64_t listed_ = 0;  // Up to this id lists have everything.
    std::uint64_t waiting_ = 0;
    double open_share_ = 0;
};

}  // namespace posthorn::state
