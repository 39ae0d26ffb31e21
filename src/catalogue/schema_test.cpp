#include "catalogue/schema.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/json_text.h"
#include "catalogue/payload_path.h"
#include "catalogue/sample.h"
#include "testkit/json_schema.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// What is wrong with `payload`: pointers and keywords; empty when it is valid.
std::vector<std::string> faults(const json::object& schema, const json::object& payload) {
    const json::value document(schema);
    return testkit::schema_faults(document, document, payload);
}

struct SchemaTest : testing::Test {
    static void SetUpTestSuite() { shared = std::make_unique<Catalogue>(); }
    static void TearDownTestSuite() { shared.reset(); }
    static inline std::unique_ptr<Catalogue> shared;
    const Catalogue& catalogue = *shared;

    json::object schema(Product product, std::string_view event) {
        const auto* type = catalogue.find(product, event);
        EXPECT_NE(type, nullptr);
        return make_schema(catalogue, *type);
    }
    json::object payload(Product product, std::string_view event) {
        return make_sample(catalogue, *catalogue.find(product, event), {.now = from_epoch_ms(1795551240123)}).payload;
    }
    static std::string at(const json::object& object, const std::string& pointer) {
        return to_text(json::value(object).at_pointer(pointer), JsonStyle::compact);
    }
};

TEST_F(SchemaTest, TheSampleOfEveryTypeIsValid) {
    for (const Product product : kProducts)
        for (const auto& type : catalogue.types(product)) {
            const auto schema = make_schema(catalogue, type);
            EXPECT_THAT(faults(schema, payload(product, type.name)), IsEmpty())
                << to_string(product) << " " << type.name;
            EXPECT_EQ(schema.at("$schema").as_string(), "https://json-schema.org/draft/2020-12/schema");
        }
}

// Takes each member that a sample has away in turn: where it is required, the schema must notice.
TEST_F(SchemaTest, AMissingFieldIsNoticedInEveryType) {
    for (const Product product : kProducts)
        for (const auto& type : catalogue.types(product)) {
            const auto schema = make_schema(catalogue, type);
            const auto sample = payload(product, type.name);
            for (const auto& name : schema.at("required").as_array()) {
                auto without = sample;
                without.erase(name.as_string());
                EXPECT_THAT(faults(schema, without), ElementsAre(" required")) << type.name << " " << name;
            }
        }
}

TEST_F(SchemaTest, SaysWhatAnIssueIs) {
    const auto issue = schema(Product::jira, "jira:issue_created");
    EXPECT_EQ(at(issue, "/required"), R"(["timestamp","webhookEvent","issue_event_type_name","user","issue"])");
    EXPECT_EQ(at(issue, "/properties/webhookEvent"), R"({"const":"jira:issue_created"})");
    EXPECT_EQ(at(issue, "/properties/issue_event_type_name"), R"({"const":"issue_created"})");
    EXPECT_EQ(at(issue, "/properties/changelog"), R"({"$ref":"#/$defs/Changelog"})");
    EXPECT_EQ(at(issue, "/$defs/Issue/properties/id"), R"({"type":"string","pattern":"^[0-9]+$"})");
    EXPECT_EQ(at(issue, "/$defs/IssueFields/properties/assignee"),
              R"({"anyOf":[{"type":"null"},{"$ref":"#/$defs/JiraUser"}]})");
    EXPECT_EQ(at(issue, "/$defs/IssueFields/properties/duedate"),
              R"({"anyOf":[{"type":"null"},{"type":"string","format":"date"}]})");
    EXPECT_EQ(at(issue, "/$defs/IssueFields/properties/fixVersions"),
              R"({"type":"array","items":{"$ref":"#/$defs/Version"}})");
    EXPECT_EQ(at(issue, "/$defs/IssueFields/patternProperties"), R"({"^customfield_[0-9]+$":{}})");
    EXPECT_EQ(at(issue, "/$defs/IssueFields/properties/status/properties/statusCategory/required"),
              R"(["self","id","key","colorName","name"])");
    EXPECT_EQ(at(issue, "/$defs/Changelog/properties/items/type"), "\"array\"");
    EXPECT_EQ(at(issue, "/$defs/JiraUser/properties/avatarUrls"),
              R"({"type":"object","additionalProperties":{"type":"string","format":"uri"}})");
}

TEST_F(SchemaTest, OnlyTheShapesThatAreUsedAreDefined) {
    std::vector<std::string> names;
    const auto sprint = schema(Product::jira, "sprint_created");
    for (const auto& definition : sprint.at("$defs").as_object()) names.emplace_back(definition.key());
    EXPECT_THAT(names, ElementsAre("Sprint"));
    EXPECT_FALSE(schema(Product::confluence, "login").contains("$defs"));
}

TEST_F(SchemaTest, AnOpenListOfValuesOnlyGivesExamples) {
    EXPECT_EQ(at(schema(Product::confluence, "page_updated"), "/properties/updateTrigger"),
              R"({"type":"string","examples":["edit_page"]})");
    EXPECT_EQ(at(schema(Product::jira, "board_created"), "/$defs/Board/properties/type"),
              R"({"type":"string","enum":["scrum","kanban","simple"]})");
}

TEST_F(SchemaTest, ShapesAreMergedInPlace) {
    const auto addon = schema(Product::jira, "connect_addon_enabled");
    EXPECT_EQ(at(addon, "/properties/eventType"), R"({"type":"string","enum":["enabled","disabled"]})");
    const auto comment = schema(Product::confluence, "comment_created");
    EXPECT_EQ(at(comment, "/$defs/ConfluenceComment/properties/parent"), R"({"$ref":"#/$defs/Content"})");
    EXPECT_EQ(at(comment, "/$defs/ConfluenceComment/properties/id/type"), R"(["integer","string"])");
    EXPECT_EQ(at(schema(Product::confluence, "label_added"), "/$defs/Labeled/anyOf"),
              R"([{"$ref":"#/$defs/Content"},{"$ref":"#/$defs/Attachment"}])");
}

TEST_F(SchemaTest, WrongPayloadsAreNotValid) {
    const auto issue_schema = schema(Product::jira, "jira:issue_updated");
    const auto expect_fault = [&](std::string_view path, std::string_view value, const std::string& fault) {
        Sample sample{payload(Product::jira, "jira:issue_updated"), {}, {}};
        ASSERT_TRUE(set_path(sample, *catalogue.find(Product::jira, "jira:issue_updated"), path, value).has_value());
        EXPECT_THAT(faults(issue_schema, sample.payload), ElementsAre(fault)) << path;
    };
    expect_fault("timestamp", "\"now\"", "/timestamp type");
    expect_fault("issue.id", "ten", "/issue/id pattern");
    expect_fault("issue.fields.created", "yesterday", "/issue/fields/created pattern");
    expect_fault("issue.fields.labels", "[1]", "/issue/fields/labels/0 type");
    expect_fault("issue.fields.assignee", "{}", "/issue/fields/assignee anyOf");
    expect_fault("changelog.items.0", "{}", "/changelog/items/0 required");
    expect_fault("user.avatarUrls.48x48", "nowhere", "/user/avatarUrls/48x48 format");
    expect_fault("webhookEvent", "other", "/webhookEvent const");
}

TEST_F(SchemaTest, AContentIdMayBeAStringToo) {
    const auto page_schema = schema(Product::confluence, "page_created");
    auto page = payload(Product::confluence, "page_created");
    page["page"].as_object()["id"] = "65601";
    EXPECT_THAT(faults(page_schema, page), IsEmpty());
    page["page"].as_object()["id"] = true;
    EXPECT_THAT(faults(page_schema, page), ElementsAre("/page/id type"));
}

}  // namespace
}  // namespace posthorn::catalogue
