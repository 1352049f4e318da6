// Where the physical lines of a text begin and end.
#pragma once

#include <cstddef>
#include <string_view>

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

} // namespace relayctl
