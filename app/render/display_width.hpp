// How many columns of a terminal a text takes, and how to make it fit.
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

// Returns the columns that the text takes: wcwidth(3) gives 2 for wide characters and 0 for
// combining ones. text: printable UTF-8. A Utf8Locale must live.
std::size_t display_width(std::string_view text);

// Returns the text or, if it is wider than this many columns, what fits with "~" behind it. width:
// at least 1.
std::string cut_to_width(const std::string& text, std::size_t width);

// Returns the text with line breaks in the place of blanks, so that no line is wider than `columns`
// (0: no limit), and with `indent` blanks behind each break. Colours (SGR sequences) take no
// columns. A word that is wider is not broken, since somebody may copy it.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

} // namespace relayctl
