// A table for people: each column is as wide as its longest cell. If the terminal is narrower,
// columns shrink in the order of how well people can do without them, and at last some are left
// out. Widths are counted in columns of the terminal, not in bytes or characters. A Utf8Locale must
// live while one is measured or written.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One cell. The text is escaped; the colour is an SGR sequence, or empty.
struct Cell {
    std::string text;
    std::string_view color = {};
};
using Row = std::vector<Cell>;

class Columns {
public:
    // A column by its number, and how narrow it may become in this step; at 0 it is left out.
    struct Step {
        std::size_t column;
        std::size_t least;
    };

    explicit Columns(std::span<const std::string_view> titles);

    // Makes each column as wide as its cell of the row, if it was narrower.
    void measure(const Row& row);
    // Leaves a column out, as those are whose cells are all empty.
    void leave_out(std::size_t column) { widths_[column] = 0; }
    // Makes the columns as wide as their titles; call it when all rows are measured. Then takes the
    // steps in their order until a line fits. width: of the terminal, 0 if there is no limit.
    // Returns whether a line fits in the end.
    bool fit(std::size_t width, std::initializer_list<Step> steps);

    // Writes one line. The colour stands around the text alone, so it does not count for the width.
    void write_titles(std::ostream& out, bool colored) const;
    void write(std::ostream& out, const Row& row, bool colored) const;

private:
    std::size_t line_width() const;

    std::span<const std::string_view> titles_;
    std::vector<std::size_t> widths_; // 0: the column is not shown
};

} // namespace relayctl
