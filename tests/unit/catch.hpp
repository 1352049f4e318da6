// Catch2 v2 (Debian 12) and v3 alike.
#pragma once

#if RELAYCTL_CATCH >= 3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

// A matcher: the text has this part.
inline auto contains(const std::string& part)
{
#if RELAYCTL_CATCH >= 3
    return Catch::Matchers::ContainsSubstring(part);
#else
    return Catch::Matchers::Contains(part);
#endif
}
