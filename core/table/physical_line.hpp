// Where the physical lines of a text begin and end.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns where the line that position is in begins.
inline std::size_t line_begin(std::string_view text, std::size_t position) noexcept
{
    const std::size_t before
        = position == 0 ? std::string_view::npos : text.rfind('\n', position - 1);
    return before == std::string_view::npos ? 0 : before + 1;
}

// Returns the place behind the newline of the line that position is in.
inline std::size_t line_end(std::string_view text, std::size_t position) noexcept
{
    const std::size_t newline = text.find('\n', position);
    return newline == std::string_view::npos ? text.size() : newline + 1;
}

// Returns the lines with their newlines.
inline std::vector<std::string_view> whole_lines(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = line_end(text, 0);
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return lines;
}

} // namespace relayctl
