#include "program/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/assert.h"

namespace posthorn::program {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kShrunkMin = 8;

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<Cell> row) {
    POSTHORN_ASSERT(row.size() == columns_.size());
    for (auto& cell : row) cell.text = printable(cell.text);
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t columns_max) const {
    std::vector<std::size_t> widths;
    for (const auto& column : columns_) widths.push_back(columns(column.heading));
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i].text));
    if (columns_max == 0) return widths;

    const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1)); };
    while (total() > columns_max) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].fit == Column::Fit::keep || widths[i] <= kShrunkMin) continue;
            if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
        }
        if (widest == columns_.size()) break;
        --widths[widest];
    }
    return widths;
}

std::string Table::text(std::size_t columns_max, const Paint& paint) const {
    const auto room = widths(columns_max);
    std::string out;
    const auto put_row = [&](const std::vector<Cell>& row) {
        std::size_t left = columns_max == 0 ? static_cast<std::size_t>(-1) : columns_max;
        std::string pending;  // Spaces that are only written if something follows.
        for (std::size_t i = 0; i < row.size() && left > 0; ++i) {
            const auto shown = cut_to(row[i].text, std::min(room[i], left));
            const auto used = columns(shown);
            const std::string fill(std::min(room[i], left) - used, ' ');
            const bool is_right = columns_[i].align == Column::Align::right;
            if (is_right) pending += fill;
            if (!shown.empty()) {
                out += pending + paint(row[i].style, shown);
                pending.clear();
            }
            if (!is_right) pending += fill;
            left -= used + fill.size();
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
