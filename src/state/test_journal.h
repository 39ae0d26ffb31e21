#pragma once
// For this module's tests: records in the order of a journal, and a folder that goes away.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/id.h"
#include "model/record.h"
#include "state/state.h"
#include "wire/record_codec.h"

namespace posthorn::state {

class TestFolder {
public:
    TestFolder() {
        // In memory where there is such a place: these tests sync thousands of times.
        const std::filesystem::path memory = "/dev/shm";
        const bool has_memory = access(memory.c_str(), W_OK) == 0;
        std::string name =
            ((has_memory ? memory : std::filesystem::temp_directory_path()) / "posthorn-state-XXXXXX").string();
        POSTHORN_ASSERT(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }
    std::string file() const { return path_ + "/posthorn.db"; }

private:
    std::string path_;
};

struct TestEvent {
    TenantId tenant{1};
    std::string type = "jira:issue_created";
    std::vector<model::Target> targets = {{InstallationId{1}, 1}};
    std::string payload = R"({"issue":{"key":"ABC-1"}})";
    model::Idempotency idempotency = {};
};

/// Makes records with growing sequence numbers and ids, on a clock that only it moves.
class TestJournal {
public:
    Moment now = from_epoch_ms(1'790'000'000'000);
    std::vector<Numbered> records;

    void put(const model::Record& record) {
        Numbered numbered{++sequence_, static_cast<std::uint8_t>(wire::kind_of(record)), {}};
        wire::encode(record, numbered.bytes);
        records.push_back(std::move(numbered));
    }

    EventId accept(const TestEvent& wanted = {}) {
        model::Event event;
        event.id = ids_.next(epoch_ms(now), wanted.targets.size());
        event.tenant = wanted.tenant;
        event.type = wanted.type;
        event.accepted_at = now;
        event.payload = wanted.payload;
        put(model::EventAccepted{std::make_shared<const model::Event>(event), wanted.targets, wanted.idempotency});
        return event.id;
    }

    static model::Attempt answered(Moment at, std::uint16_t status) {
        model::Attempt attempt;
        attempt.number = 1;
        attempt.started_at = at;
        attempt.status = status;
        attempt.times = {-1, -1, -1, 900, 2500};
        attempt.address = "127.0.0.1:8080";
        attempt.url = "http://127.0.0.1:8080/hook?user_id=admin";
        attempt.response_headers = "Content-Length: 0\nServer: test";
        return attempt;
    }

    void end(EventId event, DeliveryId delivery, std::uint16_t status, const model::Verdict& verdict) {
        put(model::AttemptEnded{delivery, event, InstallationId{1}, 1, answered(now, status), verdict});
    }
    void deliver(EventId event, std::size_t place = 0) { end(event, delivery_of(event, place), 200, {}); }
    void fail_until(EventId event, Moment retry_at, std::size_t place = 0) {
        end(event, delivery_of(event, place), 503, {model::DeliveryState::retrying, model::DeadReason::none, retry_at});
    }
    void kill(EventId event, std::size_t place = 0) {
        end(event, delivery_of(event, place), 404, {model::DeliveryState::dead, model::DeadReason::status, {}});
    }

    DeliveryId replay(EventId event, DeliveryId of, model::Target target = {InstallationId{1}, 1}) {
        model::Delivery delivery;
        delivery.id = delivery_of(ids_.next(epoch_ms(now), 1), 0);
        delivery.event = event;
        delivery.installation = target.installation;
        delivery.webhook = target.webhook;
        delivery.due_at = delivery.made_at = now;
        delivery.replay_of = of;
        delivery.order = target.order;
        put(model::DeliveriesMade{{delivery}});
        return delivery.id;
    }

    /// What was put since the last call.
    std::vector<Numbered> take() { return std::exchange(records, {}); }

private:
    std::uint64_t sequence_ = 0;
    IdSource ids_{0};
};

}  // namespace posthorn::state
