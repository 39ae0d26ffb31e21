// The part of Catalogue that explains unknown names.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "catalogue/catalogue.h"
#include "catalogue/near.h"

namespace posthorn::catalogue {
namespace {

constexpr std::size_t kShownMax = 100;

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
                                               std::span<const std::string_view> custom,
                                               std::size_t count_max) const {
    struct Candidate {
        std::size_t distance;
        std::string_view name;
    };
    std::vector<Candidate> candidates;
    const auto add = [&](std::string_view known) {
        // Nobody may post these, so they are no help.
        if (is_made_by_posthorn(known)) return;
        if (const auto distance = nearness(name, known)) candidates.push_back({*distance, known});
    };
    for (const auto& type : types(product)) add(type.name);
    for (const auto known : custom) add(known);
    std::ranges::stable_sort(candidates, {}, &Candidate::distance);

    std::vector<NearMatch> matches;
    if (const auto* elsewhere = find(other(product), name)) matches.push_back({other(product), elsewhere->name});
    for (const auto& candidate : candidates) {
        if (matches.size() >= count_max) break;
        matches.push_back({product, std::string(candidate.name)});
    }
    if (matches.size() > count_max) matches.resize(count_max);
    return matches;
}

std::string Catalogue::explain_unknown(Product product, std::string_view name,
                                       std::span<const std::string_view> custom) const {
    const auto matches = near_matches(product, name, custom);
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
