// The law of the state: however the same records fall into groups, every query answers as a plain model in memory.

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "state/reader.h"
#include "state/test_journal.h"

namespace posthorn::state {

bool operator==(const DeliveryRow& a, const DeliveryRow& b) {
    return a.delivery == b.delivery && a.tenant == b.tenant && a.event_type == b.event_type &&
           a.ended_at == b.ended_at && a.last_status == b.last_status && a.last_failure == b.last_failure &&
           a.last_total_us == b.last_total_us;
}

std::ostream& operator<<(std::ostream& out, const DeliveryRow& row) {
    return out << to_string(row.delivery.id) << " " << to_string(row.delivery.state) << " attempts "
               << row.delivery.attempts << " due " << epoch_ms(row.delivery.due_at);
}

namespace {

using model::DeliveryState;

constexpr std::array<const char*, 3> kTypes = {"jira:issue_created", "jira:issue_updated", "page_created"};

/// What the records say, in the plainest way.
struct Model {
    struct Known {
        DeliveryRow row;
        std::vector<model::Attempt> attempts;
    };
    struct KnownEvent {
        model::Event event;
        std::uint32_t deliveries = 0;
    };
    std::map<std::uint64_t, KnownEvent> events;
    std::map<std::uint64_t, Known> deliveries;
    std::map<std::pair<std::uint64_t, std::string>, Earlier> keys;
    std::map<std::pair<std::string, std::string>, std::string> registry;

    void apply(const model::EventAccepted& accepted) {
        const auto& event = *accepted.event;
        const auto count = static_cast<std::uint32_t>(accepted.targets.size());
        events[event.id.value] = {event, count};
        for (std::size_t place = 0; place < count; ++place) {
            auto& row = deliveries[delivery_of(event.id, place).value].row;
            row.delivery.id = delivery_of(event.id, place);
            row.delivery.event = event.id;
            row.delivery.installation = accepted.targets[place].installation;
            row.delivery.webhook = accepted.targets[place].webhook;
            row.delivery.due_at = row.delivery.made_at = event.accepted_at;
            row.tenant = event.tenant;
            row.event_type = event.type;
        }
        if (!accepted.idempotency.key.empty())
            keys[{event.tenant.value, accepted.idempotency.key}] = {event.id, event.type,
                                                                    accepted.idempotency.payload_hash, count};
    }
    void apply(const model::AttemptEnded& ended) {
        auto& known = deliveries.at(ended.delivery.value);
        auto& delivery = known.row.delivery;
        known.attempts.push_back(ended.attempt);
        ++delivery.attempts;
        known.row.ended_at = ended.attempt.started_at + Millis(ended.attempt.times.total_us / 1000);
        known.row.last_status = ended.attempt.status;
        known.row.last_failure = ended.attempt.failure;
        known.row.last_total_us = ended.attempt.times.total_us;
        if (is_final(delivery.state)) return;
        delivery.state = ended.verdict.state;
        delivery.reason = ended.verdict.reason;
        delivery.due_at = is_final(delivery.state) ? Moment{} : ended.verdict.retry_at;
    }
    void apply(const model::DeliveriesMade& made) {
        for (const auto& delivery : made.deliveries) {
            const auto& event = events.at(delivery.event.value).event;
            deliveries[delivery.id.value].row = {delivery, event.tenant, event.type, {}, 0, {}, -1};
        }
    }
    void cancel(DeliveryRow& row) {
        if (is_final(row.delivery.state)) return;
        row.delivery.state = DeliveryState::cancelled;
        row.delivery.due_at = {};
        row.delivery.reason = {};
    }
    void apply(const model::DeliveriesCancelled& cancelled) {
        for (const auto id : cancelled.deliveries) cancel(deliveries.at(id.value).row);
        for (auto& [id, known] : deliveries)
            if (cancelled.installation && known.row.delivery.installation == cancelled.installation) cancel(known.row);
    }
    void apply(const model::DeliveriesExpired& expired) {
        for (const auto id : expired.deliveries) {
            auto& delivery = deliveries.at(id.value).row.delivery;
            if (is_final(delivery.state)) continue;
            delivery.state = DeliveryState::dead;
            delivery.reason = model::DeadReason::deadline;
            delivery.due_at = {};
        }
    }
    void apply(const model::DeliveriesRescheduled& rescheduled) {
        for (auto& [id, known] : deliveries)
            if (known.row.delivery.installation == rescheduled.installation && !is_final(known.row.delivery.state))
                known.row.delivery.due_at = rescheduled.due_at;
    }
    void apply(const model::RegistryChanged& changed) {
        for (const auto& row : changed.rows)
            if (row.value) registry[{row.kind, row.key}] = *row.value;
            else registry.erase({row.kind, row.key});
    }

    std::vector<DeliveryRow> list(const DeliveryFilter& filter) const {
        std::vector<DeliveryRow> rows;
        for (const auto& [id, known] : deliveries) {
            const auto& row = known.row;
            if (row.tenant == filter.tenant && (!filter.state || row.delivery.state == *filter.state) &&
                (!filter.event_type || row.event_type == *filter.event_type) &&
                (!filter.installation || row.delivery.installation == *filter.installation) &&
                (!filter.since || row.delivery.made_at >= *filter.since) &&
                (!filter.until || row.delivery.made_at < *filter.until))
                rows.insert(rows.begin(), row);
        }
        return rows;
    }
};

int up_to(int max) { return *rc::gen::resize(100, rc::gen::inRange(0, max + 1)); }

/// Random records that a journal could hold, with the model that follows them.
struct Story {
    TestJournal journal;
    Model model;
    std::vector<std::pair<EventId, DeliveryId>> known;

    void tell(int records) {
        for (int i = 0; i < records; ++i) {
            if (up_to(2) == 0) journal.now += Millis(up_to(1) == 0 ? up_to(20) : up_to(20'000));
            add();
            follow();
        }
    }

    void add() {
        const auto chance = up_to(99);
        if (known.empty() || chance < 25) return accept();
        const auto [event, delivery] =
            known[known.size() - 1 -
                  static_cast<std::size_t>(up_to(static_cast<int>(std::min<std::size_t>(known.size() - 1, 9))))];
        const model::Target target{InstallationId{static_cast<std::uint64_t>(up_to(2) + 1)}, 1};
        if (chance < 85) return end(event, delivery);
        if (chance < 89) {
            known.emplace_back(event, journal.replay(event, up_to(1) == 0 ? delivery : DeliveryId{}, target));
            return;
        }
        if (chance < 92) return journal.put(model::DeliveriesCancelled{{delivery}, {}, journal.now});
        if (chance < 94) return journal.put(model::DeliveriesCancelled{{}, target.installation, journal.now});
        if (chance < 95) return journal.put(model::DeliveriesExpired{{delivery}, journal.now});
        if (chance < 97)
            return journal.put(model::DeliveriesRescheduled{target.installation, journal.now + Millis(up_to(9))});
        const std::string key(1, static_cast<char>('a' + up_to(2)));
        journal.put(model::RegistryChanged{{{"kind", key, up_to(2) == 0 ? std::nullopt : std::optional(key + "=")}}});
    }

    void accept() {
        TestEvent event;
        event.tenant = TenantId{static_cast<std::uint64_t>(up_to(1) + 1)};
        event.type = kTypes[static_cast<std::size_t>(up_to(2))];
        event.payload = std::string(static_cast<std::size_t>(up_to(40)), 'p');
        event.targets.clear();
        for (int i = up_to(3); i > 0; --i)
            event.targets.push_back(
                {InstallationId{static_cast<std::uint64_t>(up_to(2) + 1)}, static_cast<WebhookNumber>(up_to(2))});
        if (up_to(3) == 0)
            event.idempotency = {std::string(1, static_cast<char>('a' + up_to(3))), std::string(32, 'h')};
        const auto id = journal.accept(event);
        for (std::size_t place = 0; place < event.targets.size(); ++place)
            known.emplace_back(id, delivery_of(id, place));
    }

    void end(EventId event, DeliveryId delivery) {
        const auto chance = up_to(9);
        if (chance < 7) return journal.end(event, delivery, 200, {});
        if (chance < 9)
            return journal.end(event, delivery, 503,
                               {DeliveryState::retrying, model::DeadReason::none, journal.now + Millis(up_to(5000))});
        journal.end(event, delivery, 404, {DeliveryState::dead, model::DeadReason::status, {}});
    }

    void follow() {
        const auto& last = journal.records.back();
        const auto record = wire::decode_record(last.kind, last.bytes);
        RC_ASSERT(record.has_value());
        std::visit([&](const auto& one) { model.apply(one); }, *record);
    }
};

void apply_in_groups(State& state, const std::vector<Numbered>& records, int group_max) {
    for (std::size_t at = 0; at < records.size();) {
        const auto size = std::min(records.size() - at, static_cast<std::size_t>(up_to(group_max - 1) + 1));
        const auto lists = up_to(2) == 0 ? Lists::now : Lists::later;
        RC_ASSERT(state.apply(std::span(records).subspan(at, size), lists).has_value());
        at += size;
    }
}

void check_one_by_one(Reader& reader, const Model& model) {
    std::map<std::uint64_t, std::vector<DeliveryRow>> by_event;
    for (const auto& [id, known] : model.deliveries) {
        by_event[known.row.delivery.event.value].push_back(known.row);
        const auto detail = reader.delivery(DeliveryId{id});
        RC_ASSERT(detail.has_value());
        RC_ASSERT(detail->row == known.row);
        RC_ASSERT(detail->attempts == known.attempts);
        RC_ASSERT(*detail->event == model.events.at(known.row.delivery.event.value).event);
    }
    for (const auto& [id, known] : model.events) {
        const auto event = reader.event(EventId{id});
        RC_ASSERT(event.has_value());
        RC_ASSERT(**event == known.event);
        const auto rows = reader.deliveries_of(EventId{id});
        RC_ASSERT(rows.has_value());
        RC_ASSERT(*rows == by_event[id]);
        const auto behind_last = delivery_of(EventId{id}, known.deliveries);
        RC_ASSERT(reader.delivery(behind_last).error().code == Errc::not_found);
    }
}

void check_lists(Reader& reader, const Model& model, Moment now) {
    for (std::uint64_t tenant = 1; tenant <= 2; ++tenant) {
        DeliveryFilter filter{TenantId{tenant}, {}, {}, {}, {}, {}};
        if (up_to(1)) filter.installation = InstallationId{static_cast<std::uint64_t>(up_to(3) + 1)};
        if (up_to(1)) filter.event_type = kTypes[static_cast<std::size_t>(up_to(2))];
        if (up_to(1)) filter.state = static_cast<DeliveryState>(up_to(4));
        if (up_to(2) == 0) filter.since = now - Millis(up_to(60'000));
        if (up_to(2) == 0) filter.until = now - Millis(up_to(60'000));
        std::vector<DeliveryRow> rows;
        std::optional<std::uint64_t> cursor;
        const auto limit = static_cast<std::size_t>(up_to(6)) + 1;
        do {
            const auto page = reader.deliveries(filter, cursor, limit);
            RC_ASSERT(page.has_value());
            RC_ASSERT(page->rows.size() <= limit);
            RC_ASSERT(!page->next || !cursor || *page->next < *cursor);
            rows.insert(rows.end(), page->rows.begin(), page->rows.end());
            cursor = page->next;
        } while (cursor);
        RC_ASSERT(rows == model.list(filter));
        RC_ASSERT(*reader.count_deliveries(filter, 1000) == (Count{rows.size(), true}));
        if (rows.size() > 1) {
            const auto some = *reader.count_deliveries(filter, rows.size() - 1);
            RC_ASSERT(!some.is_all);
            RC_ASSERT(some.deliveries < rows.size());
        }

        std::vector<std::uint64_t> events, wanted;
        do {
            const auto page =
                reader.events(filter.tenant, filter.event_type, filter.since, filter.until, cursor, limit);
            RC_ASSERT(page.has_value());
            RC_ASSERT(!page->next || !cursor || *page->next < *cursor);
            for (const auto& row : page->rows) {
                events.push_back(row.id.value);
                const auto& known = model.events.at(row.id.value);
                RC_ASSERT(row.deliveries == known.deliveries);
                RC_ASSERT(row.type == known.event.type);
            }
            cursor = page->next;
        } while (cursor);
        for (const auto& [id, known] : model.events)
            if (known.event.tenant == filter.tenant && (!filter.event_type || known.event.type == *filter.event_type) &&
                (!filter.since || known.event.accepted_at >= *filter.since) &&
                (!filter.until || known.event.accepted_at < *filter.until))
                wanted.insert(wanted.begin(), id);
        RC_ASSERT(events == wanted);
    }
}

void check_waiting(Reader& reader, const Model& model, Moment now) {
    std::map<std::uint64_t, std::vector<DeliveryRow>> waiting;
    for (const auto& [id, known] : model.deliveries)
        if (!is_final(known.row.delivery.state)) waiting[known.row.delivery.installation.value].push_back(known.row);
    const auto oldest = reader.oldest_waiting();
    RC_ASSERT(oldest.has_value());
    std::optional<std::uint64_t> lowest;
    for (const auto& [installation, rows] : waiting)
        for (const auto& row : rows) lowest = std::min(lowest.value_or(row.delivery.id.value), row.delivery.id.value);
    RC_ASSERT(oldest->has_value() == lowest.has_value());
    if (lowest) RC_ASSERT(**oldest == model.deliveries.at(*lowest).row.delivery.made_at);
    const auto found = reader.waiting();
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->size() == waiting.size());
    for (const auto& one : *found) {
        auto& rows = waiting.at(one.installation.value);
        std::ranges::stable_sort(rows, {}, [](const DeliveryRow& row) { return row.delivery.due_at; });
        RC_ASSERT(one.deliveries == rows.size());
        RC_ASSERT(one.oldest ==
                  std::ranges::min(rows, {}, [](const DeliveryRow& row) { return row.delivery.id; }).delivery.id);
        const auto last = rows[static_cast<std::size_t>(up_to(static_cast<int>(rows.size()) - 1))].delivery.id.value;
        const auto up_to_last =
            std::ranges::count_if(rows, [&](const auto& row) { return row.delivery.id.value <= last; });
        RC_ASSERT(reader.waiting_up_to(one.installation, last, 1000)->size() == static_cast<std::size_t>(up_to_last));
        RC_ASSERT(one.first_due == rows.front().delivery.due_at);
        const auto limit = static_cast<std::size_t>(up_to(5));
        const auto answer = reader.due(one.installation, now, limit);
        RC_ASSERT(answer.has_value());
        std::size_t at = 0;
        for (; at < rows.size() && at < limit && rows[at].delivery.due_at <= now; ++at) {
            RC_ASSERT(at < answer->due.size());
            RC_ASSERT(answer->due[at].delivery == rows[at].delivery);
            RC_ASSERT(answer->due[at].event->id == rows[at].delivery.event);
        }
        RC_ASSERT(answer->due.size() == at);
        RC_ASSERT(answer->next_due == (at < rows.size() ? std::optional(rows[at].delivery.due_at) : std::nullopt));
    }
}

void check(Reader& reader, const Model& model, Moment now) {
    check_one_by_one(reader, model);
    check_lists(reader, model, now);
    check_waiting(reader, model, now);
    for (const auto& [key, earlier] : model.keys) {
        const auto found = reader.idempotency(TenantId{key.first}, key.second, Moment{});
        RC_ASSERT(found.has_value() && found->has_value());
        RC_ASSERT((*found)->event == earlier.event);
        RC_ASSERT((*found)->type == earlier.type);
        RC_ASSERT((*found)->payload_hash == earlier.payload_hash);
        RC_ASSERT((*found)->deliveries == earlier.deliveries);
    }
    std::vector<model::RegistryRow> registry;
    for (const auto& [key, value] : model.registry) registry.push_back({key.first, key.second, value});
    RC_ASSERT(*reader.registry() == registry);
}

RC_GTEST_PROP(StateProp, EveryGroupingAnswersAsTheModel, ()) {
    Story story;
    story.tell(up_to(99) + 1);
    const auto records = story.journal.take();
    for (const int group_max : {1000, 20, 6, 1}) {
        TestFolder folder;
        auto state = State::open(folder.path());
        RC_ASSERT(state.has_value());
        apply_in_groups(**state, records, group_max);
        RC_ASSERT((*state)->apply({}, Lists::now).has_value());
        auto reader = (*state)->make_reader();
        RC_ASSERT(reader.has_value());
        // A small bound makes pages end within spans and between the two sources.
        if (up_to(1)) static_cast<SqliteReader&>(**reader).set_examined_max(static_cast<std::size_t>(up_to(30)) + 1);
        check(**reader, story.model, story.journal.now);
    }
}

RC_GTEST_PROP(StateProp, ReopeningAndRepeatingRecordsChangesNothing, ()) {
    Story story;
    story.tell(up_to(60) + 2);
    const auto records = story.journal.take();
    TestFolder folder;
    const auto first = static_cast<std::size_t>(up_to(static_cast<int>(records.size()) - 1));
    {
        auto state = State::open(folder.path());
        RC_ASSERT(state.has_value());
        apply_in_groups(**state, {records.begin(), records.begin() + static_cast<std::ptrdiff_t>(first)}, 20);
    }
    auto state = State::open(folder.path());
    RC_ASSERT(state.has_value());
    RC_ASSERT((*state)->opened().applied == first);
    RC_ASSERT((*state)->apply(records).has_value());
    RC_ASSERT((*state)->apply(records).has_value());
    RC_ASSERT((*state)->opened().applied == records.size());
    auto reader = (*state)->make_reader();
    RC_ASSERT(reader.has_value());
    check(**reader, story.model, story.journal.now);
}

RC_GTEST_PROP(StateProp, PruningTakesAllOldFinalEventsAndNothingElse, ()) {
    Story story;
    story.tell(up_to(60) + 1);
    const auto records = story.journal.take();
    TestFolder folder;
    auto state = State::open(folder.path());
    RC_ASSERT(state.has_value());
    apply_in_groups(**state, records, 20);
    const auto before = story.journal.now - Millis(up_to(40'000));

    auto& model = story.model;
    std::set<std::uint64_t> gone;
    for (const auto& [id, known] : model.events)
        if (known.event.accepted_at < before) gone.insert(id);
    for (const auto& [id, known] : model.deliveries)
        if (!is_final(known.row.delivery.state)) gone.erase(known.row.delivery.event.value);
    std::erase_if(model.events, [&](const auto& entry) { return gone.contains(entry.first); });
    std::erase_if(model.deliveries,
                  [&](const auto& entry) { return gone.contains(entry.second.row.delivery.event.value); });

    std::size_t removed = 0;
    while (true) {
        const auto some = (*state)->prune(before, 3);
        RC_ASSERT(some.has_value());
        if (*some == 0) break;
        removed += *some;
    }
    RC_ASSERT(removed == gone.size());
    auto reader = (*state)->make_reader();
    RC_ASSERT(reader.has_value());
    check(**reader, model, story.journal.now);
    for (const auto id : gone) RC_ASSERT((*reader)->event(EventId{id}).error().code == Errc::not_found);
}

}  // namespace
}  // namespace posthorn::state
