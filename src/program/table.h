#pragma once
// Rows under headings, aligned, no wider than the terminal.

#include <cstddef>
#include <string>
#include <vector>

#include "program/terminal.h"

namespace posthorn::program {

struct Column {
    enum class Align { left, right };
    /// Whether a column gives up width when the table is too wide for the terminal.
    enum class Fit { keep, shrink };

    std::string heading;
    Align align = Align::left;
    Fit fit = Fit::keep;
};

struct Cell {
    std::string text;  ///< May be foreign: it is made printable.
    Style style = Style::plain;
};

class Table {
public:
    explicit Table(std::vector<Column> columns);

    /// As many cells as there are columns.
    void add(std::vector<Cell> row);
    bool is_empty() const { return rows_.empty(); }

    /// Lines, each with its end; headings dim. `columns_max` 0 is no limit. Columns that may shrink do, the widest
    /// first, down to 8; what does not fit then is cut off at the end of the line.
    std::string text(std::size_t columns_max, const Paint& paint) const;

private:
    std::vector<std::size_t> widths(std::size_t columns_max) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace posthorn::program
