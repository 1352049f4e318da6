// The statements that carry out edits of rows. All values are parameters.
// Edits are collected by what they do, and many rows go into one statement, each column as one
// array parameter: one statement for each row would have to be parsed and planned for each. A row
// is found by its key and its value, so that of two rows with the same key only the one that was
// meant is changed.
#include "core/store/sql/postgresql/database.hpp"

#include <algorithm>
#include <map>

namespace relayctl::postgresql {

namespace {

using annotation_column::names;

constexpr std::size_t rows_at_once = 5000; // of one statement

// Rows as arrays, one for each column, for statements with "unnest($1, ...) AS relayctl_new
// (relayctl_k, ...)" in them.
class Rows {
public:
    explicit Rows(std::string columns, std::size_t count)
        : columns_(std::move(columns))
        , arrays_(count)
    {
    }

    // Returns the arrays as a table of rows. $1 is the first column.
    std::string unnested() const
    {
        std::string sql = "unnest(";
        for (std::size_t i = 1; i <= arrays_.size(); ++i) {
            sql += (i > 1 ? ", $" : "$") + std::to_string(i) + "::text[]";
        }
        return sql + ") AS relayctl_new(" + columns_ + ')';
    }

    // Adds one row: a value for each column, in their order.
    void add(std::vector<SqlValue> values)
    {
        for (std::size_t i = 0; i < arrays_.size(); ++i) {
            arrays_[i].push_back(std::move(values[i]));
        }
    }

    // Appends the statement once for each batch of rows.
    void append_to(std::vector<Statement>& statements, const std::string& sql) const
    {
        const std::size_t count = arrays_.front().size();
        for (std::size_t from = 0; from < count; from += rows_at_once) {
            Statement statement{ sql, {} };
            for (const auto& array : arrays_) {
                statement.parameters.emplace_back(
                    array_of(std::span(array).subspan(from, std::min(rows_at_once, count - from))));
            }
            statements.push_back(std::move(statement));
        }
    }

private:
    std::string columns_;
    std::vector<std::vector<SqlValue>> arrays_;
};

// Returns the name of an annotation's column in the arrays: no name of the table's own begins so.
std::string new_name(std::size_t column)
{
    return "relayctl_" + std::string(names[column]);
}

// Returns it with its type, since the arrays are text.
std::string new_value(std::size_t column)
{
    return new_name(column) + (annotation_column::is_time(column) ? "::timestamptz" : "");
}

// The edits of one document as statements.
struct EditStatements {
    const SqlTable& table;
    const Document& document;
    const TableShape& shape{ table.shape() };
    // " WHERE ..." for the rows of the arrays.
    // A value of NULL was read as "", so it is compared as "" here.
    std::string same_row = where(shape,
        key_expression(shape) + " = relayctl_k AND coalesce(" + shape.value_column
            + "::text, '') = relayctl_v");
    std::vector<Statement> statements = {};

    std::vector<Statement> run(std::span<const Edit> edits)
    {
        erase(edits);
        annotate(edits);
        rename(edits); // last of the three, since a row is found by its value, too
        insert(edits);
        return std::move(statements);
    }

    // The key and the value by which the row is found.
    std::vector<SqlValue> row_of(const Edit& edit) const
    {
        return { table.compared_key(document, *edit.entry),
            std::string(document.value(*edit.entry)) };
    }

    void erase(std::span<const Edit> edits)
    {
        Rows rows("relayctl_k, relayctl_v", 2);
        for (const Edit& edit : edits) {
            if (edit.kind == Edit::Kind::erase) {
                rows.add(row_of(edit));
            }
        }
        rows.append_to(
            statements, "DELETE FROM " + shape.table + " USING " + rows.unnested() + same_row);
    }

    // Writes the new values into the rows of their keys.
    void rename(std::span<const Edit> edits)
    {
        Rows rows("relayctl_k, relayctl_v, relayctl_w", 3);
        for (const Edit& edit : edits) {
            if (edit.kind == Edit::Kind::set_value) {
                auto values = row_of(edit);
                values.emplace_back(edit.value);
                rows.add(std::move(values));
            }
        }
        rows.append_to(statements,
            "UPDATE " + shape.table + " SET " + shape.value_column + " = relayctl_w FROM "
                + rows.unnested() + same_row);
    }

    // One statement for all rows of which the same columns change.
    void annotate(std::span<const Edit> edits)
    {
        std::map<std::string, std::vector<const Edit*>> by_columns;
        for (const Edit& edit : edits) {
            if (edit.kind == Edit::Kind::set_annotation) {
                const auto changed
                    = table.changed_columns(document.annotation(*edit.entry), *edit.annotation);
                by_columns[changed.to_string()].push_back(&edit);
            }
        }
        for (const auto& [columns, some] : by_columns) {
            annotate(numbers_of(AnnotationColumns(columns)), some);
        }
    }

    void annotate(const std::vector<std::size_t>& columns, const std::vector<const Edit*>& edits)
    {
        if (columns.empty()) {
            return;
        }
        std::string listed = "relayctl_k, relayctl_v";
        std::string assigned;
        for (const std::size_t column : columns) {
            listed += ", " + new_name(column);
            assigned += (assigned.empty() ? "" : ", ") + std::string(names[column]) + " = "
                + new_value(column);
        }
        Rows rows(listed, 2 + columns.size());
        for (const Edit* edit : edits) {
            auto values = row_of(*edit);
            for (const std::size_t column : columns) {
                values.push_back(column_value(*edit->annotation, column));
            }
            rows.add(std::move(values));
        }
        rows.append_to(statements,
            "UPDATE " + shape.table + " SET " + assigned + " FROM " + rows.unnested() + same_row);
    }

    // Inserts the entries that are added. An entry without annotation has NULL in all of its
    // columns.
    void insert(std::span<const Edit> edits)
    {
        const auto present = numbers_of(table.columns());
        std::string columns = shape.key_column + ", " + shape.value_column;
        std::string listed = "relayctl_k, relayctl_v";
        std::string selected = listed;
        for (const std::size_t column : present) {
            columns += ", " + std::string(names[column]);
            listed += ", " + new_name(column);
            selected += ", " + new_value(column);
        }
        Rows rows(listed, 2 + present.size());
        for (const Edit& edit : edits) {
            if (edit.kind != Edit::Kind::append) {
                continue;
            }
            std::vector<SqlValue> values = { SqlTable::stored_key(edit.key), edit.value };
            for (const std::size_t column : present) {
                values.push_back(
                    edit.annotation ? column_value(*edit.annotation, column) : std::nullopt);
            }
            rows.add(std::move(values));
        }
        rows.append_to(statements,
            "INSERT INTO " + shape.table + " (" + columns + ") SELECT " + selected + " FROM "
                + rows.unnested());
    }
};

} // namespace

std::vector<Statement> Database::edit_rows(
    const SqlTable& table, const Document& document, std::span<const Edit> edits) const
{
    return EditStatements{ table, document }.run(edits);
}

} // namespace relayctl::postgresql
