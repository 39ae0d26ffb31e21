#include "catalogue/sample.h"

#include <functional>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "catalogue/acting_user.h"
#include "catalogue/json_text.h"
#include "catalogue/payload_path.h"
#include "catalogue/specification.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using testing::ElementsAre;

struct SampleTest : testing::Test {
    static void SetUpTestSuite() { shared = std::make_unique<Catalogue>(); }
    static void TearDownTestSuite() { shared.reset(); }
    static inline std::unique_ptr<Catalogue> shared;
    const Catalogue& catalogue = *shared;

    SampleOptions options{.now = from_epoch_ms(1795551240123)};

    Sample make(Product product, std::string_view event) {
        const auto* type = catalogue.find(product, event);
        EXPECT_NE(type, nullptr) << event;
        return make_sample(catalogue, *type, options);
    }

    template <class Function>
    void for_each(Function function) {
        for (const Product product : kProducts)
            for (const auto& type : catalogue.types(product)) {
                SCOPED_TRACE(std::string(to_string(product)) + " " + type.name);
                function(type, make_sample(catalogue, type, options));
            }
    }
};

std::string text_at(const json::object& object, const std::string& pointer) {
    return to_text(json::value(object).at_pointer(pointer), JsonStyle::compact);
}

TEST_F(SampleTest, EveryVariableHasAValueInPayloadOrContext) {
    for_each([](const EventType& type, Sample sample) {
        for (const auto& variable : type.variables) {
            const bool in_payload = find_value(sample.payload, variable) != nullptr;
            const bool in_context = sample.context.contains(variable.name);
            EXPECT_NE(in_payload, in_context) << variable.name;
        }
    });
}

TEST_F(SampleTest, OnlyVersionEventsNeedAContext) {
    for_each([](const EventType& type, const Sample& sample) {
        const auto context = to_text(sample.context, JsonStyle::compact);
        EXPECT_EQ(context, type.group == "version" ? R"({"project.key":"ABC"})" : "{}");
    });
}

TEST_F(SampleTest, FieldsComeInTheOrderOfTheSpecification) {
    for_each([this](const EventType& type, const Sample& sample) {
        std::vector<std::string> expected;
        const auto add = [&](const json::object& fields) {
            for (const auto& [key, value] : fields) {
                std::string name(key);
                if (name.ends_with('?')) name.pop_back();
                if (sample.payload.contains(name)) expected.push_back(name);
            }
        };
        const auto& specification = catalogue.specification();
        const auto& body = specification.event(type.product, type.name).at("body").as_object();
        add(body);
        if (const auto* merged = body.if_contains("...")) add(*specification.shape(merged->as_string()));
        std::vector<std::string> found;
        for (const auto& [key, value] : sample.payload) found.emplace_back(key);
        EXPECT_EQ(found, expected);
    });
}

TEST_F(SampleTest, TheBodyNamesItsTypeWhereTheHostDoesSo) {
    for_each([](const EventType& type, const Sample& sample) {
        const auto* name = sample.payload.if_contains("webhookEvent");
        const bool named = type.product == Product::jira || is_made_by_posthorn(type.name);
        EXPECT_EQ(name != nullptr, named);
        if (name != nullptr) {
            EXPECT_EQ(name->as_string(), type.name);
        }
        EXPECT_EQ(sample.payload.at("timestamp"), 1795551240123);
    });
}

// Each thing has one id wherever it occurs: what two samples say of one address is the same thing.
TEST_F(SampleTest, OneAddressIsOneThingInAllSamples) {
    std::map<std::string, std::set<std::string>> ids_by_address;
    const std::function<void(const json::value&)> walk = [&](const json::value& value) {
        if (const auto* list = value.if_array()) {
            for (const auto& element : *list) walk(element);
        } else if (const auto* object = value.if_object()) {
            const auto* self = object->if_contains("self");
            for (const auto id : {"id", "accountId", "key"})
                if (self != nullptr && object->contains(id) && !object->contains("fieldId"))
                    ids_by_address[std::string(self->as_string()) + " " + id].insert(
                        to_text(object->at(id), JsonStyle::compact));
            for (const auto& member : *object) walk(member.value());
        }
    };
    for_each([&](const EventType&, const Sample& sample) { walk(sample.payload); });
    EXPECT_GT(ids_by_address.size(), 20U);
    for (const auto& [address, ids] : ids_by_address) {
        // A project's id is a string in an issue and a number in a project's own events.
        std::set<std::string> bare;
        for (auto id : ids) {
            std::erase(id, '"');
            bare.insert(id);
        }
        EXPECT_EQ(bare.size(), 1U) << address << ": " << testing::PrintToString(ids);
    }
}

TEST_F(SampleTest, IdsAgreeAcrossSamples) {
    std::map<std::string, std::set<std::string>> values;
    for_each([&](const EventType& type, Sample sample) {
        for (const auto& variable : type.variables)
            if (const auto* value = find_value(sample.payload, variable)) {
                auto text = to_text(*value, JsonStyle::compact);
                std::erase(text, '"');
                values[std::string(to_string(type.product)) + " " + variable.name].insert(text);
            }
    });
    EXPECT_THAT(values["jira issue.id"], ElementsAre("10042"));
    EXPECT_THAT(values["jira issue.key"], ElementsAre("ABC-1"));
    EXPECT_THAT(values["jira project.id"], ElementsAre("10000"));
    EXPECT_THAT(values["jira project.key"], ElementsAre("ABC"));
    EXPECT_THAT(values["jira version.id"], ElementsAre("10010", "10011"));  // 10011 swallows 10010 in a merge.
    EXPECT_THAT(values["jira mergedVersion.id"], ElementsAre("10010"));
    EXPECT_THAT(values["jira sprint.id"], ElementsAre("7"));
    EXPECT_THAT(values["jira board.id"], ElementsAre("3"));
    EXPECT_THAT(values["confluence space.key"], ElementsAre("DOC"));
    EXPECT_THAT(values["confluence page.id"], ElementsAre("65601"));
    EXPECT_THAT(values["confluence content.id"], ElementsAre("65601", "65700"));  // The page and the blog post.
}

TEST_F(SampleTest, ATransitionHasItsChangesAndItsComment) {
    const auto updated = make(Product::jira, "jira:issue_updated").payload;
    EXPECT_EQ(text_at(updated, "/changelog/items/0/toString"), "\"In Progress\"");
    EXPECT_EQ(text_at(updated, "/issue/fields/status/name"), "\"In Progress\"");
    EXPECT_EQ(text_at(updated, "/comment/id"), text_at(updated, "/issue/fields/comment/comments/0/id"));

    const auto created = make(Product::jira, "jira:issue_created").payload;
    EXPECT_EQ(text_at(created, "/issue/fields/status/name"), "\"To Do\"");
    EXPECT_EQ(text_at(created, "/issue/fields/comment/total"), "0");
    EXPECT_FALSE(created.contains("comment"));
}

TEST_F(SampleTest, ASprintShowsItsStateBeforeAndAfter) {
    const auto closed = make(Product::jira, "sprint_closed").payload;
    EXPECT_EQ(text_at(closed, "/sprint/state"), "\"closed\"");
    EXPECT_EQ(text_at(closed, "/oldValue/state"), "\"active\"");
    EXPECT_EQ(text_at(closed, "/sprint/completeDate"), "\"2026-11-24T20:14:00.123Z\"");
    EXPECT_EQ(text_at(make(Product::jira, "sprint_started").payload, "/sprint/state"), "\"active\"");
}

TEST_F(SampleTest, AddOnEventsSayWhatHappened) {
    for (const Product product : kProducts) {
        const auto enabled = make(product, "connect_addon_enabled");
        EXPECT_EQ(text_at(enabled.payload, "/eventType"), "\"enabled\"");
        EXPECT_EQ(enabled.payload.at("productType").as_string(), to_string(product));
        EXPECT_EQ(text_at(make(product, "connect_addon_disabled").payload, "/eventType"), "\"disabled\"");
        EXPECT_FALSE(enabled.payload.contains("sharedSecret"));
        EXPECT_FALSE(enabled.user.is_known());
    }
}

TEST_F(SampleTest, TheActingUserIsTheOneThatTheBodyNames) {
    for_each([](const EventType& type, Sample sample) {
        const auto pointers = acting_user_pointers(type.product, type.name);
        const auto check = [&](std::string_view pointer, const std::string& expected) {
            const auto* value = find_value(sample.payload, Variable{"", {std::string(pointer)}});
            if (value != nullptr) {
                EXPECT_EQ(value->as_string(), expected) << pointer;
            }
        };
        check(pointers.id, sample.user.id);
        check(pointers.key, sample.user.key);
        check(pointers.account_id, sample.user.account_id);
        check(pointers.display_name, sample.user.display_name);
    });
}

TEST_F(SampleTest, TheSameOptionsGiveTheSameSample) {
    for_each([this](const EventType& type, const Sample& sample) {
        EXPECT_EQ(make_sample(catalogue, type, options).payload, sample.payload);
    });
}

/// Calls `visit` for each member of each object inside `value`.
void for_each_member(const json::value& value, const std::function<void(std::string_view, const json::value&)>& visit) {
    if (const auto* list = value.if_array()) {
        for (const auto& element : *list) for_each_member(element, visit);
    } else if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            visit(member.key(), member.value());
            for_each_member(member.value(), visit);
        }
    }
}

TEST_F(SampleTest, NothingHappenedAfterTheEvent) {
    const std::set<std::string_view> in_ms{"creationDate", "modificationDate"};
    const std::set<std::string_view> in_iso{"created", "updated", "started", "createdDate", "completeDate"};
    int seen = 0;
    for_each([&](const EventType&, const Sample& sample) {
        for_each_member(sample.payload, [&](std::string_view name, const json::value& value) {
            if (in_ms.contains(name)) {
                ++seen;
                EXPECT_LE(value.as_int64(), 1795551240123) << name;
            } else if (in_iso.contains(name)) {
                ++seen;
                EXPECT_LE(std::string_view(value.as_string()).substr(0, 23), "2026-11-24T20:14:00.123") << name;
            }
        });
    });
    EXPECT_GT(seen, 100);
}

TEST_F(SampleTest, TimesAreWrittenAsTheHostWritesThem) {
    const auto created = make(Product::jira, "jira:issue_created").payload;
    EXPECT_EQ(text_at(created, "/issue/fields/created"), "\"2026-11-24T20:14:00.123+0000\"");
    EXPECT_EQ(text_at(created, "/issue/fields/duedate"), "\"2026-12-02\"");
    const auto released = make(Product::jira, "jira:version_released").payload;
    EXPECT_EQ(text_at(released, "/version/userReleaseDate"), "\"24/Nov/26\"");
    EXPECT_EQ(text_at(released, "/version/released"), "true");
    EXPECT_EQ(text_at(make(Product::confluence, "page_created").payload, "/page/creationDate"), "1795551240123");
}

TEST_F(SampleTest, AddressesLieBelowTheBaseUrl) {
    options.base_url = "http://localhost:8080/t/confluence/";
    EXPECT_EQ(text_at(make(Product::confluence, "page_created").payload, "/page/self"),
              "\"http://localhost:8080/t/confluence/wiki/spaces/DOC/pages/65601/Release+notes\"");
    options.base_url = "https://acme.example/wiki";
    EXPECT_EQ(text_at(make(Product::confluence, "space_created").payload, "/space/self"),
              "\"https://acme.example/wiki/spaces/DOC\"");
    for_each([](const EventType&, const Sample& sample) {
        EXPECT_EQ(to_text(sample.payload, JsonStyle::compact).find("atlassian.net"), std::string::npos);
    });
}

TEST_F(SampleTest, AMomentOfTheFirstSecondIsNoTrouble) {
    options.now = from_epoch_ms(0);
    EXPECT_EQ(text_at(make(Product::jira, "jira:issue_created").payload, "/issue/fields/created"),
              "\"1970-01-01T00:00:00.000+0000\"");
    EXPECT_EQ(text_at(make(Product::jira, "jira:issue_updated").payload, "/issue/fields/created"),
              "\"1969-12-26T00:00:00.000+0000\"");
}

TEST_F(SampleTest, ACustomTypesOwnSampleIsTaken) {
    const auto custom =
        parse_custom_type(catalogue, Product::jira, R"({"event":"x","variables":{"v":"/a"},"sample":{"a":1,"b":[]}})");
    ASSERT_TRUE(custom.has_value());
    EXPECT_EQ(to_text(make_sample(*custom, options).payload, JsonStyle::compact), R"({"a":1,"b":[]})");
}

TEST_F(SampleTest, ACustomTypeWithoutOneGetsAValueForEachVariable) {
    const auto custom = parse_custom_type(
        catalogue, Product::jira,
        R"({"event":"x","variables":{"order.id":["/order/id","/id"],"order":"/order","deep":"/order/id/more","t":"/timestamp"}})");
    ASSERT_TRUE(custom.has_value());
    const auto sample = make_sample(*custom, options);
    EXPECT_EQ(to_text(sample.payload, JsonStyle::compact),
              R"({"timestamp":1795551240123,"order":{"id":"sample-order.id"}})");
    EXPECT_EQ(to_text(sample.context, JsonStyle::compact), R"({"order":"sample-order","deep":"sample-deep"})");
}

TEST(JsonTextTest, IsCompactOrPretty) {
    const auto value = json::parse(R"({"b":[1,{"c":null}],"a":{},"d":[],"e":"x\n\"","f":2.5,"g":-1e300,"h":true})");
    EXPECT_EQ(to_text(value, JsonStyle::compact),
              R"({"b":[1,{"c":null}],"a":{},"d":[],"e":"x\n\"","f":2.5,"g":-1e+300,"h":true})");
    EXPECT_EQ(to_text(json::parse(R"({"b":[1,{"c":null}],"a":{},"d":[]})"), JsonStyle::pretty),
              "{\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"a\": {},\n  \"d\": []\n}");
}

TEST(JsonTextTest, NumbersKeepTheirValue) {
    for (const auto text : {"90.33333333333333", "3.0", "-0.5", "9223372036854775807", "18446744073709551615",
                            "-9223372036854775808", "1e+300"}) {
        const auto value = parse_text(text);
        ASSERT_TRUE(value.has_value());
        EXPECT_EQ(to_text(*value, JsonStyle::compact), text);
    }
    EXPECT_EQ(to_text(*parse_text("1e400"), JsonStyle::compact), "1e999");
    EXPECT_EQ(to_text(*parse_text("-1e400"), JsonStyle::compact), "-1e999");
}

TEST(JsonTextTest, WhatIsNoJsonIsRefused) {
    for (const auto text : {"", "abc", "{", "1 2", "01", "'x'"}) {
        const auto value = parse_text(text);
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().code, Errc::invalid);
    }
}

}  // namespace
}  // namespace posthorn::catalogue
