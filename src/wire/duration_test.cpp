#include "wire/duration.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace posthorn::wire {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsANumberAndAUnit) {
    EXPECT_EQ(*parse_duration("500ms"), 500ms);
    EXPECT_EQ(*parse_duration("30s"), 30s);
    EXPECT_EQ(*parse_duration("2m"), 2min);
    EXPECT_EQ(*parse_duration("3h"), 3h);
    EXPECT_EQ(*parse_duration("14d"), 14 * 24h);
    EXPECT_EQ(*parse_duration("0s"), 0ms);
    EXPECT_EQ(*parse_duration("36500d"), 36500 * 24h);
}

TEST(Duration, RefusesOtherThings) {
    for (const std::string_view text : {"", "s", "5", "-5s", "+5s", "1.5s", "5 s", " 5s", "5S", "5w", "5ss", "36501d",
                                        "99999999999999999999d", "9223372036854775807d", "9223372036854775807ms"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Duration, IsWrittenInTheLargestWholeUnit) {
    EXPECT_EQ(format_duration(0ms), "0s");
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(format_duration(90s), "90s");
    EXPECT_EQ(format_duration(120s), "2m");
    EXPECT_EQ(format_duration(24h), "1d");
    EXPECT_EQ(format_duration(25h), "25h");
}

TEST(Rate, IsACountAndATime) {
    EXPECT_EQ(*parse_rate("100/s"), (Rate{100, 1000ms}));
    EXPECT_EQ(*parse_rate("10/m"), (Rate{10, 60s}));
    EXPECT_EQ(*parse_rate("1/h"), (Rate{1, 3600s}));
    for (const std::string_view text :
         {"", "100", "/s", "0/s", "-1/s", "1/ms", "1/d", "1/2s", "1 /s", "1000001/s", "1.5/s"}) {
        EXPECT_FALSE(parse_rate(text)) << text;
    }
}

RC_GTEST_PROP(DurationProperties, ReadingUndoesWriting, ()) {
    const Millis duration(*rc::gen::inRange<std::int64_t>(0, Millis(std::chrono::days(36500)).count()));
    RC_ASSERT(*parse_duration(format_duration(duration)) == duration);
    const Millis whole = std::chrono::hours(*rc::gen::inRange(0, 876000));
    RC_ASSERT(*parse_duration(format_duration(whole)) == whole);
    const Rate rate{*rc::gen::inRange<std::uint32_t>(1, 1'000'001), *rc::gen::element<Millis>(1s, 60s, 3600s)};
    RC_ASSERT(*parse_rate(format_rate(rate)) == rate);
}

}  // namespace
}  // namespace posthorn::wire
