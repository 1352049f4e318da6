// A table of a database as SQL: statements that read and change it, and what they give, as rows.
// All values are parameters.
#pragma once

#include "core/store/sql/postgresql/connection.hpp"
#include "core/store/sql/postgresql/table_shape.hpp"
#include "core/table/editor.hpp"
#include "core/table/rows.hpp"
#include "core/table/scope.hpp"

#include <array>
#include <bitset>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The columns of an annotation, as relayctl init makes them.
namespace annotation_column {
inline constexpr std::array<std::string_view, 8> names
    = { "kind", "subject", "not_after", "added", "added_by", "retire_after", "note", "extra" };
enum : std::size_t { kind, subject, not_after, added, added_by, retire_after, note, extra };
inline bool is_time(std::size_t column)
{
    return column == not_after || column == added || column == retire_after;
}
} // namespace annotation_column
using AnnotationColumns = std::bitset<annotation_column::names.size()>;

// The order in which entries are read.
enum class Order { any, key, host, expiry, added };

// One entry as it must be, or must not be, after a change.
struct ExpectedRow {
    std::string key; // as it is stored
    std::string value;
    bool is_there = true;
    std::shared_ptr<const Annotation> annotation; // none: whatever
};

// Where rows are not as they must be, in words about the first of them; empty where they are.
struct Difference {
    std::string row; // it is not there, or has another value, or is still there
    std::string annotation; // it has another one
};

class SqlTable {
public:
    explicit SqlTable(TableShape shape);

    const TableShape& shape() const noexcept { return shape_; }
    // Those that the table has; all, until somebody finds out.
    const AnnotationColumns& columns() const noexcept { return columns_; }

    // The columns that this role may read, and what they are, where the table is there; no row
    // where it is not.
    Statement select_columns() const;
    void take_columns(const SqlResult& of_select_columns);
    // Those that there are, but not for this role to read; known once they were taken.
    const AnnotationColumns& hidden_columns() const noexcept { return hidden_; }

    Statement select_scope(const Scope& scope) const;
    Statement select_all(Order order) const;
    Statement count_all() const;
    Statement select_keys(std::span<const ExpectedRow> rows) const;

    // A row of one of these selects into the builder, of everything as scope.keeps has it. Whether
    // it went there.
    bool add_to(
        RowsBuilder& builder, const SqlResult& result, std::size_t row, const Scope& scope) const;
    Annotation annotation_of(const SqlResult& result, std::size_t row) const;

    // Statements for the edits of a document of this table's rows.
    std::vector<Statement> statements_for(
        const Document& document, std::span<const Edit> edits) const;
    std::vector<ExpectedRow> expected(const Document& document, std::span<const Edit> edits) const;
    Difference difference(const SqlResult& of_select_keys, std::span<const ExpectedRow> rows) const;

    // The columns that the edits would fill, and the table does not have: "kind, subject".
    std::string columns_missed(std::span<const Edit> edits) const;

    // How a key is stored so that Postfix finds it.
    std::string stored_key(std::string_view key) const;
    // Whether the query finds what is stored like this.
    bool is_found(std::string_view stored) const;

    // For COPY into a staging table, and from there.
    std::string column_list() const;
    std::string copy_line(
        std::string_view stored_key, std::string_view value, const Annotation& annotation) const;
    std::vector<std::size_t> present_columns() const;

    // NULL where the annotation does not have it.
    static SqlValue value_of(const Annotation& annotation, std::size_t column);

private:
    using RowOf = std::function<std::vector<SqlValue>(
        const Edit&)>; // the key and the value that tell which one
    AnnotationColumns differing_columns(const Annotation& before, const Annotation& after) const;
    void append_annotations(std::vector<Statement>& statements, const AnnotationColumns& columns,
        const std::vector<const Edit*>& edits, const RowOf& row_of,
        const std::string& same_row) const;
    void append_inserts(std::vector<Statement>& statements, std::span<const Edit> edits) const;
    std::string select_list() const;
    std::string from() const;
    std::string key_expression() const; // the key as the query compares it
    std::string with_same_key(
        const std::string& inner) const; // the key is that of one of these rows, in capitals or not
    std::string restricted(const std::string& condition) const;
    std::string scope_condition(const Scope& scope, std::vector<SqlValue>& parameters) const;
    std::string key_of(const Document& document, const Entry& entry) const;
    std::string key_for_comparison(const Document& document, const Entry& entry) const;

    bool is_own(std::string_view column) const; // the key's or the value's

    TableShape shape_;
    AnnotationColumns columns_;
    AnnotationColumns hidden_;
};

// "kind, subject"
std::string in_words(const AnnotationColumns& columns);

// {"a","b\"c",NULL}: an array as one parameter.
std::string sql_array(const std::vector<SqlValue>& values);

} // namespace relayctl
