#include "wire/suggest.h"

#include <algorithm>
#include <string>

namespace posthorn::wire {
namespace {

// A longer name is not compared: the distance takes time that grows with the product of both lengths.
constexpr std::size_t kNameBytesMax = 100;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view behind_prefix(std::string_view name) { return name.substr(name.find(':') + 1); }

// Optimal string alignment distance.
std::size_t distance(std::string_view one, std::string_view other) {
    const std::size_t width = other.size() + 1;
    std::vector<std::size_t> before_last(width), last(width), row(width);
    for (std::size_t j = 0; j < width; ++j) last[j] = j;
    for (std::size_t i = 1; i <= one.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j < width; ++j) {
            const std::size_t replaced = last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[other.size()];
}

}  // namespace

std::vector<std::string_view> near_matches(std::string_view name, std::span<const std::string_view> names,
                                           std::size_t matches_max) {
    if (name.empty() || name.size() > kNameBytesMax) return {};
    const std::string wanted = lower(name);
    const std::size_t distance_max = std::max<std::size_t>(1, name.size() / 3);

    struct Match {
        std::size_t distance;
        std::string_view name;
    };
    std::vector<Match> matches;
    for (const std::string_view candidate : names) {
        if (candidate.size() > kNameBytesMax) continue;
        const std::string known = lower(candidate);
        std::size_t nearest = distance(wanted, known);
        // `issue_created` and `jira:issue_created` are the same thing to a person.
        if (known.find(':') != std::string::npos || wanted.find(':') != std::string::npos) {
            nearest = std::min(nearest, distance(behind_prefix(wanted), behind_prefix(known)));
        }
        if (nearest <= distance_max) matches.push_back({nearest, candidate});
    }
    std::ranges::stable_sort(matches, {}, &Match::distance);
    if (matches.size() > matches_max) matches.resize(matches_max);

    std::vector<std::string_view> found;
    for (const Match& match : matches) found.push_back(match.name);
    return found;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> names) {
    const auto matches = near_matches(name, names);
    std::string text;
    for (std::size_t i = 0; i < matches.size(); ++i) {
        text += i == 0 ? ", did you mean " : i + 1 == matches.size() ? " or " : ", ";
        text += matches[i];
    }
    if (!text.empty()) text += "?";
    return text;
}

}  // namespace posthorn::wire
