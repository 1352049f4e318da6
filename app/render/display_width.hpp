// How much room a text takes on a terminal.
#pragma once

#include <clocale>
#include <cstddef>
#include <string>
#include <string_view>

namespace relayctl {

// While one lives, this thread's characters are those of C.UTF-8, whatever the environment says.
// Where the system has no such locale, each byte that begins a character counts as one column.
class Utf8Locale {
public:
    Utf8Locale();
    ~Utf8Locale();
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

private:
    locale_t own_;
    locale_t before_;
};

// Columns: 2 for wide characters, 0 for combining ones, as wcwidth(3) has it. The text is printable
// UTF-8.
std::size_t display_width(std::string_view text);

// The text, or where it is wider what fits with "~" behind it. width: at least 1.
std::string cut_to_width(const std::string& text, std::size_t width);

// The same with line breaks instead of blanks where it would be wider than `columns` (0 = never),
// and `indent` blanks behind each. Colours (SGR sequences) take no room. A word that is wider is
// not divided: it may be what somebody copies.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

} // namespace relayctl
