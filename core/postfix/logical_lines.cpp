#include "core/postfix/logical_lines.hpp"

#include "core/base/text.hpp"

namespace relayctl {

std::vector<std::pair<std::size_t, std::string>> logical_lines(std::string_view text)
{
    std::vector<std::pair<std::size_t, std::string>> lines;
    std::size_t number = 0;
    for (const std::string_view line : split_lines(text)) {
        ++number;
        const std::string_view trimmed = trim(line);
        if (trimmed.empty() || trimmed.front() == '#') {
            continue;
        }
        if (is_blank(line.front()) && !lines.empty()) {
            lines.back().second += line;
        } else {
            lines.emplace_back(number, line);
        }
    }
    return lines;
}

} // namespace relayctl
