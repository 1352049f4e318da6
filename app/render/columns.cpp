#include "app/render/columns.hpp"

#include "app/render/display_width.hpp"

#include <algorithm>
#include <ostream>

namespace relayctl {

namespace {

constexpr std::size_t gap = 2; // blanks between two columns

} // namespace

Columns::Columns(std::span<const std::string_view> titles)
    : titles_(titles)
    , widths_(titles.size(), 0)
{
}

void Columns::measure(const Row& row)
{
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        widths_[i] = std::max(widths_[i], display_width(row[i].text));
    }
}

std::size_t Columns::line_width() const
{
    std::size_t sum = 0;
    for (const std::size_t width : widths_) {
        sum += width == 0 ? 0 : width + gap;
    }
    return sum - std::min(sum, gap);
}

bool Columns::fit(std::size_t width, std::initializer_list<Step> steps)
{
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        widths_[i] = widths_[i] == 0 ? 0 : std::max(widths_[i], titles_[i].size());
    }
    for (const auto& [column, least] : steps) {
        const std::size_t needed = line_width();
        std::size_t& own = widths_[column];
        if (width != 0 && needed > width && own > least) {
            own = least == 0 ? 0 : std::max(least, own - std::min(own, needed - width));
        }
    }
    return width == 0 || line_width() <= width;
}

void Columns::write_titles(std::ostream& out, bool colored) const
{
    Row row;
    for (const std::string_view title : titles_) {
        row.push_back({ std::string(title), "\033[1m" });
    }
    write(out, row, colored);
}

void Columns::write(std::ostream& out, const Row& row, bool colored) const
{
    std::string line;
    std::size_t blanks = 0; // in front of the next cell
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (widths_[i] == 0) {
            continue;
        }
        const std::string text = cut_to_width(row[i].text, widths_[i]);
        const bool paint = colored && !row[i].color.empty() && !text.empty();
        if (!text.empty()) {
            line.append(blanks, ' ');
            blanks = 0;
        }
        line += (paint ? std::string(row[i].color) : "") + text + (paint ? "\033[0m" : "");
        blanks += widths_[i] - std::min(widths_[i], display_width(text)) + gap;
    }
    out << line << '\n';
}

} // namespace relayctl
