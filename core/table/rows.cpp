#include "core/table/rows.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <limits>

namespace relayctl {

namespace {

// Whether a line of a table would give it back as it is, in either place.
bool fits_a_line(std::string_view text)
{
    return !text.empty() && is_plain(text) && text.front() != ' ' && text.back() != ' ';
}

// Blanks and the empty text would be lost on a line, a '#' would begin a comment, quotes another
// word.
std::string for_a_line(std::string_view text)
{
    std::string escaped;
    for (const char c : escape(text)) {
        escaped += c == ' ' ? "\\x20" : c == '"' ? "\\x22" : std::string(1, c);
    }
    if (escaped.starts_with('#')) {
        escaped.replace(0, 1, "\\x23");
    }
    return escaped.empty() ? "\\x" : escaped;
}

} // namespace

void RowsBuilder::add(
    std::string_view key, std::string_view value, const Annotation& annotation, bool is_found)
{
    if (annotation != Annotation()) {
        text_.append(to_line(annotation)).append("\n");
    }
    Entry entry;
    entry.begin = static_cast<std::uint32_t>(text_.size());
    const bool plain = fits_a_line(key) && fits_a_line(value)
        && key.find(' ') == std::string_view::npos && key.front() != '#';
    entry.folded = plain ? 0 : 1;
    entry.is_never_found = is_found ? 0 : 1;
    std::string& kept_in = plain ? text_ : joined_;
    entry.key_begin = static_cast<std::uint32_t>(kept_in.size());
    kept_in += key;
    entry.key_size = static_cast<std::uint32_t>(key.size()) & 0x3fffffffU;
    kept_in += ' ';
    entry.value_begin = static_cast<std::uint32_t>(kept_in.size());
    kept_in += value;
    entry.value_size = static_cast<std::uint32_t>(value.size());
    if (!plain) {
        text_.append(for_a_line(key)).append(" ").append(for_a_line(value));
    }
    text_ += '\n';
    entry.end = static_cast<std::uint32_t>(text_.size());
    entries_.push_back(entry);
    if (text_.size() + joined_.size() > max_table_bytes) {
        throw Error(ErrorKind::input,
            "the rows are more than " + std::to_string(max_table_bytes >> 20) + " MiB of text");
    }
}

Document RowsBuilder::build(std::size_t others)
{
    Document document(std::move(text_), std::move(joined_), std::move(entries_), others);
    *this = RowsBuilder();
    return document;
}

} // namespace relayctl
