#pragma once
// Rows under headings, aligned, no wider than the terminal.

#include <cstddef>
#include <string>
#include <vector>

#include "program/terminal.h"

namespace posthorn::program {

struct Column {
    enum class Align { left, right };
    /// What a column does when the table is too wide for the terminal: gives up width, or goes altogether.
    enum class Fit { keep, shrink, drop };

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

    /// Lines, each with its end; headings dim. `columns_max` 0 is no limit. Columns that may be dropped are, from the
    /// right, before those that may shrink would be narrower than 18; they shrink, the widest first, down to 8. What
    /// does not fit then is cut off at the end of the line.
    std::string text(std::size_t columns_max, const Paint& paint) const;

private:
    struct Shown {
        std::size_t column;
        std::size_t width;
    };
    std::vector<Shown> shown(std::size_t columns_max) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace posthorn::program
