#include "inspect/recorded_call.h"

#include <gtest/gtest.h>

#include "inspect/foreign_json.h"

namespace posthorn::inspect {
namespace {

TEST(MaskSecret, HidesTheSecretAndNothingElse) {
    const auto masked = mask_secret(R"({"key":"a", "sharedSecret" : "s3cret","n":1.0})");
    EXPECT_EQ(masked.body, R"({"key":"a", "sharedSecret" : "***","n":1.0})");
    EXPECT_EQ(masked.secret, "s3cret");
}

TEST(MaskSecret, FindsItHoweverItIsWritten) {
    const auto masked = mask_secret(R"({"\u0073haredSecret":"\u0061\"b","sharedSecret":"again","sharedSecret":[1]})");
    EXPECT_EQ(masked.body, R"({"\u0073haredSecret":"***","sharedSecret":"***","sharedSecret":"***"})");
    EXPECT_EQ(masked.secret, "a\"b");
}

TEST(MaskSecret, LeavesWhatIsNoObjectAsItIs) {
    for (const std::string body : {"", "{", "[\"sharedSecret\"]", "\"sharedSecret\"", "{\"sharedSecret\":\"\xff\"}"}) {
        EXPECT_EQ(mask_secret(body).body, body);
        EXPECT_EQ(mask_secret(body).secret, "");
    }
}

TEST(RecordedCallTest, FindsHeadersWhateverTheirCase) {
    RecordedCall call;
    call.headers = {{"x-atlassian-webhook-RETRY", "3"}};
    EXPECT_EQ(retry_of(call), 3U);
    call.headers = {{"X-Atlassian-Webhook-Retry", "3x"}};
    EXPECT_EQ(retry_of(call), std::nullopt);
    call.headers.clear();
    EXPECT_EQ(retry_of(call), std::nullopt);
}

TEST(ShownBody, IsTextWhereTextCanSayIt) {
    EXPECT_EQ(shown_body("{\"a\":\n\t\"ü\"}").encoding, "text");
    EXPECT_EQ(shown_body("").encoding, "text");
}

TEST(ShownBody, IsBase64WhereBytesWouldBeLost) {
    const auto broken = shown_body("a\xff");
    EXPECT_EQ(broken.encoding, "base64");
    EXPECT_EQ(broken.text, "Yf8=");
    EXPECT_EQ(shown_body("\x1b[31m").encoding, "base64");
}

TEST(ForeignJson, IsAStringWhereItCanNotBeAValue) {
    EXPECT_TRUE(foreign_json("{\"a\":1}").is_object());
    EXPECT_TRUE(foreign_json("{\"a\":").is_string());
    EXPECT_TRUE(foreign_json(std::string(400, '[')).is_string());
    EXPECT_EQ(foreign_json("\xff").get_string(), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace posthorn::inspect
