#include "state/postings.h"

#include <algorithm>
#include <map>
#include <utility>

#include "wire/record_bytes.h"

namespace posthorn::state {

namespace {

/// Ids in one row: about 1 KB, so that rows stay within their page.
constexpr std::size_t kRowIdsMax = 256;

/// The first id stands in the key; the others are written as differences.
std::string blob_of(const std::uint64_t* ids, std::size_t count) {
    std::string blob;
    wire::RecordWriter writer(blob);
    for (std::size_t i = 1; i < count; ++i) writer.number(ids[i] - ids[i - 1]);
    return blob;
}

Result<void> append_ids(std::uint64_t first, std::string_view blob, std::vector<std::uint64_t>& ids) {
    ids.push_back(first);
    wire::RecordReader reader(blob);
    while (!reader.is_at_end()) ids.push_back(ids.back() + reader.number());
    if (!reader.ok()) return fail(Errc::corrupt, "A row of postings is damaged");
    return {};
}

}  // namespace

std::size_t PostingWriter::Hash::operator()(const Stream& stream) const {
    // Multiplication by an odd constant (Knuth's 64-bit multiplier) spreads the small numbers over the high bits.
    constexpr std::uint64_t kSpread = 6'364'136'223'846'793'005;
    const auto mixed =
        stream.number * kSpread + static_cast<std::uint64_t>(stream.type) * 2 + static_cast<std::uint64_t>(stream.kind);
    return static_cast<std::size_t>((mixed * kSpread) >> 20);
}

void PostingWriter::note(Stream stream, std::uint64_t id) {
    auto& ids = group_[stream];
    // An event often has several webhooks of one installation.
    if (ids.empty() || ids.back() != id) ids.push_back(id);
}

Result<void> PostingWriter::write(std::uint64_t written_before) {
    is_written_ = true;
    // In the key's order: neighbours share their page.
    std::map<std::pair<std::uint64_t, Stream>, std::vector<std::uint64_t>> all;
    for (const auto* noted : {&noted_, &group_})
        for (const auto& [stream, ids] : *noted)
            for (const auto id : ids) all[{id >> kSpanBits, stream}].push_back(id);
    for (auto& [place, ids] : all) {
        const auto& [span, stream] = place;
        std::ranges::sort(ids);
        // Ids grow in the journal's order. Should they ever not, the span is written anew: rows of one stream must not
        // overlap.
        if (ids.front() <= written_before) {
            PostingCursor known(stream);
            auto below = (span + 1) << kSpanBits;
            while (true) {
                POSTHORN_TRY(const auto id, known.next_below(database_, below));
                if (!id || *id >> kSpanBits != span) break;
                ids.push_back(below = *id);
            }
            std::ranges::sort(ids);
            POSTHORN_TRY(auto remove,
                         database_.prepare("DELETE FROM postings WHERE span = ? AND kind = ? AND number = ? "
                                           "AND type = ?"));
            POSTHORN_CHECK(remove.bind(span, stream.kind, stream.number, stream.type).run());
        }
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        POSTHORN_CHECK(write(stream, span, ids));
    }
    return {};
}

Result<void> PostingWriter::write(const Stream& stream, std::uint64_t span, const std::vector<std::uint64_t>& ids) {
    POSTHORN_CHECK(note_span(stream, span));
    POSTHORN_TRY(auto insert,
                 database_.prepare("INSERT INTO postings(span, kind, number, type, first, ids) VALUES(?,?,?,?,?,?)"));
    for (std::size_t at = 0; at < ids.size(); at += kRowIdsMax) {
        const auto blob = blob_of(ids.data() + at, std::min(kRowIdsMax, ids.size() - at));
        insert.bind(span, stream.kind, stream.number, stream.type, ids[at], Blob{blob});
        POSTHORN_CHECK(insert.run());
    }
    return {};
}

Result<void> PostingWriter::note_span(const Stream& stream, std::uint64_t span) {
    if (span != written_span_) {
        in_span_.clear();
        written_span_ = span;
    }
    if (!in_span_.insert(stream).second) return {};
    POSTHORN_TRY(auto insert,
                 database_.prepare("INSERT OR IGNORE INTO spans(kind, number, type, span) VALUES(?,?,?,?)"));
    return insert.bind(stream.kind, stream.number, stream.type, span).run();
}

void PostingWriter::end_group() {
    if (std::exchange(is_written_, false)) {
        noted_.clear();
        noted_count_ = 0;
    } else {
        for (const auto& [stream, of_group] : group_) {
            auto& ids = noted_[stream];
            ids.insert(ids.end(), of_group.begin(), of_group.end());
            noted_count_ += of_group.size();
        }
    }
    group_.clear();
}

void PostingWriter::forget_group() {
    is_written_ = false;
    group_.clear();
    in_span_.clear();
}

Result<void> forget_span(Database& database, std::uint64_t span) {
    POSTHORN_TRY(auto remove_spans,
                 database.prepare("DELETE FROM spans WHERE (kind, number, type, span) IN "
                                  "(SELECT DISTINCT kind, number, type, span FROM postings WHERE span = ?)"));
    POSTHORN_CHECK(remove_spans.bind(span).run());
    POSTHORN_TRY(auto remove, database.prepare("DELETE FROM postings WHERE span = ?"));
    return remove.bind(span).run();
}

Result<std::optional<std::uint64_t>> PostingCursor::next_below(Database& database, std::uint64_t below) {
    while (true) {
        while (!ids_.empty() && ids_.back() >= below) ids_.pop_back();
        if (!ids_.empty()) return std::optional(ids_.back());
        POSTHORN_TRY(const bool loaded, load_below(database, below));
        if (!loaded) return std::optional<std::uint64_t>();
    }
}

Result<bool> PostingCursor::load_below(Database& database, std::uint64_t below) {
    if (below == 0) return false;
    POSTHORN_TRY(auto row, database.prepare("SELECT first, ids FROM postings WHERE span = ? AND kind = ? AND "
                                            "number = ? AND type = ? AND first < ? ORDER BY first DESC LIMIT 1"));
    POSTHORN_TRY(auto earlier, database.prepare("SELECT span FROM spans WHERE kind = ? AND number = ? AND type = ? "
                                                "AND span <= ? ORDER BY span DESC LIMIT 1"));
    auto span_max = (below - 1) >> kSpanBits;
    while (true) {
        if (!span_ || *span_ > span_max) {
            earlier.reset();
            earlier.bind(stream_.kind, stream_.number, stream_.type, span_max);
            POSTHORN_TRY(const bool has_span, earlier.step());
            if (!has_span) return false;
            span_ = earlier.number(0);
        }
        row.reset();
        row.bind(*span_, stream_.kind, stream_.number, stream_.type, below);
        POSTHORN_TRY(const bool found, row.step());
        if (found) {
            POSTHORN_CHECK(append_ids(row.number(0), row.bytes(1), ids_));
            return true;
        }
        if (*span_ == 0) return false;
        span_max = *span_ - 1;
    }
}

Result<std::vector<TypeNumber>> types_of(Database& database, Stream::Kind kind, std::uint64_t number) {
    POSTHORN_TRY(auto next, database.prepare("SELECT type FROM spans WHERE kind = ? AND number = ? AND type > ? "
                                             "ORDER BY type LIMIT 1"));
    std::vector<TypeNumber> types;
    TypeNumber last = 0;
    while (true) {
        next.reset();
        POSTHORN_TRY(const bool found, next.bind(kind, number, last).step());
        if (!found) return types;
        types.push_back(last = next.integer(0));
    }
}

}  // namespace posthorn::state
