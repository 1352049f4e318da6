// A table of a database without its SQL: the columns that it has, what its rows mean as entries,
// and how they must be after a change.
#pragma once

#include "core/store/sql/annotation_columns.hpp"
#include "core/store/sql/table_shape.hpp"
#include "core/table/editor.hpp"
#include "core/table/rows.hpp"
#include "core/table/scope.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// A row as it must be, or must not be, after a change.
struct ExpectedRow {
    std::string key; // as it is stored
    std::string value;
    bool is_there = true;
    std::shared_ptr<const Annotation> annotation; // none: any
};

// Says of the first row that is not as it must be how it differs; empty if all are.
struct Difference {
    std::string row; // it is missing, or has another value, or is still there
    std::string annotation; // it has another annotation
};

// The rows are taken as entries only here, so that reading, changing and copying agree on them.
class SqlTable {
public:
    // Assumes that the table has all columns of an annotation, until take_columns().
    explicit SqlTable(TableShape shape);

    const TableShape& shape() const noexcept { return shape_; }
    // Returns the columns of an annotation that the table has and this role may read.
    const AnnotationColumns& columns() const noexcept { return columns_; }
    // Returns those that this role may not read; known after take_columns().
    const AnnotationColumns& hidden_columns() const noexcept { return hidden_; }
    // Takes the result of SqlDatabase::select_columns(): a row for each column, with its name, its
    // type, whether it can be left out ("f") or not, and whether this role may read it ("t").
    void take_columns(const SqlResult& columns);

    // Adds a row of one of the selects of SqlDatabase to the builder. Returns false if the filter
    // of the scope (Scope::keeps) rejected it.
    bool add_to(
        RowsBuilder& builder, const SqlResult& result, std::size_t row, const Scope& scope) const;

    // Returns the rows that must be there, or must not, after these edits.
    std::vector<ExpectedRow> expected(const Document& document, std::span<const Edit> edits) const;
    // Compares them with the result of SqlDatabase::select_keys().
    Difference difference(const SqlResult& result, std::span<const ExpectedRow> rows) const;

    // Returns the columns that must be written to make an annotation another one. What somebody
    // else has put into other columns stays, and no command changes `extra`.
    AnnotationColumns changed_columns(const Annotation& before, const Annotation& after) const;

    // Returns the columns that an annotation would fill, but the table does not have.
    AnnotationColumns missing_for(const Annotation& annotation) const;

    // Returns the key as it must be stored for Postfix to find it.
    static std::string stored_key(std::string_view key);
    // Returns the key of a row that is there, as the query compares it with a key.
    std::string compared_key(const Document& document, const Entry& entry) const;

private:
    bool is_own(std::string_view column) const; // the column of the key, or of the value
    bool is_found(std::string_view stored) const; // by the query
    Annotation annotation_of(const SqlResult& result, std::size_t row) const;

    TableShape shape_;
    AnnotationColumns columns_;
    AnnotationColumns hidden_;
};

} // namespace relayctl
