#include "core/table/sections.hpp"

#include "core/base/parallel.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>

namespace relayctl {

std::vector<std::size_t> sections_of(std::string_view text)
{
    constexpr std::size_t least = std::size_t{ 1 } << 20; // bytes of a part
    const std::size_t count
        = std::clamp<std::size_t>(text.size() / least, 1, 4 * processor_count());
    std::vector<std::size_t> begins = { 0 };
    for (std::size_t i = 1; i < count; ++i) {
        begins.push_back(std::max(begins.back(), line_behind(text, i * (text.size() / count))));
    }
    begins.push_back(text.size());
    return begins;
}

} // namespace relayctl
