#include "api/openapi.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "registry/api_key.h"
#include "testkit/json_schema.h"

namespace posthorn::api {
namespace {

namespace json = boost::json;
using testing::IsEmpty;

/// A visit to every object in the document, with the pointer to it.
void visit(const json::value& value, const std::string& at,
           const std::function<void(const json::object&, const std::string&)>& look) {
    if (const auto* object = value.if_object()) {
        look(*object, at);
        for (const auto& [name, member] : *object) visit(member, at + "/" + std::string(name), look);
    } else if (const auto* list = value.if_array()) {
        for (std::size_t i = 0; i < list->size(); ++i) visit((*list)[i], at + "/" + std::to_string(i), look);
    }
}

struct OpenApiTest : testing::Test {
    json::value document = json::parse(openapi_document());

    const json::object& paths() const { return document.at("paths").as_object(); }

    void for_each_operation(const std::function<void(const json::object&, const std::string&)>& look) const {
        for (const auto& [path, methods] : paths())
            for (const auto& [method, operation] : methods.as_object())
                look(operation.as_object(), std::string(method) + " " + std::string(path));
    }

    const json::value& resolved(const json::value& value) const {
        const auto* reference = value.as_object().if_contains("$ref");
        return reference == nullptr ? value : *testkit::find_reference(document, reference->as_string());
    }
};

TEST_F(OpenApiTest, IsOfVersion31) { EXPECT_EQ(document.at("openapi").as_string(), "3.1.0"); }

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhere) {
    std::size_t references = 0;
    visit(document, "", [&](const json::object& object, const std::string& at) {
        const auto* reference = object.if_contains("$ref");
        if (reference == nullptr) return;
        ++references;
        EXPECT_NE(testkit::find_reference(document, reference->as_string()), nullptr) << at;
    });
    EXPECT_GT(references, 100U);
}

TEST_F(OpenApiTest, EveryPartIsUsed) {
    std::set<std::string> used;
    visit(document, "", [&](const json::object& object, const std::string&) {
        if (const auto* reference = object.if_contains("$ref")) used.insert(std::string(reference->as_string()));
    });
    for (const auto* kind : {"schemas", "parameters", "responses"})
        for (const auto& part : document.at("components").at(kind).as_object())
            EXPECT_TRUE(used.contains("#/components/" + std::string(kind) + "/" + std::string(part.key())))
                << part.key();
}

TEST_F(OpenApiTest, EveryExampleIsWhatItsSchemaSays) {
    std::size_t examples = 0;
    visit(document, "", [&](const json::object& object, const std::string& at) {
        const auto* schema = object.if_contains("schema");
        if (schema == nullptr) return;
        std::vector<json::value> values;
        if (const auto* example = object.if_contains("example")) values.push_back(*example);
        if (const auto* named = object.if_contains("examples"))
            for (const auto& one : named->as_object()) values.push_back(one.value().at("value"));
        for (const auto& value : values) {
            ++examples;
            EXPECT_THAT(testkit::schema_faults(document, *schema, value), IsEmpty()) << at;
        }
    });
    EXPECT_GT(examples, 50U);
}

TEST_F(OpenApiTest, AnAnswerThatIsNotAsDescribedIsFound) {
    const auto faults = [&](const char* schema, const char* text) {
        const auto& described = document.at_pointer("/components/schemas/" + std::string(schema));
        return testkit::schema_faults(document, described, json::parse(text));
    };
    EXPECT_THAT(faults("Receipt", R"({"id":"evt_1","event":"a","deliveries":-1,"duplicate":false,"more":1})"),
                testing::UnorderedElementsAre("/id pattern", "/deliveries minimum", "/more is not allowed"));
    EXPECT_THAT(faults("Receipt", "{}"), testing::ElementsAre(" required"));
    EXPECT_THAT(faults("DeadReason", R"("tired")"), testing::ElementsAre(" enum"));
    EXPECT_THAT(faults("Retry", R"({"waits":["soon"]})"), testing::ElementsAre(" anyOf"));
}

TEST_F(OpenApiTest, EveryOperationHasItsOwnNameAndSaysWhoMayCallIt) {
    std::set<std::string> names;
    for_each_operation([&](const json::object& operation, const std::string& at) {
        const auto name = std::string(operation.at("operationId").as_string());
        EXPECT_TRUE(names.insert(name).second) << at << ": " << name << " is there twice";
        const auto& roles = operation.at("x-roles").as_array();
        for (const auto& role : roles) EXPECT_TRUE(registry::parse_role(role.as_string())) << at << ": " << role;
        EXPECT_EQ(roles.empty(), operation.at("security").as_array().empty()) << at;
        const auto& responses = operation.at("responses").as_object();
        // An open one may answer 401 too: to a wrong key, or to nobody who asks who he is.
        EXPECT_TRUE(roles.empty() || responses.contains("401")) << at;
    });
}

TEST_F(OpenApiTest, EveryPartOfAPathIsAParameter) {
    for_each_operation([&](const json::object& operation, const std::string& at) {
        std::set<std::string> named;
        if (const auto* parameters = operation.if_contains("parameters"))
            for (const auto& parameter : parameters->as_array())
                if (const auto& one = resolved(parameter); one.at("in").as_string() == "path")
                    named.insert(std::string(one.at("name").as_string()));
        std::set<std::string> wanted;
        for (auto open = at.find('{'); open != std::string::npos; open = at.find('{', open + 1))
            wanted.insert(at.substr(open + 1, at.find('}', open) - open - 1));
        EXPECT_EQ(named, wanted) << at;
    });
}

TEST_F(OpenApiTest, EveryAnswerThatIsNoSuccessIsAProblem) {
    for_each_operation([&](const json::object& operation, const std::string& at) {
        for (const auto& [status, response] : operation.at("responses").as_object()) {
            if (status < "400") continue;
            EXPECT_TRUE(resolved(response).at("content").as_object().contains("application/problem+json"))
                << at << " " << status;
        }
    });
}

}  // namespace
}  // namespace posthorn::api
