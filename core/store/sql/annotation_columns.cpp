#include "core/store/sql/annotation_columns.hpp"

#include "core/base/text.hpp"

#include <charconv>

namespace relayctl {

namespace {

// PostgreSQL has dates that no time of ours can hold: they give no value.
std::optional<Time> time_of(std::string_view seconds)
{
    long long value = 0;
    const auto parsed = std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
    return parsed.ec == std::errc() ? time_of_seconds(value) : std::nullopt;
}

// Leaves out words of the column `extra` that would mean something in an annotation line: another
// column says that, not this one.
std::vector<std::string> words_without_meaning(std::string_view text)
{
    std::vector<std::string> words = words_of_annotation(text);
    std::erase_if(words, [](const std::string& word) {
        const auto alone = parse_annotation("# relayctl: cert CN=x " + word);
        return !alone || alone->others != std::vector{ word };
    });
    return words;
}

// The three forms of stored() give the value of a column; nothing is stored as NULL, not as an
// empty text.
SqlValue stored(const std::string& text)
{
    return text.empty() ? std::nullopt : SqlValue(text);
}

SqlValue stored(const std::optional<Time>& time)
{
    return time ? SqlValue(to_rfc3339(*time)) : std::nullopt;
}

SqlValue stored(const std::vector<std::string>& words)
{
    return stored(join(words, " "));
}

// The three forms of read() are their reverse. A time comes as seconds since 1970.
void read(std::string& text, std::string_view value)
{
    text = value;
}

void read(std::optional<Time>& time, std::string_view value)
{
    time = time_of(value);
}

void read(std::vector<std::string>& words, std::string_view value)
{
    words = words_without_meaning(value);
}

// Calls use() with the member of an annotation that is kept in this column.
template <typename Use> auto with_member(std::size_t column, Use use)
{
    switch (column) {
    case annotation_column::kind:
        return use(&Annotation::kind);
    case annotation_column::subject:
        return use(&Annotation::subject);
    case annotation_column::not_after:
        return use(&Annotation::expires);
    case annotation_column::added:
        return use(&Annotation::added);
    case annotation_column::added_by:
        return use(&Annotation::by);
    case annotation_column::retire_after:
        return use(&Annotation::retire_after);
    case annotation_column::until:
        return use(&Annotation::until);
    case annotation_column::owner:
        return use(&Annotation::owner);
    case annotation_column::note:
        return use(&Annotation::note);
    default:
        return use(&Annotation::others);
    }
}

} // namespace

std::vector<std::size_t> numbers_of(const AnnotationColumns& columns)
{
    std::vector<std::size_t> numbers;
    for (std::size_t column = 0; column < columns.size(); ++column) {
        if (columns[column]) {
            numbers.push_back(column);
        }
    }
    return numbers;
}

std::string in_words(const AnnotationColumns& columns)
{
    std::string words;
    for (const std::size_t column : numbers_of(columns)) {
        words += (words.empty() ? "" : ", ") + std::string(annotation_column::names[column]);
    }
    return words;
}

SqlValue column_value(const Annotation& annotation, std::size_t column)
{
    return with_member(column, [&](auto member) { return stored(annotation.*member); });
}

void set_column(Annotation& annotation, std::size_t column, std::string_view value)
{
    // Another kind has no meaning here.
    if (column != annotation_column::kind || value == "cert" || value == "key") {
        with_member(column, [&](auto member) { read(annotation.*member, value); });
    }
}

AnnotationColumns differing_columns(const Annotation& a, const Annotation& b)
{
    AnnotationColumns differing;
    for (std::size_t column = 0; column < differing.size(); ++column) {
        // What would be stored is compared, so that times count in full seconds.
        differing[column] = column_value(a, column) != column_value(b, column);
    }
    return differing;
}

Annotation storable_part(const Annotation& annotation, const AnnotationColumns& columns)
{
    Annotation part;
    for (const std::size_t column : numbers_of(columns)) {
        with_member(column, [&](auto member) { part.*member = annotation.*member; });
    }
    return part;
}

} // namespace relayctl
