#include "wire/percent.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace posthorn::wire {
namespace {

TEST(Percent, EncodesAllButUnreserved) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode(" /+*,%&=?#"), "%20%2F%2B%2A%2C%25%26%3D%3F%23");
    EXPECT_EQ(percent_encode("\xC3\xA9"), "%C3%A9");
    EXPECT_EQ(percent_encode(std::string_view("\0", 1)), "%00");
}

TEST(Percent, DecodesAndLeavesWhatIsNoEscape) {
    EXPECT_EQ(percent_decode("a%2Fb%c3%A9"), "a/b\xC3\xA9");
    EXPECT_EQ(percent_decode("100%"), "100%");
    EXPECT_EQ(percent_decode("%4"), "%4");
    EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode("a+b%2B", Plus::space), "a b+");
}

TEST(Percent, StrictDecodingRefusesBrokenEscapes) {
    EXPECT_EQ(percent_decode_strict("%41"), "A");
    EXPECT_FALSE(percent_decode_strict("%4"));
    EXPECT_FALSE(percent_decode_strict("%"));
    EXPECT_FALSE(percent_decode_strict("%g1"));
}

TEST(Utf8, FollowsRfc3629) {
    for (const std::string_view good : {"", "plain ascii text", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(is_utf8(good)) << percent_encode(good);
    }
    for (const std::string_view bad :
         {"\x80", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "twelve bytes\xFF", "\xF0\x90\x80"}) {
        EXPECT_FALSE(is_utf8(bad)) << percent_encode(bad);
    }
}

RC_GTEST_PROP(PercentProperties, DecodingUndoesEncoding, (const std::string& bytes)) {
    RC_ASSERT(percent_decode_strict(percent_encode(bytes)) == bytes);
    RC_ASSERT(percent_decode(percent_encode(bytes), Plus::space) == bytes);
}

}  // namespace
}  // namespace posthorn::wire
