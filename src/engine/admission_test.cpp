#include "engine/admission.h"

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

using namespace std::chrono_literals;

struct AdmissionTest : testing::Test {
    AdmissionLimits limits{.waiting_max = 1000, .store_bytes_max = 10'000, .disk_free_bytes_min = 0, .folder = ""};
    AdmissionLoad load{
        .waiting = 0, .store_bytes = 0, .can_prune = true, .journal_free_bytes = 100, .journal_bytes = 100};
    Moment now = from_epoch_ms(1'790'000'000'000);
};

TEST_F(AdmissionTest, WithinAllLimitsEventsAreTaken) {
    Admission admission(limits);
    EXPECT_EQ(admission.decide(load, now), Refusal::none);
    EXPECT_EQ(words_of(Refusal::none), "");
}

TEST_F(AdmissionTest, ABacklogThatReachedItsLimitMustShrinkByAFiftieth) {
    Admission admission(limits);
    load.waiting = 1000;
    EXPECT_EQ(admission.decide(load, now), Refusal::backlog);
    load.waiting = 981;
    EXPECT_EQ(admission.decide(load, now), Refusal::backlog);
    load.waiting = 980;
    EXPECT_EQ(admission.decide(load, now), Refusal::none);
    load.waiting = 999;
    EXPECT_EQ(admission.decide(load, now), Refusal::none);

    limits.waiting_max = 20;
    Admission small(limits);
    load.waiting = 20;
    EXPECT_EQ(small.decide(load, now), Refusal::backlog);
    EXPECT_EQ(small.decide(load, now), Refusal::backlog);
}

TEST_F(AdmissionTest, AStoreOverItsLimitRefusesOnlyWhenNothingCanBePruned) {
    Admission admission(limits);
    load.store_bytes = 20'000;
    EXPECT_EQ(admission.decide(load, now), Refusal::none);
    load.can_prune = false;
    EXPECT_EQ(admission.decide(load, now), Refusal::store_limit);
}

TEST_F(AdmissionTest, WithoutALimitTheStoreMayGrow) {
    limits.store_bytes_max = 0;
    Admission admission(limits);
    load.store_bytes = std::uint64_t{1} << 60;
    load.can_prune = false;
    EXPECT_EQ(admission.decide(load, now), Refusal::none);
}

TEST_F(AdmissionTest, TheLastQuarterOfTheJournalIsForOutcomes) {
    Admission admission(limits);
    load.journal_free_bytes = 24;
    EXPECT_EQ(admission.decide(load, now), Refusal::applier);
}

TEST_F(AdmissionTest, ADiskWithLessThanAskedForIsLow) {
    // No disk has so much free, so the twentieth of the disk counts: a disk that is nearly full anyway is low too.
    limits.folder = "/proc";  // Has no blocks at all, so never low.
    limits.disk_free_bytes_min = std::uint64_t{1} << 62;
    EXPECT_EQ(Admission(limits).decide(load, now), Refusal::none);
    limits.folder = "/does/not/exist";
    EXPECT_EQ(Admission(limits).decide(load, now), Refusal::none) << "what can't be asked is no reason to refuse";
}

}  // namespace
}  // namespace posthorn::engine
