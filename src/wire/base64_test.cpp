#include "wire/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace posthorn::wire {
namespace {

// The vectors of RFC 4648 section 10.
TEST(Base64, AgreesWithTheRfc) {
    EXPECT_EQ(base64_encode(""), "");
    EXPECT_EQ(base64_encode("f"), "Zg==");
    EXPECT_EQ(base64_encode("fo"), "Zm8=");
    EXPECT_EQ(base64_encode("foo"), "Zm9v");
    EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
    EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url_encode("\xFB\xFF"), "-_8");
    EXPECT_EQ(base64_encode("\xFB\xFF"), "+/8=");
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
    for (const std::string_view bad :
         {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm8=Zm8=", "Zh==", "Zm9=", "Zm 9v", "-_8="}) {
        EXPECT_FALSE(base64_decode(bad)) << bad;
    }
    for (const std::string_view bad : {"Zg==", "Z", "Zh", "Zm9", "+/8", "Zm9v\n"}) {
        EXPECT_FALSE(base64url_decode(bad)) << bad;
    }
}

RC_GTEST_PROP(Base64Properties, DecodingUndoesEncoding, (const std::string& bytes)) {
    RC_ASSERT(base64_decode(base64_encode(bytes)) == bytes);
    RC_ASSERT(base64url_decode(base64url_encode(bytes)) == bytes);
}

RC_GTEST_PROP(Base64Properties, NoTwoTextsMeanTheSameBytes, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgwZ09-_8")));
    if (const auto bytes = base64url_decode(text)) RC_ASSERT(base64url_encode(*bytes) == text);
}

}  // namespace
}  // namespace posthorn::wire
