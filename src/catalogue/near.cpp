#include "catalogue/near.h"

#include <algorithm>
#include <string>
#include <vector>

namespace posthorn::catalogue {
namespace {

// Longer names than any event type's aren't compared: the work grows with the square of the length.
constexpr std::size_t kComparedMax = 100;
constexpr std::size_t kPartMin = 4;

// Lower case, without "jira:", and with one separator: what people mix up.
std::string normal(std::string_view name) {
    std::string text;
    for (const char letter : name) {
        if (letter >= 'A' && letter <= 'Z')
            text += static_cast<char>(letter - 'A' + 'a');
        else
            text += letter == '-' || letter == '.' || letter == ' ' ? '_' : letter;
    }
    if (text.starts_with("jira:")) text.erase(0, 5);
    return text;
}

std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1] ? 1U : 0U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

std::vector<std::string_view> sorted_words(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find('_'), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    std::ranges::sort(words);
    return words;
}

}  // namespace

std::optional<std::size_t> nearness(std::string_view name, std::string_view known) {
    if (name.size() > kComparedMax || known.size() > kComparedMax) return std::nullopt;
    const std::string a = normal(name);
    const std::string b = normal(known);
    const std::size_t longer = std::max(a.size(), b.size());
    const std::size_t distance = edits(a, b);
    if (distance <= longer / 3) return distance;
    if (sorted_words(a) == sorted_words(b)) return longer / 3;
    // A part is a hint, but a weaker one than any typing error.
    const bool is_part = std::min(a.size(), b.size()) >= kPartMin &&
                         (a.find(b) != std::string::npos || b.find(a) != std::string::npos);
    if (is_part) return longer;
    return std::nullopt;
}

}  // namespace posthorn::catalogue
