#include "core/x509/first_digits.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <bit>

namespace relayctl {

std::string_view first_digits(std::string_view fingerprint, std::size_t digits) noexcept
{
    for (std::size_t i = 0, seen = 0; i < fingerprint.size(); ++i) {
        seen += hex_value(fingerprint[i]) >= 0 ? 1 : 0;
        if (seen == digits) {
            return fingerprint.substr(0, i + 1);
        }
    }
    return fingerprint;
}

void EnoughDigits::add(std::string_view fingerprint)
{
    std::uint64_t beginning = 0;
    for (const char c : first_digits(fingerprint, most)) {
        const int digit = hex_value(c);
        beginning = digit < 0 ? beginning : beginning << 4 | static_cast<std::uint64_t>(digit);
    }
    beginnings_.push_back(beginning);
}

std::size_t EnoughDigits::count()
{
    std::sort(beginnings_.begin(), beginnings_.end());
    std::size_t enough = least_;
    for (std::size_t i = 1; i < beginnings_.size(); ++i) {
        const std::uint64_t difference = beginnings_[i - 1] ^ beginnings_[i];
        if (difference != 0) { // else it is the same fingerprint, listed twice
            const auto common = static_cast<std::size_t>(std::countl_zero(difference)) / 4;
            enough = std::max(enough, (common + 2) / 2 * 2);
        }
    }
    return enough;
}

} // namespace relayctl
