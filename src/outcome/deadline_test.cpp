#include "outcome/deadline.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace posthorn::outcome {
namespace {

using namespace std::chrono_literals;

const Moment kStart = from_epoch_ms(1'790'000'000'000);

TEST(Deadline, IsThreeDaysFromTheMaking) {
    EXPECT_EQ(deadline_of(kStart, kDeadline, {}), kStart + 72h);
    EXPECT_EQ(overdue_up_to(kStart, kDeadline, {}), kStart - 72h);
    EXPECT_EQ(age(kStart, kStart + 5h, {}), 5h);
}

TEST(Deadline, PausesDoNotCount) {
    const std::vector<model::Pause> pauses{
        {kStart - 10h, kStart - 5h}, {kStart + 1h, kStart + 11h}, {kStart + 200h, kStart + 201h}};
    EXPECT_EQ(age(kStart, kStart + 12h, pauses), 2h);
    EXPECT_EQ(age(kStart, kStart + 6h, pauses), 1h);
    EXPECT_EQ(deadline_of(kStart, 72h, pauses), kStart + 82h);
    EXPECT_EQ(age(kStart + 5h, kStart + 12h, pauses), 1h) << "made while it was paused";
    EXPECT_EQ(deadline_of(kStart + 5h, 2h, pauses), kStart + 13h);
}

TEST(Deadline, ItsThreeWordsAgreeWhateverThePauses) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::vector<model::Pause> pauses;
        auto at = kStart;
        for (auto left = random() % 6; left > 0; --left) {
            const auto from = at + Millis(random() % 1000);
            at = from + Millis(random() % 1000);
            pauses.push_back({from, at});
        }
        const auto lifetime = Millis(1 + random() % 2000);
        const auto made_at = kStart + Millis(random() % 4000);
        const auto deadline = deadline_of(made_at, lifetime, pauses);
        EXPECT_EQ(age(made_at, deadline, pauses), lifetime);
        EXPECT_LT(age(made_at, deadline - 1ms, pauses), lifetime);
        // A moment within a pause has no making of its own: age stands still there.
        const auto now = deadline + Millis(random() % 500);
        const auto last = overdue_up_to(now, lifetime, pauses);
        EXPECT_GE(age(last, now, pauses), lifetime);
        EXPECT_GE(last, made_at);
        EXPECT_LT(age(last + 1ms, now, pauses), lifetime);
    }
}

}  // namespace
}  // namespace posthorn::outcome
