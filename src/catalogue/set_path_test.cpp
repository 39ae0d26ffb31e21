// Tests of what `posthorn trigger --set` does to a sample.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/json_text.h"
#include "catalogue/sample.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

struct SetPathTest : testing::Test {
    static void SetUpTestSuite() { shared = std::make_unique<Catalogue>(); }
    static void TearDownTestSuite() { shared.reset(); }
    static inline std::unique_ptr<Catalogue> shared;
    const Catalogue& catalogue = *shared;

    const EventType* type = nullptr;
    Sample sample;

    void use(Product product, std::string_view event) {
        type = catalogue.find(product, event);
        ASSERT_NE(type, nullptr);
        sample = make_sample(catalogue, *type, {.now = from_epoch_ms(1795551240123)});
    }
    void SetUp() override { use(Product::jira, "jira:issue_updated"); }

    void set(std::string_view path, std::string_view value) {
        const auto done = set_path(sample, *type, path, value);
        EXPECT_TRUE(done.has_value()) << to_string(done.error());
    }
    std::string at(const std::string& pointer) {
        return to_text(json::value(sample.payload).at_pointer(pointer), JsonStyle::compact);
    }
    void expect_refused(std::string_view path, std::string_view value, const std::string& detail) {
        const auto before = sample.payload;
        const auto done = set_path(sample, *type, path, value);
        ASSERT_FALSE(done.has_value()) << path;
        EXPECT_EQ(done.error().code, Errc::invalid);
        EXPECT_THAT(done.error().detail, HasSubstr(detail));
        EXPECT_EQ(sample.payload, before);
    }
};

TEST_F(SetPathTest, ReplacesWhatIsThere) {
    set("issue.key", "ABC-77");
    set("issue.fields.summary", "It works");
    set("changelog.items.1.toString", "Nobody");
    EXPECT_EQ(at("/issue/key"), "\"ABC-77\"");
    EXPECT_EQ(at("/issue/fields/summary"), "\"It works\"");
    EXPECT_EQ(at("/changelog/items/1/toString"), "\"Nobody\"");
}

TEST_F(SetPathTest, AStringStaysAString) {
    set("issue.id", "10050");
    set("issue.fields.summary", "true");
    set("issue.fields.description", "{\"a\":1}");
    EXPECT_EQ(at("/issue/id"), "\"10050\"");
    EXPECT_EQ(at("/issue/fields/summary"), "\"true\"");
    EXPECT_EQ(at("/issue/fields/description"), R"("{\"a\":1}")");
}

TEST_F(SetPathTest, QuotesAreReadAndNullIsNull) {
    set("issue.fields.summary", R"("a \"quoted\" one")");
    set("issue.fields.description", "null");
    EXPECT_EQ(at("/issue/fields/summary"), R"("a \"quoted\" one")");
    EXPECT_EQ(at("/issue/fields/description"), "null");
}

TEST_F(SetPathTest, OtherwiseJsonIsJsonAndAnythingElseAString) {
    set("timestamp", "42");
    set("issue.fields.labels", R"(["x","y"])");
    set("comment.jsdPublic", "false");
    set("issue.fields.customfield_10016", "2.5");
    set("issue.fields.assignee", "null");
    set("issue.fields.timetracking", "not json");
    EXPECT_EQ(at("/timestamp"), "42");
    EXPECT_EQ(at("/issue/fields/labels"), R"(["x","y"])");
    EXPECT_EQ(at("/comment/jsdPublic"), "false");
    EXPECT_EQ(at("/issue/fields/customfield_10016"), "2.5");
    EXPECT_EQ(at("/issue/fields/assignee"), "null");
    EXPECT_EQ(at("/issue/fields/timetracking"), "\"not json\"");
}

TEST_F(SetPathTest, MakesMissingMembers) {
    set("issue.fields.customfield_10100.value", "7");
    set("issue.fields.resolution.name", "Done");  // It is null before.
    set("newcomer.a.b", "x");
    EXPECT_EQ(at("/issue/fields/customfield_10100"), R"({"value":7})");
    EXPECT_EQ(at("/issue/fields/resolution"), R"({"name":"Done"})");
    EXPECT_EQ(at("/newcomer"), R"({"a":{"b":"x"}})");
}

TEST_F(SetPathTest, AListGrowsByOneAtItsEnd) {
    set("issue.fields.labels.0", "first");
    set("issue.fields.labels.2", "third");
    EXPECT_EQ(at("/issue/fields/labels"), R"(["first","regression","third"])");
    set("issue.fields.versions.0.name", "next");
    EXPECT_EQ(at("/issue/fields/versions"), R"([{"name":"next"}])");
    expect_refused("issue.fields.labels.9", "x", "issue.fields.labels is a list of 3");
    expect_refused("issue.fields.labels.first", "x", "is a list");
    expect_refused("issue.fields.labels.00", "x", "is a list");
    expect_refused("issue.fields.labels.99999999999999999999999", "x", "is a list");
}

TEST_F(SetPathTest, AVariableIsSetWhereThePayloadHasIt) {
    set("project.key", "XYZ");
    EXPECT_EQ(at("/issue/fields/project/key"), "\"XYZ\"");
    EXPECT_FALSE(sample.payload.contains("project"));

    use(Product::confluence, "page_updated");
    set("space.key", "OPS");
    set("content.id", "9");
    EXPECT_EQ(at("/page/spaceKey"), "\"OPS\"");
    EXPECT_EQ(at("/page/id"), "9");

    use(Product::jira, "worklog_created");
    set("issue.id", "10077");
    EXPECT_EQ(at("/worklog/issueId"), "\"10077\"");
}

TEST_F(SetPathTest, AVariableOfTheContextIsSetThere) {
    use(Product::jira, "jira:version_released");
    set("project.key", "10");
    set("version.name", "2.0");
    EXPECT_EQ(to_text(sample.context, JsonStyle::compact), R"({"project.key":"10"})");
    set("project.key", "null");
    EXPECT_EQ(to_text(sample.context, JsonStyle::compact), R"({"project.key":"null"})");
    EXPECT_EQ(at("/version/name"), "\"2.0\"");
    EXPECT_FALSE(sample.payload.contains("project"));
}

TEST_F(SetPathTest, APathThatLeadsNowhereIsRefusedByName) {
    expect_refused("issue.key.more", "x", "issue.key is a string");
    expect_refused("timestamp.more", "x", "timestamp is a number");
    expect_refused("", "x", "single dots");
    expect_refused("issue..key", "x", "single dots");
    expect_refused("issue.", "x", "single dots");
    std::string deep = "a";
    for (int i = 0; i < 40; ++i) deep += ".a";
    expect_refused(deep, "x", "at most 32 steps");
    const auto done = set_path(sample, *type, "issue.key.more", "x");
    EXPECT_EQ(done.error().where, "issue.key.more");
}

TEST_F(SetPathTest, WhatIsNoUtf8IsRefused) {
    expect_refused("issue.key", "\xff", "UTF-8");
    expect_refused("\xff", "x", "UTF-8");
}

TEST_F(SetPathTest, TakesOneTextAsTheCommandLineDoes) {
    EXPECT_TRUE(set_path(sample, *type, "issue.fields.summary=a=b").has_value());
    EXPECT_EQ(at("/issue/fields/summary"), "\"a=b\"");
    EXPECT_TRUE(set_path(sample, *type, "issue.fields.summary=").has_value());
    EXPECT_EQ(at("/issue/fields/summary"), "\"\"");
    EXPECT_FALSE(set_path(sample, *type, "issue.key").has_value());
    EXPECT_FALSE(set_path(sample, *type, "=x").has_value());
}

TEST_F(SetPathTest, SettingAnObjectOverItsOwnPartWorks) {
    set("issue", R"({"key":"Q-1"})");
    set("issue.key", "Q-2");
    EXPECT_EQ(at("/issue"), R"({"key":"Q-2"})");
}

}  // namespace
}  // namespace posthorn::catalogue
