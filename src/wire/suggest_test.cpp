#include "wire/suggest.h"

#include <array>

#include <gtest/gtest.h>

namespace posthorn::wire {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"jira:issue_created", "jira:issue_updated", "jira:issue_deleted",
                                                    "comment_created",    "page_created",       "sprint_started"};
using Names = std::vector<std::string_view>;

TEST(NearMatches, ComeBestFirst) {
    EXPECT_EQ(near_matches("jira:issue_craeted", kNames).front(), "jira:issue_created");
    EXPECT_EQ(near_matches("coment_created", kNames).front(), "comment_created");
    EXPECT_EQ(near_matches("SPRINT_STARTED", kNames), Names{"sprint_started"});
}

TEST(NearMatches, LookBehindAPrefix) {
    EXPECT_EQ(near_matches("issue_created", kNames).front(), "jira:issue_created");
    EXPECT_EQ(near_matches("jira:page_created", kNames).front(), "page_created");
}

TEST(NearMatches, AreNotFarFetched) {
    EXPECT_TRUE(near_matches("attachment_viewed", kNames).empty());
    EXPECT_TRUE(near_matches("x", kNames).empty());
    EXPECT_TRUE(near_matches("", kNames).empty());
    EXPECT_TRUE(near_matches(std::string(100'000, 'a'), kNames).empty());
}

TEST(NearMatches, AreAtMostSoMany) {
    EXPECT_EQ(near_matches("jira:issue_xxeated", kNames, 2).size(), 2u);
    EXPECT_EQ(near_matches("jira:issue_created", kNames, 1), Names{"jira:issue_created"});
}

TEST(DidYouMean, EndsASentence) {
    EXPECT_EQ(did_you_mean("sprint_start", kNames), ", did you mean sprint_started?");
    EXPECT_EQ(did_you_mean("page_craeted", std::array<std::string_view, 2>{"page_created", "page_crested"}),
              ", did you mean page_created or page_crested?");
    EXPECT_EQ(did_you_mean("nothing_like_it", kNames), "");
}

}  // namespace
}  // namespace posthorn::wire
