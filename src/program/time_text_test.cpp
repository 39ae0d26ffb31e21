#include "program/time_text.h"

#include <gtest/gtest.h>

namespace posthorn::program {
namespace {

using namespace std::chrono_literals;

const Moment kNow = from_epoch_ms(1'795'555'000'000);

TEST(TimeTextTest, TellsHowLongAgoOrTheDate) {
    EXPECT_EQ(relative_time(kNow, kNow), "now");
    EXPECT_EQ(relative_time(kNow - 12s, kNow), "12 s ago");
    EXPECT_EQ(relative_time(kNow - 5min, kNow), "5 min ago");
    EXPECT_EQ(relative_time(kNow - 3h, kNow), "3 h ago");
    EXPECT_EQ(relative_time(kNow + 30s, kNow), "in 30 s");
    EXPECT_EQ(relative_time(kNow - 48h, kNow).size(), std::string("2026-11-22 20:14").size());
}

TEST(TimeTextTest, SinceIsADurationOrADate) {
    EXPECT_EQ(parse_since("1h", kNow).value(), kNow - 1h);
    EXPECT_EQ(parse_since("3d", kNow).value(), kNow - 72h);
    EXPECT_EQ(epoch_ms(parse_since("2026-11-24T20:14:00Z", kNow).value()), 1'795'551'240'000);
    const auto wrong = parse_since("yesterday", kNow);
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().detail.find("30m"), std::string::npos);
}

TEST(TimeTextTest, AtIsADateOrEpochSeconds) {
    EXPECT_EQ(epoch_ms(parse_at("1795551240").value()), 1'795'551'240'000);
    EXPECT_EQ(epoch_ms(parse_at("1795551240.25").value()), 1'795'551'240'250);
    EXPECT_EQ(epoch_ms(parse_at("2026-11-24T20:14:00.5Z").value()), 1'795'551'240'500);
    for (const auto* wrong : {"", "now", "-5", "12x", "12.", "99999999999999999999", "9999999999999999"})
        EXPECT_FALSE(parse_at(wrong)) << wrong;
}

}  // namespace
}  // namespace posthorn::program
