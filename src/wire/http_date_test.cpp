#include "wire/http_date.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/retry_after.h"

namespace posthorn::wire {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::sys_seconds;

const sys_seconds kExample{seconds(784111777)};  // Sun, 06 Nov 1994 08:49:37 GMT, from RFC 9110.
const sys_seconds kNow{seconds(1'795'550'000)};  // In November 2026.

TEST(HttpDate, IsReadInAllThreeForms) {
    for (const std::string_view text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        const auto at = parse_http_date(text, kNow);
        ASSERT_TRUE(at) << text;
        EXPECT_EQ(*at, kExample) << text;
    }
    EXPECT_EQ(format_http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(*parse_http_date("Sun Nov 16 08:49:37 1994", kNow), kExample + std::chrono::days(10));
}

TEST(HttpDate, PutsATwoDigitYearAtMostFiftyYearsAhead) {
    const auto year = [](std::string_view text) {
        return format_http_date(*parse_http_date(text, kNow)).substr(12, 4);
    };
    EXPECT_EQ(year("Monday, 01-Jan-27 00:00:00 GMT"), "2027");
    EXPECT_EQ(year("Monday, 01-Jan-76 00:00:00 GMT"), "2076");
    EXPECT_EQ(year("Monday, 01-Jan-77 00:00:00 GMT"), "1977");
    EXPECT_EQ(year("Monday, 01-Jan-00 00:00:00 GMT"), "2000");
}

TEST(HttpDate, RefusesOtherThings) {
    for (const std::string_view text :
         {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 00 Nov 1994 08:49:37 GMT", "2026-11-24T00:00:00Z"}) {
        EXPECT_FALSE(parse_http_date(text, kNow)) << text;
    }
}

TEST(RetryAfter, IsSecondsOrADate) {
    EXPECT_EQ(parse_retry_after("120", kNow), 120s);
    EXPECT_EQ(parse_retry_after(" 0 ", kNow), 0s);
    EXPECT_EQ(parse_retry_after(format_http_date(kNow + 90s), kNow), 90s);
}

TEST(RetryAfter, IsNeverNegativeNorMoreThanADay) {
    EXPECT_EQ(parse_retry_after(format_http_date(kNow - 90s), kNow), 0s);
    EXPECT_EQ(parse_retry_after("86401", kNow), kRetryAfterMax);
    EXPECT_EQ(parse_retry_after("99999999999999999999999999", kNow), kRetryAfterMax);
    EXPECT_EQ(parse_retry_after(format_http_date(kNow + 48h), kNow), kRetryAfterMax);
}

TEST(RetryAfter, IsNothingWhenItIsNeither) {
    for (const std::string_view value : {"", " ", "-1", "1.5", "+5", "soon", "5s", "0x10"}) {
        EXPECT_FALSE(parse_retry_after(value, kNow)) << value;
    }
}

RC_GTEST_PROP(HttpDateProperties, ReadingUndoesWriting, ()) {
    const sys_seconds at{seconds(*rc::gen::inRange<std::int64_t>(-62'135'596'800, 253'402'300'800))};
    RC_ASSERT(*parse_http_date(format_http_date(at), kNow) == at);
}

}  // namespace
}  // namespace posthorn::wire
