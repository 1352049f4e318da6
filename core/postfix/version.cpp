#include "core/postfix/version.hpp"

#include <array>
#include <charconv>
#include <tuple>

namespace relayctl {

namespace {

// Returns the first three numbers; those that are missing are 0. "3.9-20240101" has no third one.
std::array<int, 3> numbers_of(std::string_view version)
{
    std::array<int, 3> numbers{};
    const char* at = version.data();
    const char* end = at + version.size();
    for (int& number : numbers) {
        at = std::from_chars(at, end, number).ptr;
        if (at == end || *at != '.') {
            break;
        }
        ++at;
    }
    return numbers;
}

} // namespace

bool version_is_at_least(std::string_view version, int major, int minor)
{
    const auto [have_major, have_minor, patch] = numbers_of(version);
    return std::tie(have_major, have_minor) >= std::tie(major, minor);
}

bool has_fix(std::string_view version, std::initializer_list<FixedRelease> branches)
{
    const auto [major, minor, patch] = numbers_of(version);
    bool is_newer_than_all = true;
    for (const FixedRelease& first : branches) {
        if (major == first.major && minor == first.minor) {
            return patch >= first.patch;
        }
        is_newer_than_all = std::tie(major, minor) > std::tie(first.major, first.minor);
    }
    return is_newer_than_all;
}

} // namespace relayctl
