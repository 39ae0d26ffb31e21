#pragma once
// The site that all samples come from: its clock, its addresses, and the two people on it.

#include <chrono>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/moment.h"
#include "catalogue/sample.h"
#include "model/event.h"

namespace posthorn::catalogue {

/// Ids in the samples. Each thing has one id wherever it occurs; the tests check that.
namespace ids {
inline constexpr std::string_view kProject = "10000";
inline constexpr std::string_view kProjectKey = "ABC";
inline constexpr std::string_view kIssue = "10042";
inline constexpr std::string_view kIssueKey = "ABC-1";
inline constexpr std::string_view kLinkedIssue = "10043";
inline constexpr std::string_view kVersion = "10010";
inline constexpr std::string_view kNextVersion = "10011";
inline constexpr std::string_view kComment = "10100";
inline constexpr std::string_view kWorklog = "10200";
inline constexpr std::string_view kAttachment = "10300";
inline constexpr std::string_view kChangelog = "10400";
inline constexpr std::string_view kFilter = "10500";
inline constexpr int kSprint = 7;
inline constexpr int kBoard = 3;
inline constexpr std::string_view kSpaceKey = "DOC";
}  // namespace ids

/// Someone who works on the site. A value made of literals.
struct Person {
    std::string_view account_id;
    std::string_view name;  ///< Legacy user name; her key is the same.
    std::string_view display_name;
    std::string_view email;
    std::string_view time_zone;
};

/// She acts in every sample that has an acting user.
inline constexpr Person kAda{"5f0a1c9d2b7e4d0068a3c111", "aberger", "Ada Berger", "ada.berger@example.com",
                             "Europe/Vienna"};
inline constexpr Person kTomas{"5f0a1c9d2b7e4d0068a3c222", "tnovak", "Tomas Novak", "tomas.novak@example.com",
                               "America/New_York"};

/// A value. All times are told as how long before the event they were.
class Site {
public:
    explicit Site(const SampleOptions& options);

    /// The address of a path that begins with `/`.
    std::string url(std::string_view path) const;

    std::int64_t ms(Millis before = Millis(0)) const;
    /// As Jira writes it: 2026-11-24T20:14:00.000+0000.
    std::string iso(Millis before = Millis(0)) const;
    /// As Jira Software writes it: 2026-11-24T20:14:00.000Z.
    std::string iso_z(Millis before = Millis(0)) const;
    /// 2026-11-24; a negative `before` is a day to come.
    std::string date(std::chrono::days before) const;
    /// As Jira shows it to people: 24/Nov/26.
    std::string user_date(std::chrono::days before) const;

private:
    Moment now_;
    std::string base_url_;
};

/// A value of the acting user's kind for an envelope.
model::ActingUser acting_user(const Person& person);

}  // namespace posthorn::catalogue
