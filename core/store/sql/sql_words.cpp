#include "core/store/sql/sql_words.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns true for a character of an identifier. Bytes above 0x7f are parts of letters in UTF-8.
bool is_identifier_letter(char c)
{
    return is_alpha(c) || is_digit(c) || c == '_' || c == '$'
        || static_cast<unsigned char>(c) >= 0x80;
}

// Returns the offset behind the quote that closes the one at `at`. A doubled quote does not close,
// nor does one behind a backslash if `backslash` is true.
std::size_t end_of_quoted(const std::string& text, std::size_t at, bool backslash)
{
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (backslash && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            if (at + 1 < text.size() && text[at + 1] == quote) {
                ++at;
            } else {
                return at + 1;
            }
        }
    }
    return text.size();
}

// Returns the offset behind blanks and comments. Comments within comments are not known; the words
// behind them would be read as a part of the query, which is then not understood.
std::size_t end_of_space(const std::string& text, std::size_t at)
{
    for (;;) {
        if (at < text.size() && is_blank(text[at])) {
            ++at;
        } else if (text.compare(at, 2, "--") == 0) {
            at = std::min(text.find('\n', at), text.size());
        } else if (text.compare(at, 2, "/*") == 0) {
            const std::size_t end = text.find("*/", at + 2);
            at = end == std::string::npos ? text.size() : end + 2;
        } else {
            return at;
        }
    }
}

// Returns the word that begins here, without what stands behind it.
SqlWord word_at(const std::string& text, std::size_t at)
{
    const char c = text[at];
    if (c == '\'' || c == '"') {
        return { c == '"' ? SqlWord::Kind::name : SqlWord::Kind::literal,
            text.substr(at, end_of_quoted(text, at, false) - at), {} };
    }
    // E'' is the form in which a backslash escapes.
    if (lower(c) == 'e' && at + 1 < text.size() && text[at + 1] == '\'') {
        return { SqlWord::Kind::literal, text.substr(at, end_of_quoted(text, at + 1, true) - at),
            {} };
    }
    if (is_identifier_letter(c) && !is_digit(c)) {
        std::size_t end = at;
        while (end < text.size() && is_identifier_letter(text[end])) {
            ++end;
        }
        return { SqlWord::Kind::name, text.substr(at, end - at), {} };
    }
    if (is_digit(c)) {
        std::size_t end = at;
        while (end < text.size() && (is_identifier_letter(text[end]) || text[end] == '.')) {
            ++end;
        }
        return { SqlWord::Kind::other, text.substr(at, end - at), {} };
    }
    // What Postfix fills in is one word: "%s".
    const bool is_pair = text.compare(at, 2, "::") == 0 || (c == '%' && at + 1 < text.size());
    return { SqlWord::Kind::other, text.substr(at, is_pair ? 2 : 1), {} };
}

} // namespace

std::vector<SqlWord> sql_words(const std::string& text)
{
    std::vector<SqlWord> words;
    std::size_t at = end_of_space(text, 0);
    while (at < text.size()) {
        words.push_back(word_at(text, at));
        at += words.back().text.size();
        const std::size_t next = end_of_space(text, at);
        words.back().space = text.substr(at, next - at);
        at = next;
    }
    return words;
}

} // namespace relayctl
