// Includes Catch2, version 2 (Debian 12) or 3.
#pragma once

#if RELAYCTL_CATCH >= 3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <initializer_list>
#include <string>

// Matches a text that has this part in it.
inline auto contains(const std::string& part)
{
#if RELAYCTL_CATCH >= 3
    return Catch::Matchers::ContainsSubstring(part);
#else
    return Catch::Matchers::Contains(part);
#endif
}

// Checks that the predicate says the same of each of the texts. A failure names the text.
template <typename Predicate>
void check_each(std::initializer_list<std::string> texts, bool expected, Predicate predicate)
{
    for (const std::string& text : texts) {
        CAPTURE(text);
        CHECK(static_cast<bool>(predicate(text)) == expected);
    }
}
