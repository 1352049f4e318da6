// The part of SqlTable that knows how the values of a row are written, and read.
#include "core/base/text.hpp"
#include "core/store/sql/sql_table.hpp"

#include <charconv>

namespace relayctl {

namespace {

constexpr std::size_t annotation_at = 2; // columns in front of the annotation: key and value

std::optional<Time> time_of(std::optional<std::string_view> seconds)
{
    long long value = 0;
    if (!seconds
        || std::from_chars(seconds->data(), seconds->data() + seconds->size(), value).ec
            != std::errc()) {
        return std::nullopt;
    }
    return time_of_seconds(value); // PostgreSQL knows dates that nobody else can write
}

// Somebody may have put there what would mean something in a line: a column says that, not this
// one.
std::vector<std::string> words_without_meaning(std::string_view text)
{
    std::vector<std::string> words = words_of_annotation(text);
    std::erase_if(words, [](const std::string& word) {
        const auto alone = parse_annotation("# relayctl: cert CN=x " + word);
        return !alone || alone->others != std::vector{ word };
    });
    return words;
}

SqlValue or_null(const std::string& text)
{
    return text.empty() ? std::nullopt : SqlValue(text);
}

SqlValue or_null(const std::optional<Time>& time)
{
    return time ? SqlValue(to_rfc3339(*time)) : std::nullopt;
}

// What COPY takes for a value (COPY, "Text Format").
void append_copied(std::string& line, const SqlValue& value)
{
    if (!value) {
        line += "\\N";
        return;
    }
    for (const char c : *value) {
        switch (c) {
        case '\\':
            line += "\\\\";
            break;
        case '\n':
            line += "\\n";
            break;
        case '\r':
            line += "\\r";
            break;
        case '\t':
            line += "\\t";
            break;
        default:
            line += c;
        }
    }
}

} // namespace

std::string sql_array(const std::vector<SqlValue>& values)
{
    std::string array = "{";
    for (const SqlValue& value : values) {
        array += array.size() > 1 ? "," : "";
        if (!value) {
            array += "NULL";
            continue;
        }
        array += '"';
        for (const char c : *value) {
            if (c == '"' || c == '\\') {
                array += '\\';
            }
            array += c;
        }
        array += '"';
    }
    return array + '}';
}

SqlValue SqlTable::value_of(const Annotation& annotation, std::size_t column)
{
    switch (column) {
    case annotation_column::kind:
        return or_null(annotation.kind);
    case annotation_column::subject:
        return or_null(annotation.subject);
    case annotation_column::not_after:
        return or_null(annotation.expires);
    case annotation_column::added:
        return or_null(annotation.added);
    case annotation_column::added_by:
        return or_null(annotation.by);
    case annotation_column::retire_after:
        return or_null(annotation.retire_after);
    case annotation_column::note:
        return or_null(annotation.note);
    default:
        return or_null(join(annotation.others, " "));
    }
}

Annotation SqlTable::annotation_of(const SqlResult& result, std::size_t row) const
{
    Annotation annotation;
    std::size_t at = annotation_at;
    for (const std::size_t column : present_columns()) {
        const auto value = result.at(row, at++);
        if (!value) {
            continue;
        }
        switch (column) {
        case annotation_column::kind:
            annotation.kind = *value == "cert" || *value == "key" ? *value : "";
            break;
        case annotation_column::subject:
            annotation.subject = *value;
            break;
        case annotation_column::not_after:
            annotation.expires = time_of(value);
            break;
        case annotation_column::added:
            annotation.added = time_of(value);
            break;
        case annotation_column::added_by:
            annotation.by = *value;
            break;
        case annotation_column::retire_after:
            annotation.retire_after = time_of(value);
            break;
        case annotation_column::note:
            annotation.note = *value;
            break;
        default:
            annotation.others = words_without_meaning(*value);
        }
    }
    return annotation;
}

std::string SqlTable::copy_line(
    std::string_view stored_key, std::string_view value, const Annotation& annotation) const
{
    std::string line;
    append_copied(line, std::string(stored_key));
    line += '\t';
    append_copied(line, std::string(value));
    for (const std::size_t column : present_columns()) {
        line += '\t';
        append_copied(line, value_of(annotation, column));
    }
    return line + '\n';
}

} // namespace relayctl
