// How many columns a text takes depends on its characters: some take two, combining ones take none.
// The C library knows that, but only in a locale of UTF-8, which the user's need not be; so a
// locale of our own is set for as long as it is needed, and for this thread only.
#include "app/render/display_width.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

namespace relayctl {

namespace {

// A character of a text, with its bytes and the columns that it takes.
struct Character {
    std::size_t bytes;
    std::size_t columns;
};

// The first character of a text that is not empty.
Character first_of(std::string_view text)
{
    wchar_t character = 0;
    std::mbstate_t state{};
    const std::size_t length = std::mbrtowc(&character, text.data(), text.size(), &state);
    // A byte that continues a character takes no column of its own.
    if (length == 0 || length > text.size()) { // none in this locale
        return { 1, (static_cast<unsigned char>(text.front()) & 0xc0) != 0x80 ? 1u : 0u };
    }
    return { length, static_cast<std::size_t>(std::max(0, ::wcwidth(character))) };
}

// Nearly every text is ASCII, for which no character needs to be decoded.
bool is_ascii(std::string_view text)
{
    return std::all_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

} // namespace

Utf8Locale::Utf8Locale()
    : own_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr))
    , before_(own_ == nullptr ? nullptr : ::uselocale(own_))
{
}

Utf8Locale::~Utf8Locale()
{
    if (own_ != nullptr) {
        ::uselocale(before_);
        ::freelocale(own_);
    }
}

std::size_t display_width(std::string_view text)
{
    if (is_ascii(text)) {
        return text.size();
    }
    std::size_t width = 0;
    while (!text.empty()) {
        const Character character = first_of(text);
        width += character.columns;
        text.remove_prefix(character.bytes);
    }
    return width;
}

namespace {

// Returns the text without its SGR sequences, which begin with ESC and end with 'm'.
std::string without_colors(std::string_view text)
{
    std::string plain;
    while (!text.empty()) {
        const std::size_t escape = std::min(text.find('\033'), text.size());
        plain += text.substr(0, escape);
        text.remove_prefix(escape);
        text.remove_prefix(text.empty() ? 0 : std::min(text.find('m'), text.size() - 1) + 1);
    }
    return plain;
}

} // namespace

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent)
{
    if (columns == 0) {
        return std::string(text);
    }
    std::string result;
    std::size_t used = 0;
    while (!text.empty()) {
        // A word keeps the blanks in front of it, so several blanks stay as they are within a line.
        const std::size_t end
            = text.find(' ', text.find_first_not_of(' ')); // with the blanks in front
        const std::string_view word = text.substr(0, end);
        const std::size_t width = display_width(without_colors(word));
        // A word that is longer than a line stands alone in it.
        if (used > indent && used + width > columns) {
            const std::size_t blanks = std::min(word.find_first_not_of(' '), word.size());
            result += '\n' + std::string(indent, ' ');
            result += word.substr(blanks);
            used = indent + width - blanks;
        } else {
            result += word;
            used += width;
        }
        text.remove_prefix(word.size());
    }
    return result;
}

std::string cut_to_width(const std::string& text, std::size_t width)
{
    if (display_width(text) <= width) {
        return text;
    }
    std::size_t end = 0;
    for (std::size_t used = 0; end < text.size();) {
        const Character character = first_of(std::string_view(text).substr(end));
        if (used + character.columns > width - 1) { // the last column is the mark's
            break;
        }
        used += character.columns;
        end += character.bytes;
    }
    return text.substr(0, end) + '~';
}

} // namespace relayctl
