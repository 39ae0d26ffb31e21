#include "base/moment.h"

#include <gtest/gtest.h>

namespace posthorn {
namespace {

TEST(Moment, PrintsRfc3339WithMilliseconds) {
    EXPECT_EQ(to_rfc3339(from_epoch_ms(1'795'551'240'123)), "2026-11-24T20:14:00.123Z");
    EXPECT_EQ(to_rfc3339(from_epoch_ms(0)), "1970-01-01T00:00:00.000Z");
}

TEST(Moment, ReadsEveryFormOfRfc3339) {
    const auto at = from_epoch_ms(1'795'551'240'000);
    for (const char* text : {"2026-11-24T20:14:00Z", "2026-11-24t20:14:00z", "2026-11-24T21:14:00+01:00",
                             "2026-11-24T15:44:00.000-04:30", "2026-11-24 20:14:00Z"})
        EXPECT_EQ(parse_rfc3339(text).value(), at) << text;
    EXPECT_EQ(parse_rfc3339("2026-11-24T20:14:00.5Z").value(), at + Millis(500));
    EXPECT_EQ(parse_rfc3339("2026-11-24T20:14:00.123456Z").value(), at + Millis(123));
}

TEST(Moment, RefusesWhatIsNoTime) {
    for (const char* text : {"", "now", "2026-11-24", "2026-11-24T20:14:00", "2026-13-24T20:14:00Z",
                             "2026-02-30T20:14:00Z", "2026-11-24T24:14:00Z", "2026-11-24T20:14:00.Z",
                             "2026-11-24T20:14:00+1:00", "2026-11-24T20:14:00Zx", " 2026-11-24T20:14:00Z"})
        EXPECT_EQ(parse_rfc3339(text).error().code, Errc::invalid) << text;
}

TEST(Moment, TheClockNeverGoesBack) {
    auto last = wall_now();
    for (int i = 0; i < 1000; ++i) {
        const auto now = wall_now();
        EXPECT_GE(now, last);
        last = now;
    }
}

}  // namespace
}  // namespace posthorn
