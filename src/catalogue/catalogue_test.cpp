#include "catalogue/catalogue.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/acting_user.h"

namespace posthorn::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct CatalogueTest : testing::Test {
    static void SetUpTestSuite() { shared = std::make_unique<Catalogue>(); }
    static void TearDownTestSuite() { shared.reset(); }
    static inline std::unique_ptr<Catalogue> shared;
    const Catalogue& catalogue = *shared;
};

TEST_F(CatalogueTest, HoldsEveryTypeOfTheSpecification) {
    EXPECT_EQ(catalogue.types(Product::jira).size(), 52U);
    EXPECT_EQ(catalogue.types(Product::confluence).size(), 65U);
    for (const Product product : kProducts)
        for (const auto& type : catalogue.types(product)) {
            EXPECT_EQ(catalogue.find(product, type.name), &type) << type.name;
            EXPECT_EQ(type.product, product) << type.name;
            EXPECT_FALSE(type.group.empty()) << type.name;
        }
}

TEST_F(CatalogueTest, KnowsWhatATypeOffers) {
    const auto* type = catalogue.find(Product::jira, "jira:issue_created");
    ASSERT_NE(type, nullptr);
    EXPECT_EQ(type->group, "issue");
    EXPECT_EQ(type->filterable, Filterable::yes);
    EXPECT_EQ(type->note, "");
    ASSERT_EQ(type->variables.size(), 4U);
    EXPECT_EQ(type->variables[0].name, "project.id");
    const auto* key = find_variable(*type, "issue.key");
    ASSERT_NE(key, nullptr);
    EXPECT_THAT(key->pointers, ElementsAre("/issue/key"));
    EXPECT_EQ(find_variable(*type, "page.id"), nullptr);
}

TEST_F(CatalogueTest, OnlyIssueAndCommentEventsOfJiraAreFilterable) {
    std::set<std::string> groups;
    for (const Product product : kProducts)
        for (const auto& type : catalogue.types(product))
            if (type.filterable == Filterable::yes) groups.insert(std::string(to_string(product)) + " " + type.group);
    EXPECT_THAT(groups, ElementsAre("jira comment", "jira issue", "jira issue-property"));
}

TEST_F(CatalogueTest, OlderUnprefixedVersionNamesAreThePrefixedTypes) {
    for (const auto name : {"created", "deleted", "merged", "updated", "moved", "released", "unreleased"}) {
        const auto* type = catalogue.find(Product::jira, std::string("version_") + name);
        ASSERT_NE(type, nullptr) << name;
        EXPECT_EQ(type->name, std::string("jira:version_") + name);
    }
    EXPECT_EQ(catalogue.find(Product::confluence, "version_created"), nullptr);
}

TEST_F(CatalogueTest, WorklogUpdatedIsNoShortFormOfTheIssueEvent) {
    const auto* issue_event = catalogue.find(Product::jira, "jira:worklog_updated");
    const auto* worklog_event = catalogue.find(Product::jira, "worklog_updated");
    ASSERT_NE(issue_event, nullptr);
    ASSERT_NE(worklog_event, nullptr);
    EXPECT_EQ(issue_event->group, "issue");
    EXPECT_EQ(worklog_event->group, "worklog");
    EXPECT_EQ(catalogue.find(Product::jira, "issue_created"), nullptr);
}

TEST_F(CatalogueTest, ANameOfBothProductsIsTwoTypes) {
    const auto* jira = catalogue.find(Product::jira, "comment_created");
    const auto* confluence = catalogue.find(Product::confluence, "comment_created");
    ASSERT_NE(jira, nullptr);
    ASSERT_NE(confluence, nullptr);
    EXPECT_NE(jira, confluence);
    EXPECT_EQ(catalogue.find("comment_created"), jira);
    EXPECT_EQ(catalogue.find("page_created"), catalogue.find(Product::confluence, "page_created"));
    EXPECT_EQ(catalogue.find("nothing"), nullptr);
    EXPECT_EQ(catalogue.find(""), nullptr);
}

TEST_F(CatalogueTest, VariablesAreKnownWhicheverTypeOffersThem) {
    const auto* content = catalogue.find_variable("content.id");
    ASSERT_NE(content, nullptr);
    EXPECT_THAT(content->pointers, ElementsAre("/content/id", "/page/id", "/blog/id", "/attachedTo/id", "/labeled/id",
                                               "/comment/parent/id"));
    EXPECT_EQ(catalogue.find_variable("issue.summary"), nullptr);
}

TEST_F(CatalogueTest, OnlyPosthornMakesAddOnEvents) {
    EXPECT_TRUE(is_made_by_posthorn("connect_addon_enabled"));
    EXPECT_TRUE(is_made_by_posthorn("connect_addon_anything"));
    EXPECT_FALSE(is_made_by_posthorn("jira:issue_created"));
}

TEST_F(CatalogueTest, NearMatchesFindTypingErrorsAndMissingPrefixes) {
    EXPECT_EQ(catalogue.near_matches(Product::jira, "jira:isue_created").at(0).name, "jira:issue_created");
    EXPECT_EQ(catalogue.near_matches(Product::jira, "issue_created").at(0).name, "jira:issue_created");
    EXPECT_EQ(catalogue.near_matches(Product::confluence, "page_craeted").at(0).name, "page_created");
    EXPECT_THAT(catalogue.near_matches(Product::jira, "something_else_altogether"), IsEmpty());
    EXPECT_LE(catalogue.near_matches(Product::confluence, "page_", {}, 2).size(), 2U);
}

TEST_F(CatalogueTest, NearMatchesNameTheOtherProductFirst) {
    const auto matches = catalogue.near_matches(Product::jira, "page_created");
    ASSERT_FALSE(matches.empty());
    EXPECT_EQ(matches[0].product, Product::confluence);
    EXPECT_EQ(matches[0].name, "page_created");
    EXPECT_THAT(catalogue.near_matches(Product::jira, "page_created", {}, 0), IsEmpty());
}

TEST_F(CatalogueTest, NearMatchesIncludeTheTenantsOwnTypesButNoneThatNobodyMayPost) {
    const std::string_view custom[] = {"shop:order_placed"};
    const auto matches = catalogue.near_matches(Product::jira, "shop:order_plced", custom);
    ASSERT_FALSE(matches.empty());
    EXPECT_EQ(matches[0].name, "shop:order_placed");
    for (const auto& match : catalogue.near_matches(Product::jira, "connect_addon_enable"))
        EXPECT_FALSE(is_made_by_posthorn(match.name));
}

TEST_F(CatalogueTest, AnUnknownTypeIsExplained) {
    EXPECT_THAT(catalogue.explain_unknown(Product::jira, "isue_created"),
                HasSubstr("Jira has no event type \"isue_created\"; did you mean jira:issue_created"));
    EXPECT_THAT(catalogue.explain_unknown(Product::jira, "space_logo_updated"), HasSubstr("but Confluence has"));
    EXPECT_THAT(catalogue.explain_unknown(Product::confluence, "jira:version_merged"), HasSubstr("but Jira has"));
    EXPECT_THAT(catalogue.explain_unknown(Product::jira, "qqqqqqqqqqq"), HasSubstr("/api/v1/event-types"));
}

TEST_F(CatalogueTest, AnExplanationStaysShortAndOnOneLine) {
    const auto text = catalogue.explain_unknown(Product::jira, std::string(5000, 'x') + "\n");
    EXPECT_LT(text.size(), 300U);
    EXPECT_THAT(catalogue.explain_unknown(Product::jira, "a\nb\"c"), Not(HasSubstr("\n")));
    // A name cut within a letter of two bytes would be no UTF-8.
    const auto cut = catalogue.explain_unknown(Product::jira, std::string(99, 'x') + "\xc3\xa9\xc3\xa9");
    EXPECT_THAT(cut, HasSubstr(std::string(99, 'x') + "..."));
}

TEST(ActingUserTest, JiraNamesItInUserButForUserEvents) {
    EXPECT_EQ(acting_user_pointers(Product::jira, "jira:issue_created").id, "/user/name");
    EXPECT_EQ(acting_user_pointers(Product::jira, "jira:issue_created").key, "/user/key");
    EXPECT_EQ(acting_user_pointers(Product::jira, "jira:issue_created").account_id, "/user/accountId");
    EXPECT_EQ(acting_user_pointers(Product::jira, "jira:issue_created").display_name, "/user/displayName");
    EXPECT_EQ(acting_user_pointers(Product::jira, "user_updated").id, "");
    EXPECT_EQ(acting_user_pointers(Product::jira, "user_updated").account_id, "");
}

TEST(ActingUserTest, ConfluenceNamesItAtTheTop) {
    EXPECT_EQ(acting_user_pointers(Product::confluence, "user_created").id, "/username");
    EXPECT_EQ(acting_user_pointers(Product::confluence, "page_created").key, "/userKey");
    EXPECT_EQ(acting_user_pointers(Product::confluence, "page_created").account_id, "/userAccountId");
    EXPECT_EQ(acting_user_pointers(Product::confluence, "page_created").display_name, "");
}

}  // namespace
}  // namespace posthorn::catalogue
