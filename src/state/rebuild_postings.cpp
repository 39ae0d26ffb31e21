#include "state/rebuild_postings.h"

#include <algorithm>
#include <cstdlib>

#include "base/id_time.h"
#include "state/folded.h"
#include "state/postings.h"

namespace posthorn::state {

namespace {

/// Rows between two writes: a few MB of memory.
constexpr std::size_t kRowsAtOnce = 100'000;

}  // namespace

Result<std::int64_t> write_postings_above(Database& database, std::uint64_t above) {
    PostingWriter postings(database);
    std::int64_t skew = 0;
    std::uint64_t written_to = above;
    std::uint64_t last = above;
    std::size_t rows = 0;
    const auto note = [&](Stream stream, std::uint64_t id, Moment at) {
        postings.note(stream, id);
        skew = std::max(skew, std::abs(epoch_ms_of(id) - epoch_ms(at)));
        last = std::max(last, id);
    };
    const auto write_some = [&]() -> Result<void> {
        rows = 0;
        POSTHORN_CHECK(postings.write(std::exchange(written_to, last)));
        postings.end_group();
        return {};
    };

    POSTHORN_TRY(auto events, database.prepare("SELECT id, tenant, type, accepted_at, folded FROM events "
                                               "WHERE id > ? ORDER BY id"));
    events.bind(above);
    while (true) {
        POSTHORN_TRY(const bool more, events.step());
        if (!more) break;
        const auto id = events.number(0);
        note(stream_of(TenantId{events.number(1)}, events.integer(2)), id, events.moment(3));
        POSTHORN_TRY(const auto all, parse_folded(events.bytes(4)));
        for (const auto& folded : all) note(stream_of(folded.installation, events.integer(2)), id, events.moment(3));
        if (++rows >= kRowsAtOnce) POSTHORN_CHECK(write_some());
    }
    POSTHORN_CHECK(write_some());

    POSTHORN_TRY(auto deliveries, database.prepare("SELECT id, event, tenant, type, installation, made_at, replay_of "
                                                   "FROM deliveries NOT INDEXED WHERE id > ? ORDER BY id"));
    deliveries.bind(above);
    while (true) {
        POSTHORN_TRY(const bool more, deliveries.step());
        if (!more) break;
        const bool is_made = !deliveries.is_null(6);
        const auto id = deliveries.number(is_made ? 0 : 1);
        const auto at = deliveries.moment(5);
        note(stream_of(InstallationId{deliveries.number(4)}, deliveries.integer(3)), id, at);
        if (is_made) note(stream_of(TenantId{deliveries.number(2)}, deliveries.integer(3)), id, at);
        if (++rows >= kRowsAtOnce) POSTHORN_CHECK(write_some());
    }
    POSTHORN_CHECK(write_some());
    return skew;
}

Result<void> rebuild_postings(Database& database) {
    POSTHORN_TRY(const auto skew, write_postings_above(database, 0));
    POSTHORN_TRY(auto put, database.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES('skew', ?)"));
    return put.bind(skew).run();
}

}  // namespace posthorn::state
