#include "catalogue/schema.h"

#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/json_text.h"
#include "catalogue/payload_path.h"
#include "catalogue/sample.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// A validator for the keywords that our schemas use; an unknown keyword is a failure of its own, so that a
/// schema can't say something that nobody checks.
class Checker {
public:
    explicit Checker(const json::object& root) : root_(root) {}

    /// What is wrong with `value`: pointers and keywords; empty when it is valid.
    std::vector<std::string> check(const json::value& value) {
        faults_.clear();
        check(root_, value, "");
        return faults_;
    }

private:
    void check(const json::object& schema, const json::value& value, const std::string& at) {
        for (const auto& [keyword, rule] : schema) {
            if (!apply(keyword, rule, value, at, schema)) faults_.push_back(at + " " + std::string(keyword));
        }
    }

    bool is_valid(const json::value& schema, const json::value& value) {
        Checker inner(root_);
        inner.check(schema.as_object(), value, "");
        return inner.faults_.empty();
    }

    bool apply(std::string_view keyword, const json::value& rule, const json::value& value, const std::string& at,
               const json::object& schema) {
        if (keyword == "type") {
            if (const auto* name = rule.if_string()) return is_type(*name, value);
            return std::ranges::any_of(rule.as_array(),
                                       [&](const auto& one) { return is_type(one.as_string(), value); });
        }
        if (keyword == "const") return value == rule;
        if (keyword == "enum") return std::ranges::find(rule.as_array(), value) != rule.as_array().end();
        if (keyword == "pattern")
            return !value.is_string() ||
                   std::regex_search(std::string(value.as_string()), std::regex(std::string(rule.as_string())));
        if (keyword == "format")
            return !value.is_string() || is_format(rule.as_string(), std::string(value.as_string()));
        if (keyword == "anyOf")
            return std::ranges::any_of(rule.as_array(), [&](const auto& one) { return is_valid(one, value); });
        if (keyword == "$ref") {
            constexpr std::string_view kDefinitions = "#/$defs/";
            std::string_view name = rule.as_string();
            if (!name.starts_with(kDefinitions)) return false;
            name.remove_prefix(kDefinitions.size());
            const auto* target = root_.at("$defs").as_object().if_contains(name);
            if (target != nullptr) check(target->as_object(), value, at);
            return target != nullptr;
        }
        if (keyword == "required") {
            const auto* object = value.if_object();
            return object == nullptr || std::ranges::all_of(rule.as_array(), [&](const auto& name) {
                       return object->contains(name.as_string());
                   });
        }
        if (keyword == "properties") {
            if (const auto* object = value.if_object())
                for (const auto& [name, inner] : rule.as_object())
                    if (const auto* member = object->if_contains(name))
                        check(inner.as_object(), *member, at + "/" + std::string(name));
            return true;
        }
        if (keyword == "patternProperties" || keyword == "additionalProperties") {
            if (const auto* object = value.if_object())
                for (const auto& [name, member] : *object)
                    check_other(keyword, rule, schema, std::string(name), member, at);
            return true;
        }
        if (keyword == "items") {
            if (const auto* list = value.if_array())
                for (const auto& element : *list) check(rule.as_object(), element, at + "/*");
            return true;
        }
        // These assert nothing.
        return keyword == "$schema" || keyword == "$defs" || keyword == "title" || keyword == "description" ||
               keyword == "examples";
    }

    void check_other(std::string_view keyword, const json::value& rule, const json::object& schema,
                     const std::string& name, const json::value& member, const std::string& at) {
        if (keyword == "patternProperties") {
            for (const auto& [pattern, inner] : rule.as_object())
                if (std::regex_search(name, std::regex(std::string(pattern))))
                    check(inner.as_object(), member, at + "/" + name);
        } else if (!schema.contains("properties")) {
            check(rule.as_object(), member, at + "/" + name);
        }
    }

    static bool is_type(std::string_view type, const json::value& value) {
        if (type == "null") return value.is_null();
        if (type == "boolean") return value.is_bool();
        if (type == "integer") return value.is_int64() || value.is_uint64();
        if (type == "string") return value.is_string();
        if (type == "array") return value.is_array();
        return type == "object" && value.is_object();
    }

    static bool is_format(std::string_view format, const std::string& text) {
        if (format == "date") return std::regex_match(text, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}"));
        return format == "uri" && std::regex_match(text, std::regex("https?://[^ \"<>]+"));
    }

    const json::object& root_;
    std::vector<std::string> faults_;
};

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
            EXPECT_THAT(Checker(schema).check(payload(product, type.name)), IsEmpty())
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
                EXPECT_THAT(Checker(schema).check(without), ElementsAre(" required")) << type.name << " " << name;
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
        EXPECT_THAT(Checker(issue_schema).check(sample.payload), ElementsAre(fault)) << path;
    };
    expect_fault("timestamp", "\"now\"", "/timestamp type");
    expect_fault("issue.id", "ten", "/issue/id pattern");
    expect_fault("issue.fields.created", "yesterday", "/issue/fields/created pattern");
    expect_fault("issue.fields.labels", "[1]", "/issue/fields/labels/* type");
    expect_fault("issue.fields.assignee", "{}", "/issue/fields/assignee anyOf");
    expect_fault("changelog.items.0", "{}", "/changelog/items/* required");
    expect_fault("user.avatarUrls.48x48", "nowhere", "/user/avatarUrls/48x48 format");
    expect_fault("webhookEvent", "other", "/webhookEvent const");
}

TEST_F(SchemaTest, AContentIdMayBeAStringToo) {
    const auto page_schema = schema(Product::confluence, "page_created");
    auto page = payload(Product::confluence, "page_created");
    page["page"].as_object()["id"] = "65601";
    EXPECT_THAT(Checker(page_schema).check(page), IsEmpty());
    page["page"].as_object()["id"] = true;
    EXPECT_THAT(Checker(page_schema).check(page), ElementsAre("/page/id type"));
}

}  // namespace
}  // namespace posthorn::catalogue
