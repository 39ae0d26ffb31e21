#include "program/table.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/assert.h"

namespace posthorn::program {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kShrunkMin = 8;
constexpr std::size_t kShrunkGladly = 18;

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<Cell> row) {
    POSTHORN_ASSERT(row.size() == columns_.size());
    for (auto& cell : row) cell.text = printable(cell.text);
    rows_.push_back(std::move(row));
}

std::vector<Table::Shown> Table::shown(std::size_t columns_max) const {
    std::vector<Shown> shown;
    for (std::size_t i = 0; i < columns_.size(); ++i) shown.push_back({i, columns(columns_[i].heading)});
    for (const auto& row : rows_)
        for (auto& [column, width] : shown) width = std::max(width, columns(row[column].text));
    if (columns_max == 0) return shown;

    // How wide it is if no column that may shrink has more than `shrunk`.
    const auto total = [&](std::size_t shrunk) {
        std::size_t sum = kGap * (shown.size() - 1);
        for (const auto& [column, width] : shown)
            sum += columns_[column].fit == Column::Fit::shrink ? std::min(width, shrunk) : width;
        return sum;
    };
    while (total(kShrunkGladly) > columns_max) {
        const auto last = std::find_if(shown.rbegin(), shown.rend(),
                                       [&](const Shown& one) { return columns_[one.column].fit == Column::Fit::drop; });
        if (last == shown.rend()) break;
        shown.erase(std::next(last).base());
    }
    while (total(std::numeric_limits<std::size_t>::max()) > columns_max) {
        Shown* widest = nullptr;
        for (auto& one : shown) {
            if (columns_[one.column].fit != Column::Fit::shrink || one.width <= kShrunkMin) continue;
            if (widest == nullptr || one.width > widest->width) widest = &one;
        }
        if (widest == nullptr) break;
        --widest->width;
    }
    return shown;
}

std::string Table::text(std::size_t columns_max, const Paint& paint) const {
    const auto layout = shown(columns_max);
    std::string out;
    const auto put_row = [&](const std::vector<Cell>& row) {
        std::size_t left = columns_max == 0 ? std::numeric_limits<std::size_t>::max() : columns_max;
        std::string pending;  // Spaces that are only written if something follows.
        for (const auto& [column, width] : layout) {
            if (left == 0) break;
            const auto room = std::min(width, left);
            const auto cell = cut_to(row[column].text, room);
            const std::string fill(room - columns(cell), ' ');
            const bool is_right = columns_[column].align == Column::Align::right;
            if (is_right) pending += fill;
            if (!cell.empty()) {
                out += pending + paint(row[column].style, cell);
                pending.clear();
            }
            if (!is_right) pending += fill;
            left -= room;
            const auto gap = std::min(left, kGap);
            pending.append(gap, ' ');
            left -= gap;
        }
        out += '\n';
    };
    std::vector<Cell> headings;
    for (const auto& column : columns_) headings.push_back({column.heading, Style::dim});
    put_row(headings);
    for (const auto& row : rows_) put_row(row);
    return out;
}

}  // namespace posthorn::program
