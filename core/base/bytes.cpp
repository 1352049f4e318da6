#include "core/base/bytes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace relayctl {

namespace {

// Sixteen bytes that are compared at once, and the result: all bits of each byte for which it is
// true.
using Chunk = unsigned char __attribute__((vector_size(16)));
using Mask = signed char __attribute__((vector_size(16)));

// The two halves of a chunk or mask, in the order of their bytes.
using Halves = std::array<std::uint64_t, 2>;

template <typename Vector> bool has_any_bit(const Vector& vector) noexcept
{
    const auto halves = std::bit_cast<Halves>(vector);
    return (halves[0] | halves[1]) != 0;
}

// Returns how many bytes stand in front of the first one that is not zero. There must be one.
std::size_t first_byte(std::uint64_t bytes) noexcept
{
    const int bits = std::endian::native == std::endian::little ? std::countr_zero(bytes)
                                                                : std::countl_zero(bytes);
    return static_cast<std::size_t>(bits) / 8;
}

// Returns the place of the first byte that is true, of a mask that has one.
std::size_t first_true(const Mask& mask) noexcept
{
    const auto halves = std::bit_cast<Halves>(mask);
    const std::size_t half = halves[0] != 0 ? 0 : 1;
    return half * sizeof halves[0] + first_byte(halves[half]);
}

// Calls take(chunk) with the next sixteen bytes again and again. The last ones may overlap those
// before them; a text that is shorter is filled up.
template <typename Take>
void for_each_chunk(std::string_view text, unsigned char fill, Take take) noexcept
{
    Chunk chunk = Chunk{} + fill;
    if (text.size() < sizeof chunk) {
        std::memcpy(&chunk, text.data(), text.size());
        take(chunk);
        return;
    }
    for (std::size_t i = 0; i + sizeof chunk <= text.size(); i += sizeof chunk) {
        std::memcpy(&chunk, text.data() + i, sizeof chunk);
        take(chunk);
    }
    std::memcpy(&chunk, text.data() + text.size() - sizeof chunk, sizeof chunk);
    take(chunk);
}

// Returns a mask for sixteen bytes of "XX:XX:...", of those bytes that have to be a colon.
// first: the place of the first byte within its group "XX:", 0 to 2.
constexpr Mask colons_due(std::size_t first)
{
    std::array<signed char, sizeof(Mask)> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = (first + i) % 3 == 2 ? -1 : 0;
    }
    return std::bit_cast<Mask>(bytes);
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U; // 2^64 divided by the golden ratio

// Returns both halves of the product, folded into one.
constexpr std::uint64_t multiplied(std::uint64_t a, std::uint64_t b) noexcept
{
    __extension__ using Product = unsigned __int128;
    const Product product = Product{ a } * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Returns a hash of what change(chunk) makes of the text.
template <typename Change>
std::uint64_t hash_of_chunks(std::string_view text, Change change) noexcept
{
    // The size takes part, since a short text is filled up with zeros. No product has to wait for
    // the one before it, as each chunk has a key of its own.
    std::uint64_t hash = text.size();
    std::uint64_t key = golden;
    for_each_chunk(text, 0, [&](const Chunk& chunk) {
        const auto halves = std::bit_cast<Halves>(change(chunk));
        hash += multiplied(halves[0] ^ key, halves[1] ^ std::rotl(key, 32));
        key += golden;
    });
    return multiplied(hash ^ key, golden);
}

} // namespace

bool is_pairs_of_digits(std::string_view text) noexcept
{
    if (text.size() % 3 != 2 || text.size() < 5) {
        return false;
    }
    std::array<char, sizeof(Chunk) + 1> filled = { "00:00:00:00:00:0" };
    if (text.size() < sizeof(Chunk)) {
        // A short text gets pairs behind it that are good.
        std::memcpy(filled.data(), text.data(), text.size());
        text = { filled.data(), sizeof(Chunk) };
    }
    static const std::array<Mask, 3> masks = { colons_due(0), colons_due(1), colons_due(2) };
    Mask good = ~Mask{};
    const auto take = [&](std::size_t begin) {
        Chunk chunk;
        std::memcpy(&chunk, text.data() + begin, sizeof chunk);
        const Mask colons = masks[begin % 3];
        const Mask digits
            = (chunk - static_cast<unsigned char>('0') < static_cast<unsigned char>(10))
            | ((chunk | static_cast<unsigned char>(0x20)) - static_cast<unsigned char>('a')
                < static_cast<unsigned char>(6));
        good &= ((chunk == ':') & colons) | (digits & ~colons);
    };
    for (std::size_t begin = 0; begin + sizeof good <= text.size(); begin += sizeof good) {
        take(begin);
    }
    // The last sixteen bytes may overlap the ones before; testing some twice does no harm.
    take(text.size() - sizeof good);
    return !has_any_bit(~good);
}

std::uint64_t hash_of(std::string_view text) noexcept
{
    return hash_of_chunks(text, [](const Chunk& chunk) { return chunk; });
}

std::uint64_t hash_ignoring_case(std::string_view text) noexcept
{
    return hash_of_chunks(text, [](const Chunk& chunk) {
        const auto is_upper
            = chunk - static_cast<unsigned char>('A') < static_cast<unsigned char>(26);
        return chunk | (std::bit_cast<Chunk>(is_upper) & static_cast<unsigned char>(0x20));
    });
}

bool is_ascii(std::string_view text) noexcept
{
    Chunk all{};
    for_each_chunk(text, 0, [&](const Chunk& chunk) { all |= chunk; });
    return !has_any_bit(all & static_cast<unsigned char>(0x80));
}

bool is_ascii_without_nul(std::string_view text) noexcept
{
    Mask care{};
    for_each_chunk(text, ' ', [&](const Chunk& chunk) {
        care |= chunk - static_cast<unsigned char>(1) >= static_cast<unsigned char>(0x7f);
    });
    return !has_any_bit(care);
}

bool is_plain(std::string_view text) noexcept
{
    Mask care{};
    for_each_chunk(text, ' ', [&](const Chunk& chunk) {
        // Below ' ' the difference is a large number.
        care |= (chunk - static_cast<unsigned char>(' ') >= static_cast<unsigned char>(0x7f - ' '))
            | (chunk == '\\') | (chunk == '"');
    });
    return !has_any_bit(care);
}

bool has_lower_case(std::string_view text) noexcept
{
    Mask found{};
    for_each_chunk(text, 0, [&](const Chunk& chunk) {
        found |= chunk - static_cast<unsigned char>('a') < static_cast<unsigned char>(26);
    });
    return has_any_bit(found);
}

bool is_same_but_digits(std::string_view one, std::string_view other) noexcept
{
    if (one.size() != other.size()) {
        return false;
    }
    Mask differs{};
    const auto compare = [&](const Chunk& a, const Chunk& b) {
        const auto is_digit = [](const Chunk& chunk) {
            return chunk - static_cast<unsigned char>('0') < static_cast<unsigned char>(10);
        };
        differs |= (a != b) & ~(is_digit(a) & is_digit(b));
    };
    Chunk a{};
    Chunk b{};
    if (one.size() < sizeof a) {
        std::memcpy(&a, one.data(), one.size());
        std::memcpy(&b, other.data(), other.size());
        compare(a, b);
        return !has_any_bit(differs);
    }
    const auto compare_at = [&](std::size_t begin) {
        std::memcpy(&a, one.data() + begin, sizeof a);
        std::memcpy(&b, other.data() + begin, sizeof b);
        compare(a, b);
    };
    for (std::size_t begin = 0; begin + sizeof a <= one.size(); begin += sizeof a) {
        compare_at(begin);
    }
    // The last bytes may overlap the ones before; testing some twice does no harm.
    compare_at(one.size() - sizeof a);
    return !has_any_bit(differs);
}

std::size_t skip_word(std::string_view text) noexcept
{
    std::size_t skipped = 0;
    for (Chunk chunk; skipped + sizeof chunk <= text.size(); skipped += sizeof chunk) {
        std::memcpy(&chunk, text.data() + skipped, sizeof chunk);
        const Mask care
            = (chunk <= static_cast<unsigned char>(' ')) | (chunk == '\\') | (chunk == '"');
        if (has_any_bit(care)) {
            return skipped + first_true(care);
        }
    }
    while (skipped < text.size() && static_cast<unsigned char>(text[skipped]) > ' '
        && text[skipped] != '\\' && text[skipped] != '"') {
        ++skipped;
    }
    return skipped;
}

// Is compiled for AVX2 as well where that can be, since it goes over whole logs.
#if defined(__x86_64__)
[[gnu::target_clones("avx2", "default")]]
#endif
std::size_t
find_pair(std::string_view text, std::array<char, 2> one, std::array<char, 2> other) noexcept
{
    using Wide = unsigned char __attribute__((vector_size(32)));
    constexpr std::size_t size = sizeof(Wide);
    std::size_t begin = 0;
    for (; begin + size < text.size(); begin += size) {
        Wide first;
        Wide second;
        std::memcpy(&first, text.data() + begin, sizeof first);
        std::memcpy(&second, text.data() + begin + 1, sizeof second);
        const auto found = ((first == static_cast<unsigned char>(one[0]))
                               & (second == static_cast<unsigned char>(one[1])))
            | ((first == static_cast<unsigned char>(other[0]))
                & (second == static_cast<unsigned char>(other[1])));
        std::array<std::uint64_t, 4> quarters;
        std::memcpy(&quarters, &found, sizeof quarters);
        if ((quarters[0] | quarters[1] | quarters[2] | quarters[3]) == 0) {
            continue;
        }
        std::size_t i = 0;
        for (; quarters[i] == 0; ++i) { }
        return begin + i * sizeof quarters[0] + first_byte(quarters[i]);
    }
    for (; begin + 1 < text.size(); ++begin) {
        const std::array<char, 2> pair = { text[begin], text[begin + 1] };
        if (pair == one || pair == other) {
            return begin;
        }
    }
    return std::string_view::npos;
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
