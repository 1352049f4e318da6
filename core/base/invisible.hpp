// Characters that nobody sees: text from web pages and word processors has them.
#pragma once

namespace relayctl {

// Returns true for a character that looks like a blank or like nothing at all, but is no blank of
// ASCII: a no-break space, a space without width, a soft hyphen.
constexpr bool is_invisible(char32_t c) noexcept
{
    return c == 0xa0 || c == 0xad || c == 0x34f || c == 0x61c || c == 0x1680 || c == 0x180e
        || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f)
        || (c >= 0x205f && c <= 0x206f) || c == 0x2800 || c == 0x3000 || c == 0x3164
        || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

} // namespace relayctl
