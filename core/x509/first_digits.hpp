// The beginning of a fingerprint, by which people know it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns the text up to its hexadecimal digit of this number, or all of it if it has fewer. Other
// characters, such as colons, do not count.
std::string_view first_digits(std::string_view fingerprint, std::size_t digits) noexcept;

// Finds out how many digits of a fingerprint are enough to tell it from all others of a list.
class EnoughDigits {
public:
    // least: an even number of digits that are shown in any case.
    explicit EnoughDigits(std::size_t least)
        : least_(least)
    {
    }

    // fingerprint: in any spelling of from_key().
    void add(std::string_view fingerprint);
    // Returns an even number. More than `most` digits are never needed.
    std::size_t count();

private:
    static constexpr std::size_t most = 16; // nobody has ever seen two that begin with the same 16

    std::size_t least_;
    std::vector<std::uint64_t> beginnings_; // the first `most` digits of each
};

} // namespace relayctl
