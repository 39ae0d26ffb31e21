#include "catalogue/confluence_samples.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using std::string_view;
using std::chrono::days;

constexpr int kSpaceId = 98306;

// One page, blog post or comment of the space.
struct Item {
    int id;
    string_view title;
    string_view type;
    string_view path;  // Below /wiki.
};

constexpr Item kHome{65537, "Documentation", "page", "/spaces/DOC/overview"};
constexpr Item kHandbook{65600, "Handbook", "page", "/spaces/DOC/pages/65600/Handbook"};
constexpr Item kNotes{65601, "Release notes", "page", "/spaces/DOC/pages/65601/Release+notes"};
constexpr Item kNotes14{65602, "Release notes 1.4", "page", "/spaces/DOC/pages/65602/Release+notes+1.4"};
constexpr Item kNotes15{65603, "Release notes 1.5", "page", "/spaces/DOC/pages/65603/Release+notes+1.5"};
constexpr Item kBlog{65700, "Coupons are back", "blogpost", "/spaces/DOC/blog/65700/Coupons+are+back"};
constexpr Item kFirstComment{65800, "Re: Release notes", "comment",
                             "/spaces/DOC/pages/65601/Release+notes?focusedCommentId=65800"};
constexpr Item kReply{65801, "Re: Release notes", "comment",
                      "/spaces/DOC/pages/65601/Release+notes?focusedCommentId=65801"};
constexpr int kAttachmentId = 65900;

// A Confluence Cloud site's own address ends in /wiki; a base URL that does is kept.
std::string wiki_url(const Site& site, string_view path) {
    const std::string base = site.url("");
    return base + (base.ends_with("/wiki") ? "" : "/wiki") + std::string(path);
}

void add_people(json::object& object, const Person& creator, const Person& modifier) {
    object["creatorAccountId"] = creator.account_id;
    object["lastModifierAccountId"] = modifier.account_id;
    object["creatorName"] = creator.name;
    object["creatorKey"] = creator.name;
    object["lastModifierName"] = modifier.name;
    object["lastModifierKey"] = modifier.name;
}

// Its state when `event` happens: new in an event that creates it.
json::object content(const Site& site, const Item& item, string_view event) {
    const bool is_new = event.ends_with("_created") || event.ends_with("_copied") || event.ends_with("_initialized") ||
                        event.ends_with("_started");
    const bool is_changed = event.ends_with("_updated") || event.ends_with("_published");
    json::object content{{"id", item.id},
                         {"idAsString", std::to_string(item.id)},
                         {"title", item.title},
                         {"spaceKey", ids::kSpaceKey},
                         {"spaceId", kSpaceId},
                         {"contentType", item.type},
                         {"version", is_new       ? 1
                                     : is_changed ? 5
                                                  : 4}};
    content["creationDate"] = site.ms(is_new ? days(0) : days(30));
    content["modificationDate"] = site.ms(is_new || is_changed ? days(0) : days(3));
    add_people(content, kAda, is_new || is_changed ? kAda : kTomas);
    content["self"] = wiki_url(site, item.path);
    return content;
}

// Something that the event names but does not touch.
json::object untouched(const Site& site, const Item& item) { return content(site, item, ""); }

json::object comment(const Site& site, string_view event) {
    auto comment = content(site, kReply, event);
    comment["parent"] = untouched(site, kNotes);
    comment["inReplyTo"] = json::object{{"id", kFirstComment.id}};
    return comment;
}

json::array attachments(const Site& site, string_view event) {
    const bool is_new = event == "attachment_created";
    const bool is_changed = event == "attachment_updated";
    json::object attachment{{"id", kAttachmentId},
                            {"fileName", "coupons.pdf"},
                            {"fileSize", 182044},
                            {"comment", is_changed ? "With the new prices" : ""},
                            {"version", is_changed ? 2 : 1}};
    attachment["creationDate"] = site.ms(is_new ? days(0) : days(10));
    attachment["modificationDate"] = site.ms(is_new || is_changed ? days(0) : days(10));
    add_people(attachment, kAda, kAda);
    attachment["self"] =
        wiki_url(site, fmt::format("/spaces/DOC/pages/{}/Release+notes?preview=%2F{}%2F{}%2Fcoupons.pdf", kNotes.id,
                                   kNotes.id, kAttachmentId));
    return {std::move(attachment)};
}

json::object space(const Site& site, string_view event) {
    const bool is_new = event == "space_created";
    const bool is_changed = event == "space_updated";
    json::object space{{"key", ids::kSpaceKey},
                       {"title", "Documentation"},
                       {"description", "All about the shop"},
                       {"isPersonalSpace", false},
                       {"self", wiki_url(site, "/spaces/DOC")},
                       {"homePage", json::object{{"id", kHome.id}}}};
    space["creationDate"] = site.ms(is_new ? days(0) : days(90));
    space["modificationDate"] = site.ms(is_new || is_changed ? days(0) : days(45));
    add_people(space, kAda, kAda);
    return space;
}

json::object label(const Site& site) {
    return {{"name", "release"},     {"owner", kAda.name},
            {"ownerKey", kAda.name}, {"ownerAccountId", kAda.account_id},
            {"title", "release"},    {"self", wiki_url(site, "/label/release")}};
}

json::object labeled(const Site& site, string_view event) {
    json::array labels{json::object{{"name", "documentation"}}};
    if (event == "label_added") labels.push_back(json::object{{"name", "release"}});
    json::object labeled{{"labels", std::move(labels)}};
    for (auto& [key, value] : untouched(site, kNotes)) labeled[key] = std::move(value);
    return labeled;
}

json::object user_profile() {
    return {{"accountId", kTomas.account_id},
            {"userKey", kTomas.name},
            {"username", kTomas.name},
            {"email", kTomas.email},
            {"fullName", kTomas.display_name}};
}

json::object blueprint() {
    return {{"id", "2b0c6b1e-53b5-4a0e-9c57-1c1f4d2f7a10"},
            {"indexKey", "meeting-notes"},
            {"spaceKey", ids::kSpaceKey},
            {"i18nNameKey", "confluence.blueprints.meeting-notes.name"},
            {"indexTitleI18nKey", "confluence.blueprints.meeting-notes.index.title"},
            {"moduleCompleteKey",
             "com.atlassian.confluence.plugins.confluence-business-blueprints:"
             "meeting-notes-blueprint"},
            {"createResult", "view"},
            {"howToUseTemplate", "Confluence.Templates.Blueprints.Meeting.Notes.howToUse"}};
}

json::object relation() {
    return {{"relationName", "favourite"},
            {"source", json::object{{"type", "user"}, {"accountId", kAda.account_id}}},
            {"target", json::object{{"type", kNotes.type}, {"id", kNotes.id}}}};
}

bool is_security(string_view event) { return event.starts_with("login") || event == "logout"; }

// The fields about the person who acts or logs in.
std::optional<json::value> person_field(string_view event, string_view field) {
    // Bodies that know the user's name have no use for a second spelling of it.
    if (field == "user" && (is_security(event) || event == "search_performed")) return json::value(kAda.name);
    if (field == "username" || field == "userKey" || field == "creator") return json::value(kAda.name);
    if (field == "userAccountId") return json::value(kAda.account_id);
    if (field == "accountType") return json::value("customer");
    // From a block that RFC 5737 sets aside for documentation.
    if (field == "remoteHost" || field == "remoteIP") return json::value("203.0.113.7");
    return std::nullopt;
}

}  // namespace

std::optional<json::value> confluence_field(const Site& site, string_view event, string_view field) {
    if (field == "timestamp") return site.ms();
    if (field == "webhookEvent") return json::value(event);
    if (auto person = person_field(event, field)) return person;
    if (field == "page") return content(site, kNotes, event);
    if (field == "blog") return content(site, kBlog, event);
    if (field == "content") return content(site, kNotes, event);
    if (field == "comment") return comment(site, event);
    if (field == "attachedTo") return untouched(site, kNotes);
    if (field == "attachments") return attachments(site, event);
    if (field == "oldSortedChildren") return json::array{untouched(site, kNotes15), untouched(site, kNotes14)};
    if (field == "newSortedChildren") return json::array{untouched(site, kNotes14), untouched(site, kNotes15)};
    if (field == "oldParent") return untouched(site, kHome);
    if (field == "newParent") return untouched(site, kHandbook);
    if (field == "updateTrigger") return json::value("edit_page");
    if (field == "suppressNotifications") return json::value(false);
    if (field == "blueprint") return blueprint();
    if (field == "blueprintContext") return json::object{{"spaceKey", ids::kSpaceKey}, {"title", kNotes.title}};
    if (field == "label") return label(site);
    if (field == "labeled") return labeled(site, event);
    if (field == "relationData") return relation();
    if (field == "space") return space(site, event);
    if (field == "userProfile") return user_profile();
    if (field == "query") return json::value("coupon");
    if (field == "results") return json::value(3);
    if (field == "spaceKeys") return json::array{ids::kSpaceKey};
    return std::nullopt;
}

}  // namespace posthorn::catalogue
