#include "core/table/refusing_value.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

bool means_refusal(std::string_view value)
{
    static constexpr std::array<std::string_view, 5> actions
        = { "reject", "defer", "defer_if_permit", "defer_if_reject", "discard" };
    value = trim(value);
    const char first = value.empty() ? '\0' : lower(value.front());
    if (first != 'd' && first != 'r' && !is_digit(first)) { // as that of most hosts
        return false;
    }
    std::size_t end = 0;
    while (end < value.size() && !is_blank(value[end])) {
        ++end;
    }
    const std::string_view word = value.substr(0, end);
    const bool is_code = word.size() == 3 && (word[0] == '4' || word[0] == '5')
        && std::all_of(word.begin(), word.end(), is_digit);
    return is_code || std::any_of(actions.begin(), actions.end(), [&](std::string_view action) {
        return equal_ignoring_case(word, action);
    });
}

std::string refusal_in_words(std::string_view value)
{
    return "the value " + quote(value, 100)
        + " refuses nobody: whoever is listed in relay_clientcerts relays, whatever the value";
}

} // namespace relayctl
