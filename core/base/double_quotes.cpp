#include "core/base/double_quotes.hpp"

#include "core/base/text.hpp"

namespace relayctl {

std::string in_double_quotes(std::string_view text)
{
    std::string result = "\"";
    for (const char c : escape(text)) {
        if (c == '"') {
            result += "\\x22";
        } else {
            result += c;
        }
    }
    return result + '"';
}

} // namespace relayctl
