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

SqlValue or_null(const std::string& text)
{
    return text.empty() ? std::nullopt : SqlValue(text);
}

SqlValue or_null(const std::optional<Time>& time)
{
    return time ? SqlValue(to_rfc3339(*time)) : std::nullopt;
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

void set_column(Annotation& annotation, std::size_t column, std::string_view value)
{
    switch (column) {
    case annotation_column::kind:
        annotation.kind = value == "cert" || value == "key" ? value : "";
        break;
    case annotation_column::subject:
        annotation.subject = value;
        break;
    case annotation_column::not_after:
        annotation.expires = time_of(value);
        break;
    case annotation_column::added:
        annotation.added = time_of(value);
        break;
    case annotation_column::added_by:
        annotation.by = value;
        break;
    case annotation_column::retire_after:
        annotation.retire_after = time_of(value);
        break;
    case annotation_column::note:
        annotation.note = value;
        break;
    default:
        annotation.others = words_without_meaning(value);
    }
}

AnnotationColumns differing_columns(const Annotation& a, const Annotation& b)
{
    AnnotationColumns differing;
    for (std::size_t column = 0; column < differing.size(); ++column) {
        differing[column] = column_value(a, column) != column_value(b, column);
    }
    return differing;
}

Annotation storable_part(const Annotation& annotation, const AnnotationColumns& columns)
{
    Annotation part = annotation;
    part.for_fingerprint.clear();
    const Annotation nothing;
    const auto drop = [&](std::size_t column, auto field) {
        if (!columns[column]) {
            part.*field = nothing.*field;
        }
    };
    drop(annotation_column::kind, &Annotation::kind);
    drop(annotation_column::subject, &Annotation::subject);
    drop(annotation_column::not_after, &Annotation::expires);
    drop(annotation_column::added, &Annotation::added);
    drop(annotation_column::added_by, &Annotation::by);
    drop(annotation_column::retire_after, &Annotation::retire_after);
    drop(annotation_column::note, &Annotation::note);
    drop(annotation_column::extra, &Annotation::others);
    return part;
}

} // namespace relayctl
