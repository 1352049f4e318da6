#include "core/base/bytes.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <string>

namespace relayctl {

namespace {

// A word with this value in each of its bytes.
constexpr std::uint64_t in_each_byte(unsigned char byte)
{
    return 0x0101010101010101U * byte;
}

// The result has the high bit of some byte set if, and only if, any byte of the word is below
// `limit`, which is at most 0x80 (Hacker's Delight, 6-1).
constexpr std::uint64_t below(std::uint64_t word, unsigned char limit)
{
    return (word - in_each_byte(limit)) & ~word;
}

// Likewise, for a byte that is a backslash or a double quote.
constexpr std::uint64_t backslash_or_quote(std::uint64_t word)
{
    return below(word ^ in_each_byte('\\'), 1) | below(word ^ in_each_byte('"'), 1);
}

// Calls take(word) with eight bytes at a time. The last eight may overlap those before them; a text
// of fewer than eight bytes is filled up.
template <typename Take>
void for_each_word(std::string_view text, unsigned char fill, Take take) noexcept
{
    std::uint64_t word = in_each_byte(fill);
    if (text.size() < sizeof word) {
        std::memcpy(&word, text.data(), text.size());
        take(word);
        return;
    }
    for (std::size_t i = 0; i + sizeof word <= text.size(); i += sizeof word) {
        std::memcpy(&word, text.data() + i, sizeof word);
        take(word);
    }
    std::memcpy(&word, text.data() + text.size() - sizeof word, sizeof word);
    take(word);
}

// The result has the high bit set of each byte that is a hexadecimal digit.
constexpr std::uint64_t hexadecimal(std::uint64_t word)
{
    // Sets the high bit of each byte that is at least `limit`. No sum carries into the next byte,
    // because all bytes are below 0x80.
    const auto at_least = [](std::uint64_t bytes, unsigned char limit) {
        return bytes + in_each_byte(static_cast<unsigned char>(0x80 - limit));
    };
    const std::uint64_t ascii = word & in_each_byte(0x7f);
    const std::uint64_t lower = ascii | in_each_byte(0x20);
    const std::uint64_t digits = at_least(ascii, '0') & ~at_least(ascii, '9' + 1);
    const std::uint64_t letters = at_least(lower, 'a') & ~at_least(lower, 'f' + 1);
    return (digits | letters) & ~word & in_each_byte(0x80);
}

// Returns a mask for eight bytes of "XX:XX:...", with 0xff in each byte that has to be a colon.
// first: the place of the first byte within its group "XX:", 0 to 2.
constexpr std::uint64_t colons_due(std::size_t first)
{
    std::array<unsigned char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = (first + i) % 3 == 2 ? 0xff : 0;
    }
    return std::bit_cast<std::uint64_t>(bytes);
}

} // namespace

bool is_pairs_of_digits(std::string_view text) noexcept
{
    if (text.size() % 3 != 2 || text.size() < 5) {
        return false;
    }
    std::string filled;
    if (text.size() == 5) {
        // Five bytes are too few for one word of eight, so a pair that is good is added.
        text = filled.append(text).append(":00");
    }
    static constexpr std::array<std::uint64_t, 3> masks
        = { colons_due(0), colons_due(1), colons_due(2) };
    std::uint64_t bad = 0;
    const auto take = [&](std::size_t begin) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + begin, sizeof word);
        const std::uint64_t colons = masks[begin % 3];
        bad |= ((word ^ in_each_byte(':')) & colons)
            | (~hexadecimal(word) & ~colons & in_each_byte(0x80));
    };
    for (std::size_t begin = 0; begin + sizeof bad <= text.size(); begin += sizeof bad) {
        take(begin);
    }
    // The last eight bytes may overlap the ones before; testing some twice does no harm.
    take(text.size() - sizeof bad);
    return bad == 0;
}

std::uint64_t hash_ignoring_case(std::string_view text) noexcept
{
    // Turns upper into lower case. That it makes other bytes equal, too, only costs a comparison.
    constexpr std::uint64_t fold = in_each_byte(0x20);
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U; // 2^64 divided by the golden ratio
    // The size takes part, since a short text is filled up with zeros.
    std::uint64_t hash = text.size();
    for_each_word(text, 0, [&](std::uint64_t word) {
        hash = (hash ^ (word | fold)) * odd;
        hash ^= hash >> 32;
    });
    return hash * odd;
}

bool is_ascii(std::string_view text) noexcept
{
    std::uint64_t all = 0;
    for_each_word(text, 0, [&](std::uint64_t word) { all |= word; });
    return (all & in_each_byte(0x80)) == 0;
}

bool is_plain(std::string_view text) noexcept
{
    std::uint64_t care = 0;
    for_each_word(text, ' ', [&](std::uint64_t word) {
        care |= word | below(word, ' ') | below(word ^ in_each_byte(0x7f), 1)
            | backslash_or_quote(word);
    });
    return (care & in_each_byte(0x80)) == 0;
}

std::size_t skip_word(std::string_view text) noexcept
{
    // Four words at a time, which the compiler makes one, until one of them needs a closer check.
    std::array<std::uint64_t, 4> words{};
    std::size_t skipped = 0;
    for (; skipped + sizeof words <= text.size(); skipped += sizeof words) {
        std::memcpy(words.data(), text.data() + skipped, sizeof words);
        std::uint64_t care = 0;
        for (const std::uint64_t word : words) {
            care |= below(word, ' ' + 1) | backslash_or_quote(word);
        }
        if ((care & in_each_byte(0x80)) != 0) {
            break;
        }
    }
    for (std::uint64_t word = 0; skipped + sizeof word <= text.size(); skipped += sizeof word) {
        std::memcpy(&word, text.data() + skipped, sizeof word);
        if (((below(word, ' ' + 1) | backslash_or_quote(word)) & in_each_byte(0x80)) != 0) {
            break;
        }
    }
    return skipped;
}

// memchr() is faster than a loop over the bytes, as it looks at many at a time.
std::size_t count_newlines(std::string_view text) noexcept
{
    std::size_t count = 0;
    for (const char *at = text.data(), *const end = at + text.size(); at != end; ++count, ++at) {
        at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
        if (at == nullptr) {
            break;
        }
    }
    return count;
}

} // namespace relayctl
