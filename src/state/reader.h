#pragma once
// The queries, each within one read transaction of a connection of its own.

#include <memory>
#include <string>

#include "base/result.h"
#include "state/sqlite.h"
#include "state/state.h"
#include "state/type_numbers.h"

namespace posthorn::state {

class SqliteReader final : public Reader {
public:
    /// Ids that a list examines at most before it answers a partial page; each may be a page of the file.
    static constexpr std::size_t kExaminedMax = 5000;

    /// Errors: as Database.
    static Result<std::unique_ptr<SqliteReader>> open(const std::string& file);

    Result<std::vector<model::RegistryRow>> registry() override;
    Result<std::vector<Waiting>> waiting() override;
    Result<std::optional<Moment>> oldest_waiting() override;
    Result<DueAnswer> due(InstallationId installation, Moment now, std::size_t deliveries_max) override;
    Result<std::vector<DeliveryId>> waiting_up_to(InstallationId installation, std::uint64_t last,
                                                  std::size_t deliveries_max) override;
    Result<model::EventPtr> event(EventId id) override;
    Result<std::vector<DeliveryRow>> deliveries_of(EventId id) override;
    Result<DeliveryDetail> delivery(DeliveryId id) override;
    Result<DeliveryPage> deliveries(const DeliveryFilter& filter, std::optional<std::uint64_t> cursor,
                                    std::size_t limit) override;
    Result<EventPage> events(TenantId tenant, std::optional<std::string> type, std::optional<Moment> since,
                             std::optional<Moment> until, std::optional<std::uint64_t> cursor,
                             std::size_t limit) override;
    Result<Count> count_deliveries(const DeliveryFilter& filter, std::uint64_t count_max) override;
    Result<std::optional<Earlier>> idempotency(TenantId tenant, const std::string& key, Moment not_before) override;

    /// For tests: a smaller bound.
    void set_examined_max(std::size_t ids) { examined_max_ = ids; }

private:
    explicit SqliteReader(Database database) : database_(std::move(database)), types_(database_) {}

    Result<model::EventPtr> load_event(EventId id);
    Result<DeliveryDetail> read_row_detail(const Statement& row);
    Result<DeliveryDetail> read_folded_detail(DeliveryId id);

    Database database_;
    TypeNumbers types_;
    std::size_t examined_max_ = kExaminedMax;
};

}  // namespace posthorn::state
