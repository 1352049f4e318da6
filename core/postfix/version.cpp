#include "core/postfix/version.hpp"

#include <charconv>

namespace relayctl {

bool version_is_at_least(std::string_view version, int major, int minor)
{
    int have_major = 0;
    int have_minor = 0;
    const char* end = version.data() + version.size();
    const auto first = std::from_chars(version.data(), end, have_major);
    if (first.ptr != end) {
        std::from_chars(first.ptr + 1, end, have_minor);
    }
    return have_major > major || (have_major == major && have_minor >= minor);
}

} // namespace relayctl
