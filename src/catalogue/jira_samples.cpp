#include "catalogue/jira_samples.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "catalogue/jira_issue.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using std::string_view;
using std::chrono::days;

json::object project(const Site& site) {
    const auto issue = jira_issue(site, "project_updated");
    const auto& short_form = issue.at("fields").at("project").as_object();
    return {{"self", short_form.at("self")},
            {"id", 10000},
            {"key", ids::kProjectKey},
            {"name", short_form.at("name")},
            {"avatarUrls", short_form.at("avatarUrls")},
            {"projectCategory", json::object{{"self", site.url("/rest/api/2/projectCategory/10050")},
                                             {"id", "10050"},
                                             {"name", "Web"},
                                             {"description", "What customers see"}}},
            {"projectLead", jira_user(site, kAda)},
            {"assigneeType", "admin.assignee.type.project.lead"}};
}

enum class SprintMoment : std::uint8_t { planned, just_started, running_out, just_closed };

json::object sprint(const Site& site, SprintMoment moment) {
    const bool is_planned = moment == SprintMoment::planned;
    const bool is_closed = moment == SprintMoment::just_closed;
    json::object sprint{{"id", ids::kSprint},
                        {"self", site.url(fmt::format("/rest/agile/1.0/sprint/{}", ids::kSprint))},
                        {"state", is_planned  ? "future"
                                  : is_closed ? "closed"
                                              : "active"},
                        {"name", "ABC Sprint 7"},
                        {"createdDate", site.iso_z(days(20))}};
    if (!is_planned) {
        // It runs for two weeks.
        const days age(moment == SprintMoment::just_started ? 0 : 14);
        sprint["startDate"] = site.iso_z(age);
        sprint["endDate"] = site.iso_z(age - days(14));
    }
    if (is_closed) sprint["completeDate"] = site.iso_z();
    sprint["originBoardId"] = ids::kBoard;
    sprint["goal"] = "Coupons work everywhere";
    return sprint;
}

json::object sprint_now(const Site& site, string_view event) {
    if (event == "sprint_started") return sprint(site, SprintMoment::just_started);
    if (event == "sprint_closed") return sprint(site, SprintMoment::just_closed);
    auto planned = sprint(site, SprintMoment::planned);
    if (event == "sprint_created") planned["createdDate"] = site.iso_z();
    return planned;
}

std::optional<json::value> sprint_before(const Site& site, string_view event) {
    if (event == "sprint_closed") return sprint(site, SprintMoment::running_out);
    if (event == "sprint_started") return sprint(site, SprintMoment::planned);
    if (event != "sprint_updated") return std::nullopt;
    auto before = sprint(site, SprintMoment::planned);
    before["goal"] = "Coupons";
    return before;
}

json::object board(const Site& site) {
    return {{"id", ids::kBoard},
            {"self", site.url(fmt::format("/rest/agile/1.0/board/{}", ids::kBoard))},
            {"name", "ABC board"},
            {"type", "scrum"}};
}

json::object board_column(const Site& site, string_view name, string_view status) {
    json::array statuses{
        json::object{{"id", status}, {"self", site.url(fmt::format("/rest/api/2/status/{}", status))}}};
    return {{"name", name}, {"statuses", std::move(statuses)}};
}

json::object board_configuration(const Site& site) {
    json::array columns{board_column(site, "To Do", "10001"), board_column(site, "In Progress", "3"),
                        board_column(site, "Done", "10002")};
    return {{"id", ids::kBoard},
            {"name", "ABC board"},
            {"self", site.url(fmt::format("/rest/agile/1.0/board/{}/configuration", ids::kBoard))},
            {"filter", json::object{{"id", ids::kFilter},
                                    {"self", site.url(fmt::format("/rest/api/2/filter/{}", ids::kFilter))}}},
            {"columnConfig", json::object{{"columns", std::move(columns)}, {"constraintType", "none"}}},
            {"ranking", json::object{{"rankCustomFieldId", 10019}}}};
}

json::object filter(const Site& site) {
    return {{"self", site.url(fmt::format("/rest/api/2/filter/{}", ids::kFilter))},
            {"id", ids::kFilter},
            {"name", "Open bugs of the shop"},
            {"description", "What is to be fixed next"},
            {"owner", jira_user(site, kAda)},
            {"jql", "project = ABC AND issuetype = Bug AND resolution IS EMPTY ORDER BY priority"},
            {"favourite", true}};
}

json::object issue_link() {
    return {{"id", 10600},
            {"sourceIssueId", 10042},
            {"destinationIssueId", 10043},
            {"issueLinkType", json::object{{"id", 10003},
                                           {"name", "Relates"},
                                           {"outwardName", "relates to"},
                                           {"inwardName", "relates to"},
                                           {"isSubTaskLinkType", false},
                                           {"isSystemLinkType", false}}},
            {"systemLink", false}};
}

// option_voting_changed and its kin name the setting that they are about.
json::value property(const Site& site, string_view event) {
    if (event.starts_with("issue_property_"))
        return json::object{{"key", "com.example.addon.review"},
                            {"value", json::object{{"state", "approved"}, {"reviewer", kAda.account_id}}}};
    constexpr std::pair<string_view, string_view> kSettings[] = {
        {"option_voting_changed", "jira.option.voting"},
        {"option_watching_changed", "jira.option.watching"},
        {"option_unassigned_issues_changed", "jira.option.allowunassigned"},
        {"option_subtasks_changed", "jira.option.allowsubtasks"},
        {"option_attachments_changed", "jira.option.allowattachments"},
        {"option_issuelinks_changed", "jira.option.issuelinking"},
        {"option_timetracking_changed", "jira.option.timetracking"}};
    for (const auto& [name, key] : kSettings)
        if (name == event)
            return json::object{{"self", site.url(fmt::format("/rest/api/2/application-properties/{}", key))},
                                {"key", key},
                                {"value", "true"}};
    return nullptr;
}

string_view issue_event_type(string_view event) {
    if (event == "jira:issue_created") return "issue_created";
    if (event == "jira:worklog_updated") return "issue_worklog_updated";
    return "issue_generic";  // What a transition is, with or without a comment.
}

json::object user(const Site& site, string_view event) {
    // The user changed is not the one who acts.
    if (!event.starts_with("user_")) return jira_user(site, kAda);
    auto changed = jira_user(site, kTomas);
    if (event == "user_deleted") changed["active"] = false;
    return changed;
}

}  // namespace

std::optional<json::value> jira_field(const Site& site, string_view event, string_view field) {
    if (field == "timestamp") return site.ms();
    if (field == "webhookEvent") return json::value(event);
    if (field == "issue_event_type_name") return json::value(issue_event_type(event));
    if (field == "user") return user(site, event);
    if (field == "issue") return jira_issue(site, event);
    if (field == "changelog") return jira_changelog(event);
    if (field == "comment") return jira_comment(site, event);
    if (field == "worklog") return jira_worklog(site, event);
    if (field == "attachment") return jira_attachment(site);
    if (field == "version")
        return jira_version(site, event, event == "jira:version_merged" ? ids::kNextVersion : ids::kVersion);
    if (field == "mergedVersion" && event == "jira:version_merged") return jira_version(site, event, ids::kVersion);
    if (field == "project") return project(site);
    if (field == "property") return property(site, event);
    if (field == "sprint") return sprint_now(site, event);
    if (field == "oldValue") return sprint_before(site, event);
    if (field == "board") return board(site);
    if (field == "configuration" && event == "board_configuration_changed") return board_configuration(site);
    if (field == "filter") return filter(site);
    if (field == "issueLink") return issue_link();
    return std::nullopt;
}

}  // namespace posthorn::catalogue
