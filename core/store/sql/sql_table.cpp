// This is where rows and entries meet. A row becomes an entry with the key as it would stand in a
// text table: in capitals, if it is a fingerprint that the query finds. A row that the query cannot
// find keeps its key as it is stored, so that it can be shown, found again and removed.
#include "core/store/sql/sql_table.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <map>

namespace relayctl {

namespace {

using annotation_column::names;

constexpr std::size_t annotation_at = 2; // the columns before are the key and the value

// Returns a name of SQL as the catalogue of the database has it.
std::string catalogued(std::string_view name)
{
    if (name.size() < 2 || name.front() != '"') {
        return to_lower(name);
    }
    std::string plain;
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        plain += name[i];
        i += name[i] == '"' ? 1 : 0; // the second one of two
    }
    return plain;
}

// An entry that the query does not find keeps the case of letters in which it is stored.
std::string key_of(const Document& document, const Entry& entry)
{
    return entry.is_never_found ? std::string(document.key(entry))
                                : SqlTable::stored_key(document.key(entry));
}

} // namespace

SqlTable::SqlTable(TableShape shape)
    : shape_(std::move(shape))
{
    for (std::size_t column = 0; column < names.size(); ++column) {
        // Somebody may have called the column of the host "note": then it is no column of
        // annotations.
        columns_[column] = !is_own(names[column]);
    }
}

bool SqlTable::is_own(std::string_view column) const
{
    return column == catalogued(shape_.key_column) || column == catalogued(shape_.value_column);
}

void SqlTable::take_columns(const SqlResult& result)
{
    columns_.reset();
    hidden_.reset();
    for (std::size_t row = 0; row < result.rows(); ++row) {
        const std::string name = result.text(row, 0);
        const std::string type = result.text(row, 1);
        const auto found = std::find(names.begin(), names.end(), name);
        const auto column = static_cast<std::size_t>(found - names.begin());
        const bool is_text = type == "text" || type == "character varying";
        // A column of the same name and another type is somebody else's and means something else.
        if (found != names.end() && !is_own(name) && result.text(row, 2) == "f"
            && (annotation_column::is_time(column) ? type == "timestamp with time zone"
                                                   : is_text)) {
            (result.text(row, 3) == "t" ? columns_ : hidden_).set(column);
        }
        // citext compares without case (PostgreSQL, appendix F), so the query finds each spelling.
        if (name == catalogued(shape_.key_column) && type == "citext") {
            shape_.ignores_case = true;
        }
    }
}

Annotation SqlTable::annotation_of(const SqlResult& result, std::size_t row) const
{
    Annotation annotation;
    // The select list has just the columns that are set, in the order of their numbers.
    std::size_t at = annotation_at;
    for (const std::size_t column : numbers_of(columns_)) {
        if (const auto value = result.at(row, at++)) {
            set_column(annotation, column, *value);
        }
    }
    return annotation;
}

bool SqlTable::add_to(
    RowsBuilder& builder, const SqlResult& result, std::size_t row, const Scope& scope) const
{
    const std::string_view stored = result.at(row, 0).value_or("");
    const std::string_view value = result.at(row, 1).value_or("");
    const bool found = is_found(stored);
    const auto fingerprint = found ? Fingerprint::from_key(stored) : std::nullopt;
    const std::string key = fingerprint ? fingerprint->to_string() : std::string(stored);
    Annotation annotation = annotation_of(result, row);
    // Every annotation that relayctl writes names the fingerprint that it is for.
    const auto meant = annotation == Annotation() ? std::nullopt : Fingerprint::from_written(key);
    annotation.for_fingerprint = meant ? beginning_of(*meant) : "";
    // A scope that names its rows was filtered by the server already.
    if (scope.everything && scope.keeps && !scope.keeps(key, value, annotation)) {
        return false;
    }
    builder.add(key, value, annotation, found);
    return true;
}

// An edit of an annotation expects nothing where the same row also gets another value: the row then
// has a new value, and the edit of the value expects that.
std::vector<ExpectedRow> SqlTable::expected(
    const Document& document, std::span<const Edit> edits) const
{
    std::vector<ExpectedRow> rows;
    for (const Edit& edit : edits) {
        switch (edit.kind) {
        case Edit::Kind::append:
            rows.push_back({ stored_key(edit.key), edit.value, true, edit.annotation });
            break;
        case Edit::Kind::erase:
            rows.push_back({ key_of(document, *edit.entry),
                std::string(document.value(*edit.entry)), false, nullptr });
            break;
        case Edit::Kind::set_value:
            rows.push_back({ key_of(document, *edit.entry), edit.value, true, nullptr });
            break;
        case Edit::Kind::set_annotation: {
            const bool renamed = std::any_of(edits.begin(), edits.end(), [&](const Edit& e) {
                return e.kind == Edit::Kind::set_value && e.entry == edit.entry;
            });
            if (!renamed) {
                rows.push_back({ key_of(document, *edit.entry),
                    std::string(document.value(*edit.entry)), true, edit.annotation });
            }
            break;
        }
        case Edit::Kind::text: // is of a source
            break;
        }
    }
    return rows;
}

Difference SqlTable::difference(const SqlResult& result, std::span<const ExpectedRow> rows) const
{
    const auto folded
        = [&](const std::string& key) { return shape_.ignores_case ? to_lower(key) : key; };
    // A key may have several rows, which differ in their values.
    std::multimap<std::string, std::size_t> found;
    for (std::size_t row = 0; row < result.rows(); ++row) {
        found.emplace(folded(result.text(row, 0)), row);
    }
    Difference difference;
    for (const ExpectedRow& wanted : rows) {
        const auto [begin, end] = found.equal_range(folded(wanted.key));
        const auto same = std::find_if(begin, end,
            [&](const auto& one) { return result.text(one.second, 1) == wanted.value; });
        const std::string name = escape(wanted.key) + ' ' + escape(wanted.value);
        if (wanted.is_there != (same != end)) {
            difference.row = name
                + (!wanted.is_there    ? " is still there"
                        : begin == end ? " is not there"
                                       : " has become " + quote(result.text(begin->second, 1)));
            break;
        }
        const AnnotationColumns other = wanted.annotation && same != end
            ? changed_columns(annotation_of(result, same->second), *wanted.annotation)
            : AnnotationColumns();
        if (other.any() && difference.annotation.empty()) {
            difference.annotation = name + ", " + in_words(other);
        }
    }
    return difference;
}

AnnotationColumns SqlTable::changed_columns(const Annotation& before, const Annotation& after) const
{
    AnnotationColumns changed = differing_columns(before, after) & columns_;
    return changed.reset(annotation_column::extra);
}

AnnotationColumns SqlTable::missing_for(const Annotation& annotation) const
{
    return differing_columns(annotation, {}) & ~columns_;
}

std::string SqlTable::stored_key(std::string_view key)
{
    return to_lower(key);
}

bool SqlTable::is_found(std::string_view stored) const
{
    return shape_.ignores_case || stored == stored_key(stored);
}

std::string SqlTable::compared_key(const Document& document, const Entry& entry) const
{
    return shape_.ignores_case ? to_lower(document.key(entry)) : key_of(document, entry);
}

} // namespace relayctl
