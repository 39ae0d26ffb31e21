// Laws of the log on a disk that loses power, fails and flips bits: what was acknowledged is there, exactly.

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "journal/journal_log.h"
#include "testkit/faulty_disk.h"

namespace posthorn::journal {
namespace {

using testkit::Fault;
using testkit::FaultyDisk;
using testkit::Unsynced;

using Texts = std::vector<std::string>;

/// A log, and beside it what it ought to hold. Each step says what went wrong, or nothing.
class Model {
public:
    explicit Model(std::uint64_t seed) : random_(seed), disk_(seed ^ 0x9e3779b97f4a7c15) {
        options_.segment_bytes = 8192;
        options_.segments_max = 3;
        options_.random = [this] { return random_(); };
    }

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    FaultyDisk& disk() { return disk_; }
    JournalLog& log() { return *log_; }
    bool is_open() const { return log_ != nullptr; }
    const Texts& acknowledged() const { return acknowledged_; }
    std::size_t last_group() const { return last_group_; }
    Sequence released() const { return released_; }
    void close() { log_.reset(); }

    /// Opens the log. Unless the disk fails a call meanwhile, that must work, and show what it ought to.
    std::string open() {
        log_.reset();
        // The state has applied what was released, and perhaps more of what it could read.
        options_.applied = released_ + below(acknowledged_.size() - released_ + 1);
        const auto faults = disk_.faults();
        auto opened = JournalLog::open(disk_, "j", options_);
        if (!opened) {
            if (disk_.faults() > faults && opened.error().code != Errc::corrupt) return {};
            return "open: " + to_string(opened.error());
        }
        log_ = *std::move(opened);
        released_ = options_.applied;
        return settle();
    }

    std::string append() {
        std::vector<Record> group;
        Texts texts;
        for (std::uint64_t count = 1 + below(4); count > 0; --count) {
            const std::uint64_t bytes = below(8) == 0 ? below(900) : below(60);
            texts.push_back(text_of(acknowledged_.size() + texts.size() + 1, bytes));
            group.push_back({static_cast<std::uint8_t>(texts.back().size()), texts.back()});
        }
        const auto appended = log_->append(group);
        if (!appended) {
            attempted_.push_back(std::move(texts));
            return appended.error().code == Errc::corrupt ? to_string(appended.error()) : std::string();
        }
        acknowledge(texts);
        if (*appended != acknowledged_.size()) return "append: sequence " + std::to_string(*appended);
        if (log_->durable() != *appended) return "append: not durable";
        return {};
    }

    void release() {
        released_ += below(acknowledged_.size() - released_ + 1);
        log_->release(released_);
    }

    /// Reads from somewhere behind what is released to the end.
    std::string read() {
        const auto faults = disk_.faults();
        LogReader reader = log_->reader();
        Sequence next = released_ + 1 + below(acknowledged_.size() - released_ + 1);
        for (;;) {
            const auto batch = reader.read(next, below(3000));
            if (!batch && disk_.faults() > faults && batch.error().code != Errc::corrupt) return {};
            if (!batch) return "read: " + to_string(batch.error());
            if (batch->records.empty()) break;
            for (const StoredRecord& record : batch->records) {
                if (record.sequence != next) return "read: wrong sequence";
                if (next > acknowledged_.size()) return "read: a record that was not acknowledged";
                if (record.bytes != acknowledged_[next - 1]) return "read: wrong bytes of " + std::to_string(next);
                if (record.kind != static_cast<std::uint8_t>(record.bytes.size())) return "read: wrong kind";
                ++next;
            }
        }
        return next == acknowledged_.size() + 1 ? std::string() : "read: ends before " + std::to_string(next);
    }

    /// A fault for one of the next calls; whatever comes then may fail.
    void disturb() {
        constexpr Fault kFaults[] = {Fault::no_space, Fault::io_error, Fault::short_write, Fault::late_error,
                                     Fault::power_failure};
        disk_.fail_call(disk_.calls() + 1 + below(30), kFaults[below(5)]);
    }

    void lose_power() {
        log_.reset();
        disk_.lose_power();
    }

private:
    /// Bytes that say which record this is, and differ from try to try.
    std::string text_of(Sequence sequence, std::uint64_t bytes) {
        std::string text = std::to_string(sequence) + "." + std::to_string(random_()) + ".";
        while (text.size() < bytes) text.push_back(static_cast<char>(random_()));
        return text;
    }

    void acknowledge(const Texts& texts) {
        acknowledged_.insert(acknowledged_.end(), texts.begin(), texts.end());
        last_group_ = texts.size();
        attempted_.clear();
    }

    /// After a start: all that was acknowledged, and perhaps one whole group of those that were not.
    std::string settle() {
        const auto faults = disk_.faults();
        const Sequence durable = log_->durable();
        if (durable < acknowledged_.size())
            return "recovery: lost acknowledged records: " + std::to_string(durable) + " of " +
                   std::to_string(acknowledged_.size());
        if (durable == acknowledged_.size()) return read();
        Texts more;
        Sequence next = acknowledged_.size() + 1;
        LogReader reader = log_->reader();
        while (next <= durable) {
            const auto batch = reader.read(next, 1 << 20);
            if (!batch && disk_.faults() > faults && batch.error().code != Errc::corrupt) {
                log_.reset();  // Not known what is in it; the next start will find out.
                return {};
            }
            if (!batch) return "recovery: " + to_string(batch.error());
            for (const StoredRecord& record : batch->records) more.emplace_back(record.bytes);
            next += batch->records.size();
        }
        if (std::ranges::find(attempted_, more) == attempted_.end())
            return "recovery: a record that nobody wrote, or half a group";
        acknowledge(Texts(more));
        return read();
    }

    std::mt19937_64 random_;
    FaultyDisk disk_;
    LogOptions options_;
    std::unique_ptr<JournalLog> log_;
    Texts acknowledged_;
    std::size_t last_group_ = 0;
    std::vector<Texts> attempted_;  // Since the last group that was acknowledged.
    Sequence released_ = 0;
};

/// One random life of a log: `steps` steps with crashes and faults between them.
std::string live(std::uint64_t seed, int steps) {
    Model model(seed);
    std::string wrong;
    for (int step = 0; step < steps && wrong.empty(); ++step) {
        if (model.disk().is_off()) model.lose_power();
        if (!model.is_open() || model.log().is_poisoned()) {
            if (model.below(3) == 0) model.disturb();
            wrong = model.open();
        } else {
            switch (model.below(20)) {
                case 0: model.lose_power(); break;
                case 1: model.close(); break;  // kill -9: what was written is still in the page cache.
                case 2: model.disturb(); break;
                case 3: (void)model.log().prepare(); break;
                case 4:
                case 5: wrong = model.read(); break;
                case 6:
                case 7:
                case 8: model.release(); break;
                default: wrong = model.append();
            }
        }
        if (!wrong.empty()) wrong += " (seed " + std::to_string(seed) + ", step " + std::to_string(step) + ")";
    }
    return wrong;
}

RC_GTEST_PROP(JournalLogProperty, KeepsWhatItAcknowledgedThroughAnyCrashesAndFaults, ()) {
    const auto seed = *rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
    RC_ASSERT(live(seed, 300) == "");
}

/// The same work each time: fills segments, recycles them, starts anew.
std::string work(Model& model) {
    for (int round = 0; round < 3; ++round) {
        if (auto wrong = model.open(); !wrong.empty() || !model.is_open()) return wrong;
        for (int i = 0; i < 12; ++i) {
            if (auto wrong = model.append(); !wrong.empty()) return wrong;
            if (i % 4 == 3) (void)model.log().prepare();
            if (i % 6 == 5 && !model.disk().is_off()) model.release();
            if (model.disk().is_off() || model.log().is_poisoned()) return {};
        }
    }
    return {};
}

TEST(JournalLogSweep, APowerFailureInAnyCallLosesNothingThatWasAcknowledged) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        bool was_off = true;
        for (std::uint64_t call = 1; was_off; ++call) {
            Model model(seed);
            model.disk().fail_call(call, Fault::power_failure);
            auto wrong = work(model);
            was_off = model.disk().is_off();
            ASSERT_EQ(wrong, "") << "seed " << seed << " call " << call;
            // The power fails in each call of the recovery as well, before one is let through.
            for (std::uint64_t inner = 1; inner < 40; inner += 1 + seed % 3) {
                model.lose_power();
                model.disk().fail_call(model.disk().calls() + inner, Fault::power_failure);
                wrong = model.open();
                if (model.disk().is_off()) continue;
                break;
            }
            model.lose_power();
            ASSERT_EQ(model.open(), "") << "seed " << seed << " call " << call;
            ASSERT_EQ(model.append(), "") << "seed " << seed << " call " << call;
            ASSERT_EQ(model.read(), "") << "seed " << seed << " call " << call;
        }
    }
}

TEST(JournalLogSweep, AnErrorOfAnyCallIsReportedAndLosesNothing) {
    for (const Fault fault : {Fault::no_space, Fault::io_error, Fault::short_write, Fault::late_error}) {
        for (std::uint64_t call = 1; call < 120; ++call) {
            Model model(call);
            model.disk().fail_call(call, fault);
            auto wrong = work(model);
            ASSERT_EQ(wrong, "") << "call " << call;
            model.close();
            ASSERT_EQ(model.open(), "") << "call " << call;
            ASSERT_EQ(model.append(), "") << "call " << call;
            model.lose_power();
            ASSERT_EQ(model.open(), "") << "call " << call;
        }
    }
}

RC_GTEST_PROP(JournalLogProperty, NeverReturnsARecordOtherThanTheOneWrittenWhateverBitFlips, ()) {
    const auto seed = *rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
    Model model(seed);
    for (int round = 0; round < 2; ++round) {
        RC_ASSERT(model.open() == "");
        for (std::uint64_t i = 0; i < 20 + model.below(20); ++i) {
            RC_ASSERT(model.append() == "");
            if (i % 8 == 7) model.release();
        }
    }
    const auto paths = model.disk().paths();
    for (int flip = 0; flip < 20; ++flip) {
        const std::string& path = paths[model.below(paths.size())];
        const std::string before = model.disk().contents(path);
        const std::uint64_t bit = model.below(before.size() * 8);
        model.disk().flip_bit(path, bit);

        // The running server: the record as it was, or corrupt.
        const std::string live_read = model.read();
        if (!live_read.empty()) RC_ASSERT(live_read.starts_with("read: " + path) && live_read.ends_with("damaged"));

        // The next start: the same, but that the last group may be taken for a torn one.
        LogOptions options;
        options.segment_bytes = 8192;
        options.segments_max = 3;
        options.applied = model.released();
        const auto opened = JournalLog::open(model.disk(), "j", options);
        if (!opened) {
            RC_ASSERT(opened.error().code == Errc::corrupt);
            RC_ASSERT(opened.error().where == path);
        } else {
            const auto durable = (*opened)->durable();
            const auto acknowledged = model.acknowledged().size();
            RC_ASSERT(durable == acknowledged || durable == acknowledged - model.last_group());
            if (durable < acknowledged) RC_ASSERT((*opened)->recovery().torn_file == path);
            LogReader reader = (*opened)->reader();
            for (Sequence next = options.applied + 1; next <= durable;) {
                const auto batch = reader.read(next, 2000);
                RC_ASSERT(batch.has_value());
                for (const auto& record : batch->records) RC_ASSERT(record.bytes == model.acknowledged()[next++ - 1]);
            }
        }
        model.disk().put(path, before);
        RC_ASSERT(model.open() == "");
    }
}

}  // namespace
}  // namespace posthorn::journal
