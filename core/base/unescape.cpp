#include "core/base/unescape.hpp"

#include "core/base/text.hpp"

namespace relayctl {

std::string unescape(std::string_view text)
{
    if (text.find('\\') == std::string_view::npos) {
        return std::string(text);
    }
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = text.substr(i);
        if (rest.starts_with("\\\\")) {
            ++i;
        } else if (rest.size() >= 4 && rest.starts_with("\\x") && hex_value(rest[2]) >= 0
            && hex_value(rest[3]) >= 0) {
            result += static_cast<char>(hex_value(rest[2]) * 16 + hex_value(rest[3]));
            i += 3;
            continue;
        }
        result += rest.front();
    }
    return result;
}

} // namespace relayctl
