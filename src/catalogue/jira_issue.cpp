#include "catalogue/jira_issue.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using std::string_view;
using std::chrono::days;

constexpr Millis kIssueAge = days(6);
constexpr Millis kCommentAge = std::chrono::hours(20);
constexpr Millis kAttachmentAge = days(2);
constexpr Millis kWorklogAge = std::chrono::hours(3);

json::object avatars(const Site& site, string_view path) {
    json::object urls;
    for (const auto& [size, name] : {std::pair{48, "large"}, {24, "small"}, {16, "xsmall"}, {32, "medium"}})
        urls[fmt::format("{0}x{0}", size)] = site.url(fmt::format("{}&size={}", path, name));
    return urls;
}

json::object issue_type(const Site& site) {
    return {{"self", site.url("/rest/api/2/issuetype/10004")},
            {"id", "10004"},
            {"name", "Bug"},
            {"description", "A problem which impairs or prevents the functions of the product."},
            {"iconUrl", site.url("/secure/viewavatar?size=medium&avatarId=10303&avatarType=issuetype")},
            {"subtask", false}};
}

json::object issue_project(const Site& site) {
    return {{"self", site.url(fmt::format("/rest/api/2/project/{}", ids::kProject))},
            {"id", ids::kProject},
            {"key", ids::kProjectKey},
            {"name", "Alphabet Shop"},
            {"projectTypeKey", "software"},
            {"avatarUrls", avatars(site, "/secure/projectavatar?pid=10000&avatarId=10324")}};
}

json::object status(const Site& site, bool is_new) {
    const string_view id = is_new ? "10001" : "3";
    const json::object category{
        {"self", site.url(is_new ? "/rest/api/2/statuscategory/2" : "/rest/api/2/statuscategory/4")},
        {"id", is_new ? 2 : 4},
        {"key", is_new ? "new" : "indeterminate"},
        {"colorName", is_new ? "blue-gray" : "yellow"},
        {"name", is_new ? "To Do" : "In Progress"}};
    return {{"self", site.url(fmt::format("/rest/api/2/status/{}", id))},
            {"id", id},
            {"name", is_new ? "To Do" : "In Progress"},
            {"statusCategory", category}};
}

json::object priority(const Site& site) {
    return {{"self", site.url("/rest/api/2/priority/2")},
            {"id", "2"},
            {"name", "High"},
            {"iconUrl", site.url("/images/icons/priorities/high.svg")}};
}

json::object component(const Site& site) {
    return {{"self", site.url("/rest/api/2/component/10020")}, {"id", "10020"}, {"name", "Checkout"}};
}

json::object time_tracking(bool is_new) {
    if (is_new) return {};
    return {{"originalEstimate", "1d"},         {"remainingEstimate", "5h"},         {"timeSpent", "3h"},
            {"originalEstimateSeconds", 28800}, {"remainingEstimateSeconds", 18000}, {"timeSpentSeconds", 10800}};
}

json::object sprint_field(const Site& site) {
    return {{"id", ids::kSprint},
            {"name", "ABC Sprint 7"},
            {"state", "active"},
            {"boardId", ids::kBoard},
            {"goal", "Coupons work everywhere"},
            {"startDate", site.iso_z(days(5))},
            {"endDate", site.iso_z(days(-9))}};
}

// One side of a change: the stored value and how it shows. Empty is null.
struct Side {
    string_view id = {};
    string_view text = {};
};

json::value or_null(string_view text) { return text.empty() ? json::value() : json::value(text); }

json::object change(string_view field, Side from, Side to) {
    return {{"field", field},
            {"fieldtype", "jira"},
            {"fieldId", field},
            {"from", or_null(from.id)},
            {"fromString", or_null(from.text)},
            {"to", or_null(to.id)},
            {"toString", or_null(to.text)}};
}

json::object assigned_to_tomas(Side from) { return change("assignee", from, {kTomas.account_id, kTomas.display_name}); }

json::object fields(const Site& site, string_view event) {
    const bool is_new = event == "jira:issue_created";
    const Millis age = is_new ? Millis(0) : kIssueAge;
    json::array comments;
    json::array attachments;
    if (!is_new) {
        // The comment of a deleting event is gone from the issue by then.
        if (event != "comment_deleted") comments.push_back(jira_comment(site, event));
        attachments.push_back(jira_attachment(site));
    }
    const auto comment_count = comments.size();
    json::object comment{
        {"comments", std::move(comments)}, {"maxResults", comment_count}, {"total", comment_count}, {"startAt", 0}};
    json::object fields{{"summary", "Checkout rejects a valid coupon"},
                        {"issuetype", issue_type(site)},
                        {"project", issue_project(site)},
                        {"status", status(site, is_new)},
                        {"priority", priority(site)},
                        {"resolution", nullptr}};
    fields["labels"] = json::array{"checkout", "regression"};
    fields["components"] = json::array{component(site)};
    fields["fixVersions"] = json::array{jira_version(site, event, ids::kVersion)};
    fields["versions"] = json::array();
    fields["assignee"] = jira_user(site, kTomas);
    fields["reporter"] = jira_user(site, kAda);
    fields["creator"] = jira_user(site, kAda);
    fields["created"] = site.iso(age);
    fields["updated"] = site.iso();
    fields["duedate"] = site.date(days(-8));
    fields["description"] = "The coupon WELCOME10 is valid until the end of the year, but the cart says it is not.";
    fields["timetracking"] = time_tracking(is_new);
    fields["attachment"] = std::move(attachments);
    fields["comment"] = std::move(comment);
    fields["customfield_10016"] = 3;  // Story points, under the number that new sites give the field.
    fields["customfield_10020"] = json::array{sprint_field(site)};
    return fields;
}

}  // namespace

json::object jira_user(const Site& site, const Person& person) {
    return {{"self", site.url(fmt::format("/rest/api/2/user?accountId={}", person.account_id))},
            {"accountId", person.account_id},
            {"accountType", "atlassian"},
            {"key", person.name},
            {"name", person.name},
            {"emailAddress", person.email},
            {"avatarUrls", avatars(site, fmt::format("/secure/useravatar?ownerId={}", person.account_id))},
            {"displayName", person.display_name},
            {"active", true},
            {"timeZone", person.time_zone}};
}

json::object jira_issue(const Site& site, string_view event) {
    return {{"id", ids::kIssue},
            {"self", site.url(fmt::format("/rest/api/2/issue/{}", ids::kIssue))},
            {"key", ids::kIssueKey},
            {"fields", fields(site, event)}};
}

json::object jira_changelog(string_view event) {
    json::array items;
    if (event == "jira:issue_created") {
        items.push_back(assigned_to_tomas({}));
    } else if (event == "jira:worklog_updated") {
        items.push_back(change("timeestimate", {"28800", "28800"}, {"18000", "18000"}));
        items.push_back(change("timespent", {}, {"10800", "10800"}));
        items.push_back(change("WorklogId", {ids::kWorklog, ids::kWorklog}, {}));
    } else {
        items.push_back(change("status", {"10001", "To Do"}, {"3", "In Progress"}));
        items.push_back(assigned_to_tomas({kAda.account_id, kAda.display_name}));
    }
    return {{"id", ids::kChangelog}, {"items", std::move(items)}};
}

json::object jira_comment(const Site& site, string_view event) {
    const bool is_just_made = event == "comment_created" || event == "jira:issue_updated";
    const bool is_just_changed = event == "comment_updated";
    const Millis age = is_just_made ? Millis(0) : kCommentAge;
    return {{"self", site.url(fmt::format("/rest/api/2/issue/{}/comment/{}", ids::kIssue, ids::kComment))},
            {"id", ids::kComment},
            {"author", jira_user(site, kAda)},
            {"body", is_just_changed ? "It fails with every coupon that has a digit in it, in Firefox too."
                                     : "It fails with every coupon that has a digit in it."},
            {"updateAuthor", jira_user(site, kAda)},
            {"created", site.iso(age)},
            {"updated", site.iso(is_just_changed ? Millis(0) : age)},
            {"jsdPublic", true}};
}

json::object jira_worklog(const Site& site, string_view event) {
    const Millis age = event == "worklog_created" ? Millis(0) : kWorklogAge;
    return {{"self", site.url(fmt::format("/rest/api/2/issue/{}/worklog/{}", ids::kIssue, ids::kWorklog))},
            {"author", jira_user(site, kTomas)},
            {"updateAuthor", jira_user(site, event == "worklog_created" ? kTomas : kAda)},
            {"comment", "Found the pattern that rejects digits."},
            {"created", site.iso(age)},
            {"updated", site.iso(event.ends_with("worklog_updated") ? Millis(0) : age)},
            {"started", site.iso(age + Millis(3h))},
            {"timeSpent", "3h"},
            {"timeSpentSeconds", 10800},
            {"id", ids::kWorklog},
            {"issueId", ids::kIssue}};
}

json::object jira_attachment(const Site& site) {
    return {{"self", site.url(fmt::format("/rest/api/2/attachment/{}", ids::kAttachment))},
            {"id", ids::kAttachment},
            {"filename", "coupon-error.png"},
            {"author", jira_user(site, kAda)},
            {"created", site.iso(kAttachmentAge)},
            {"size", 48213},
            {"mimeType", "image/png"},
            {"content", site.url(fmt::format("/rest/api/2/attachment/content/{}", ids::kAttachment))}};
}

json::object jira_version(const Site& site, string_view event, string_view id) {
    const bool is_next = id == ids::kNextVersion;
    const bool is_released = !is_next && event == "jira:version_released";
    const days to_release = days(is_released ? 0 : is_next ? 42 : 14);
    return {{"self", site.url(fmt::format("/rest/api/2/version/{}", id))},
            {"id", id},
            {"description", is_next ? "Gift cards" : "Coupons and a faster checkout"},
            {"name", is_next ? "1.5" : "1.4"},
            {"archived", false},
            {"released", is_released},
            {"startDate", site.date(days(is_next ? -14 : 14))},
            {"releaseDate", site.date(-to_release)},
            {"overdue", false},
            {"userStartDate", site.user_date(days(is_next ? -14 : 14))},
            {"userReleaseDate", site.user_date(-to_release)},
            {"projectId", 10000}};
}

}  // namespace posthorn::catalogue
