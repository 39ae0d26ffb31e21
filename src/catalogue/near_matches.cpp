// The part of Catalogue that explains unknown names.
#include <fmt/format.h>

#include "catalogue/catalogue.h"
#include "wire/suggest.h"

namespace posthorn::catalogue {
namespace {

constexpr std::size_t kShownMax = 100;
constexpr std::size_t kExplainedMax = 3;

std::string_view title(Product product) { return product == Product::jira ? "Jira" : "Confluence"; }

Product other(Product product) { return product == Product::jira ? Product::confluence : Product::jira; }

// An unknown name comes from outside: shown in full only while it is short, and without control characters.
std::string shown(std::string_view name) {
    std::string text;
    for (const char letter : name.substr(0, kShownMax))
        text += static_cast<unsigned char>(letter) < 0x20 || letter == '"' || letter == 0x7f ? '?' : letter;
    if (name.size() > kShownMax) {
        // Not in the middle of a UTF-8 sequence.
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
        text += "...";
    }
    return text;
}

}  // namespace

std::vector<NearMatch> Catalogue::near_matches(Product product, std::string_view name,
                                               std::span<const std::string_view> custom, std::size_t count_max) const {
    std::vector<std::string_view> known(custom.begin(), custom.end());
    for (const auto& type : types(product))
        // Nobody may post the events that Posthorn makes, so those are no help.
        if (!is_made_by_posthorn(type.name)) known.push_back(type.name);

    std::vector<NearMatch> matches;
    if (const auto* elsewhere = find(other(product), name); elsewhere != nullptr && count_max > 0)
        matches.push_back({other(product), elsewhere->name});
    for (const auto match : wire::near_matches(name, known, count_max - matches.size()))
        matches.push_back({product, std::string(match)});
    return matches;
}

std::string Catalogue::explain_unknown(Product product, std::string_view name,
                                       std::span<const std::string_view> custom) const {
    const auto matches = near_matches(product, name, custom, kExplainedMax);
    std::string text = fmt::format("{} has no event type \"{}\"", title(product), shown(name));
    std::string near;
    for (const auto& match : matches) {
        if (match.product != product) {
            text += fmt::format(", but {} has", title(match.product));
            continue;
        }
        if (!near.empty()) near += ", ";
        near += match.name;
    }
    if (near.empty()) return text + "; GET /api/v1/event-types lists those there are.";
    return text + "; did you mean " + near + "?";
}

}  // namespace posthorn::catalogue
