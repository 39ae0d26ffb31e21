#include "catalogue/custom_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct CustomTypeTest : testing::Test {
    static void SetUpTestSuite() { shared = std::make_unique<Catalogue>(); }
    static void TearDownTestSuite() { shared.reset(); }
    static inline std::unique_ptr<Catalogue> shared;
    const Catalogue& catalogue = *shared;

    auto parse(std::string_view json, Product product = Product::jira) {
        return parse_custom_type(catalogue, product, json);
    }

    /// The pointers of all faults.
    std::vector<std::string> faults(std::string_view json, Product product = Product::jira) {
        std::vector<std::string> pointers;
        if (const auto parsed = parse(json, product); !parsed)
            for (const auto& fault : parsed.error().list) pointers.push_back(fault.pointer);
        return pointers;
    }
};

TEST_F(CustomTypeTest, ReadsAFullDefinition) {
    const auto custom = parse(R"({"event":"shop:order_placed","group":"shop",
        "variables":{"order.id":"/order/id","buyer":["/buyer/name","/order/a~1b"]},
        "schema":{"type": "object"},"sample":{"order":{"id": 1.50, "note":"a \" b"}}})");
    ASSERT_TRUE(custom.has_value());
    EXPECT_EQ(custom->type.name, "shop:order_placed");
    EXPECT_EQ(custom->type.product, Product::jira);
    EXPECT_EQ(custom->type.group, "shop");
    EXPECT_EQ(custom->type.filterable, Filterable::no);
    ASSERT_EQ(custom->type.variables.size(), 2U);
    EXPECT_THAT(custom->type.variables[0].pointers, ElementsAre("/order/id"));
    EXPECT_THAT(custom->type.variables[1].pointers, ElementsAre("/buyer/name", "/order/a~1b"));
    EXPECT_EQ(custom->schema, R"({"type":"object"})");
    EXPECT_EQ(custom->sample, R"({"order":{"id":1.50,"note":"a \" b"}})");
}

TEST_F(CustomTypeTest, NeedsTheEventAlone) {
    const auto custom = parse(R"({"event":"x"})");
    ASSERT_TRUE(custom.has_value());
    EXPECT_EQ(custom->type.group, "custom");
    EXPECT_TRUE(custom->type.variables.empty());
    EXPECT_EQ(custom->schema, "");
    EXPECT_EQ(custom->sample, "");
}

TEST_F(CustomTypeTest, IsWrittenAsItIsRead) {
    const std::string json =
        R"({"event":"a.b-c_d:1","group":"g","variables":{"v":["/x"],"w":["/y","/z"]},"schema":true,"sample":{"x":1}})";
    const auto custom = parse(json);
    ASSERT_TRUE(custom.has_value());
    EXPECT_EQ(to_json(*custom), json);
}

TEST_F(CustomTypeTest, CannotTakeABuiltInNameOfItsProduct) {
    EXPECT_THAT(faults(R"({"event":"jira:issue_created"})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":"version_created"})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":"connect_addon_enabled"})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":"connect_addon_own"})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":"page_created"})", Product::confluence), ElementsAre("/event"));
    EXPECT_TRUE(parse(R"({"event":"page_created"})", Product::jira).has_value());
    EXPECT_TRUE(parse(R"({"event":"version_created"})", Product::confluence).has_value());
}

TEST_F(CustomTypeTest, NamesAreOneToAHundredOfAFewLetters) {
    EXPECT_THAT(faults(R"({"event":""})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":"a b"})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":"caf\u00e9"})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":7})"), ElementsAre("/event"));
    EXPECT_TRUE(parse("{\"event\":\"" + std::string(100, 'x') + "\"}").has_value());
    EXPECT_THAT(faults("{\"event\":\"" + std::string(101, 'x') + "\"}"), ElementsAre("/event"));
}

TEST_F(CustomTypeTest, TellsAllFaultsAtOnce) {
    EXPECT_THAT(
        faults(R"({"group":3,"variables":{"a b":"/x","c":"x","d":["/ok","/~2",1],"e":[],"f/g":null},
                          "schema":"s","sample":[],"extra":1})"),
        ElementsAre("/group", "/variables/a b", "/variables/c", "/variables/d/1", "/variables/d/2", "/variables/e",
                    "/variables/f~1g", "/variables/f~1g", "/schema", "/sample", "/extra", "/event"));
}

TEST_F(CustomTypeTest, APropertyMayNotOccurTwice) {
    EXPECT_THAT(faults(R"({"event":"x","event":"y"})"), ElementsAre("/event"));
    EXPECT_THAT(faults(R"({"event":"x","variables":{"a":"/a","a":"/b"}})"), ElementsAre("/variables/a"));
}

TEST_F(CustomTypeTest, APointerLeadsIntoThePayload) {
    EXPECT_THAT(faults(R"({"event":"x","variables":{"a":""}})"), ElementsAre("/variables/a"));
    EXPECT_THAT(faults(R"({"event":"x","variables":{"a":"/b~"}})"), ElementsAre("/variables/a"));
    EXPECT_TRUE(parse(R"({"event":"x","variables":{"a":"/"}})").has_value());
    EXPECT_THAT(
        faults("{\"event\":\"x\",\"variables\":{\"a\":\"/" + std::string(kVariablePointerBytesMax, 'p') + "\"}}"),
        ElementsAre("/variables/a"));
}

TEST_F(CustomTypeTest, ASampleThatNamesAnotherTypeIsAFault) {
    EXPECT_THAT(faults(R"({"event":"x","sample":{"webhookEvent":"y"}})"), ElementsAre("/sample/webhookEvent"));
    EXPECT_TRUE(parse(R"({"event":"x","sample":{"webhookEvent":"x"}})").has_value());
}

TEST_F(CustomTypeTest, CountsAreLimited) {
    std::string variables;
    for (std::size_t i = 0; i <= kCustomTypeVariablesMax; ++i)
        variables += (i == 0 ? "\"v" : ",\"v") + std::to_string(i) + "\":\"/v\"";
    EXPECT_THAT(faults("{\"event\":\"x\",\"variables\":{" + variables + "}}"), ElementsAre("/variables"));
    std::string pointers = "\"/a\"";
    for (std::size_t i = 0; i < kVariablePointersMax; ++i) pointers += ",\"/a\"";
    EXPECT_THAT(faults("{\"event\":\"x\",\"variables\":{\"v\":[" + pointers + "]}}"), ElementsAre("/variables/v"));
    std::string unknown = "{\"event\":\"x\"";
    for (int i = 0; i < 500; ++i) unknown += ",\"u" + std::to_string(i) + "\":0";
    EXPECT_EQ(faults(unknown + "}").size(), kCustomTypeFaultsMax);
}

TEST_F(CustomTypeTest, WhatIsNoJsonIsToldApart) {
    const auto broken = parse("{\"event\":\n oops}");
    ASSERT_FALSE(broken.has_value());
    EXPECT_EQ(broken.error().kind, CustomTypeFaults::Kind::malformed);
    ASSERT_EQ(broken.error().list.size(), 1U);
    EXPECT_THAT(broken.error().list[0].detail, HasSubstr("line 2"));

    const auto list = parse("[]");
    ASSERT_FALSE(list.has_value());
    EXPECT_EQ(list.error().kind, CustomTypeFaults::Kind::wrong);
    EXPECT_EQ(list.error().list[0].pointer, "");

    const auto huge = parse("{\"event\":\"x\",\"sample\":{\"a\":\"" + std::string(kCustomTypeBytesMax, 'a') + "\"}}");
    ASSERT_FALSE(huge.has_value());
    EXPECT_EQ(huge.error().kind, CustomTypeFaults::Kind::malformed);
}

}  // namespace
}  // namespace posthorn::catalogue
