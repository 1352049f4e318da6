#include "core/base/text.hpp"

#include "core/base/bytes.hpp"
#include "core/base/invisible.hpp"

#include <algorithm>

namespace relayctl {

std::string to_lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
        [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) noexcept
{
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::size_t utf8_length(std::string_view text, char32_t* code_point) noexcept
{
    if (text.empty()) {
        return 0;
    }
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    // The first byte tells the length. 0xc0 and 0xc1 could only begin overlong forms.
    const std::size_t length = first < 0x80 ? 1
        : first < 0xc2                      ? 0
        : first < 0xe0                      ? 2
        : first < 0xf0                      ? 3
        : first < 0xf5                      ? 4
                                            : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    char32_t value = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (byte(i) & 0x3f);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (overlong || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) {
        return 0;
    }
    if (code_point != nullptr) {
        *code_point = value;
    }
    return length;
}

namespace {

// Returns true if the text is UTF-8 and the predicate holds for each of its characters.
template <typename Predicate> bool all_characters(std::string_view text, Predicate holds) noexcept
{
    while (!text.empty()) {
        char32_t code_point = 0;
        const std::size_t length = utf8_length(text, &code_point);
        if (length == 0 || !holds(code_point)) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

// Returns true for characters that nobody sees but that belong to a text: they join and divide
// letters of Persian and Indic scripts, choose the form of an emoji, or are the blank of Chinese.
bool belongs_to_text(char32_t c)
{
    return c == 0x200c || c == 0x200d || c == 0x3000 || (c >= 0xfe00 && c <= 0xfe0f);
}

// Returns true for control characters, for those that change the direction or the lines of a text,
// and for those that nobody sees.
bool misleads(char32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (is_invisible(c) && !belongs_to_text(c));
}

// Appends a byte as \xNN, which is how all messages show it.
void append_hex(std::string& out, char c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\x";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
}

} // namespace

bool is_utf8(std::string_view text) noexcept
{
    return all_characters(text, [](char32_t) { return true; });
}

bool is_latin1(std::string_view text) noexcept
{
    return all_characters(text, [](char32_t c) { return c <= 0xff; });
}

namespace {

// Does the work of append_escaped(). keep: says which characters stay as they are.
template <typename Keep>
void append_escaped_unless(std::string& out, std::string_view text, Keep keep)
{
    while (!text.empty()) {
        char32_t code_point = 0;
        const std::size_t length = utf8_length(text, &code_point);
        if (length == 0 || !keep(code_point)) {
            const std::size_t bytes = std::max<std::size_t>(length, 1);
            std::for_each_n(text.begin(), bytes, [&](char c) { append_hex(out, c); });
            text.remove_prefix(bytes);
            continue;
        }
        if (text.front() == '\\') {
            out += '\\';
        }
        out += text.substr(0, length);
        text.remove_prefix(length);
    }
}

} // namespace

void append_escaped(std::string& out, std::string_view text)
{
    if (is_plain(text)) {
        out += text;
        return;
    }
    append_escaped_unless(out, text, [](char32_t c) { return !misleads(c); });
}

std::string escape(std::string_view text)
{
    std::string out;
    append_escaped(out, text);
    return out;
}

std::string escape_lines(std::string_view text)
{
    std::string out;
    for (const std::string_view line : split_lines(text)) {
        out += escape(line) + '\n';
    }
    return out;
}

std::string quote(std::string_view text, std::size_t most)
{
    const bool cut = text.size() > most;
    std::string quoted = "'";
    append_escaped_unless(
        quoted, text.substr(0, most), [](char32_t c) { return !misleads(c) && !is_invisible(c); });
    // A cut text ends in "..." within the quotes, as readlline.c of Postfix cuts long lines.
    return quoted + (cut ? "...'" : "'");
}

bool is_pasteable(std::string_view text) noexcept
{
    return all_characters(text, [](char32_t c) { return !misleads(c); });
}

std::string shell_quote(std::string_view text)
{
    // zsh expands '=' at the beginning of a word, and fish '%'.
    const auto needs_no_quotes = [](char c) {
        return is_alpha(c) || is_digit(c)
            || std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
    };
    if (!text.empty() && text.front() != '=' && text.front() != '%'
        && std::all_of(text.begin(), text.end(), needs_no_quotes)) {
        return std::string(text);
    }
    const std::string harmless = is_pasteable(text) ? std::string(text) : escape(text);
    std::string out = "'";
    // A backslash and a single quote are put into double quotes, which all of these shells read
    // alike.
    for (const char c : harmless) { // fish takes a backslash in single quotes for an escape
        out += c == '\'' ? R"('"'"')" : c == '\\' ? R"('"\\"')" : std::string(1, c);
    }
    return out + '\'';
}

std::string command_line(const std::vector<std::string>& words)
{
    std::string line;
    for (const std::string& word : words) {
        if (!is_pasteable(word)) {
            return "";
        }
        line += (line.empty() ? "" : " ") + shell_quote(word);
    }
    return line;
}

std::string both_commands(const std::string& first, const std::string& second)
{
    return first.empty() || second.empty() ? "" : first + " && " + second;
}

std::string file_operand(const std::string& name)
{
    return name.size() > 1 && name.starts_with('-') ? "./" + name : name;
}

std::vector<std::string> split_list(std::string_view text, std::string_view separators)
{
    std::vector<std::string> pieces;
    std::string piece;
    int depth = 0;
    // Braces can be nested; one that is closed too often counts for nothing.
    for (const char c : text) {
        if (depth == 0 && separators.find(c) != std::string_view::npos) {
            if (!piece.empty()) {
                pieces.push_back(std::move(piece));
                piece.clear();
            }
            continue;
        }
        depth += c == '{' ? 1 : c == '}' && depth > 0 ? -1 : 0;
        piece += c;
    }
    if (!piece.empty()) {
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

std::vector<std::string_view> split_lines(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator)
{
    std::string out;
    for (const std::string& piece : pieces) {
        if (!out.empty()) {
            out += separator;
        }
        out += piece;
    }
    return out;
}

std::string count_of(std::size_t count, std::string_view one, std::string_view many)
{
    return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

} // namespace relayctl
