#pragma once
// The sample issue, and what hangs on it.

#include <string_view>

#include <boost/json/object.hpp>

#include "catalogue/site.h"

namespace posthorn::catalogue {

boost::json::object jira_user(const Site& site, const Person& person);

/// The issue as it is when `event` happens: new in jira:issue_created, later with its history.
boost::json::object jira_issue(const Site& site, std::string_view event);

/// What `event` changed in the issue.
boost::json::object jira_changelog(std::string_view event);

boost::json::object jira_comment(const Site& site, std::string_view event);
boost::json::object jira_worklog(const Site& site, std::string_view event);
boost::json::object jira_attachment(const Site& site);

/// The version ids::kVersion or ids::kNextVersion as it is when `event` happens.
boost::json::object jira_version(const Site& site, std::string_view event, std::string_view id);

}  // namespace posthorn::catalogue
