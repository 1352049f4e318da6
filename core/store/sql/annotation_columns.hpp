// The columns of an annotation in the table of a database, as relayctl init makes them, and how
// their values are written and read. A table may have some of them only.
#pragma once

#include "core/store/sql/sql_connection.hpp"
#include "core/table/annotation.hpp"

#include <array>
#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The numbers of the columns are their places in `names`.
namespace annotation_column {
inline constexpr std::array<std::string_view, 10> names = { "kind", "subject", "not_after", "added",
    "added_by", "retire_after", "until", "owner", "note", "extra" };
enum : std::size_t {
    kind,
    subject,
    not_after,
    added,
    added_by,
    retire_after,
    until,
    owner,
    note,
    extra,
};
// Returns true for a column of type timestamptz; the others are text.
constexpr bool is_time(std::size_t column)
{
    return column == not_after || column == added || column == retire_after || column == until;
}
} // namespace annotation_column

using AnnotationColumns = std::bitset<annotation_column::names.size()>;

// Returns the numbers of the columns that are set, in order.
std::vector<std::size_t> numbers_of(const AnnotationColumns& columns);

// Returns their names: "kind, subject".
std::string in_words(const AnnotationColumns& columns);

// Returns the value to be stored in a column: text, or a time as in RFC 3339. NULL if the
// annotation does not have it.
SqlValue column_value(const Annotation& annotation, std::size_t column);

// Puts what was read from a column into the annotation; a time is read as seconds since 1970.
void set_column(Annotation& annotation, std::size_t column, std::string_view value);

// Returns the columns in which the two differ.
AnnotationColumns differing_columns(const Annotation& a, const Annotation& b);

// Returns what of the annotation these columns can keep.
Annotation storable_part(const Annotation& annotation, const AnnotationColumns& columns);

} // namespace relayctl
