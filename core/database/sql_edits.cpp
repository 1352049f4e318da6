// The part of SqlTable that changes rows.
#include "core/database/sql_table.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

using annotation_column::names;

std::vector<Statement> SqlTable::statements_for(const Document& document, std::span<const Edit> edits, const Scope* unless) const
{
    constexpr std::size_t at_once = 5000; // rows of one statement
    std::vector<Statement> statements;
    const auto present = present_columns();
    // begin: of the SQL, which has n(k, v, ...) of the arrays; gives the arrays of one edit.
    const auto add = [&](Edit::Kind kind, const std::string& sql, std::size_t arrays, const auto& values_of) {
        std::vector<std::vector<SqlValue>> columns(arrays);
        const auto flush = [&] {
            if (!columns.front().empty()) {
                Statement statement{sql, {}};
                for (auto& column : columns) {
                    statement.parameters.emplace_back(sql_array(column));
                    column.clear();
                }
                statements.push_back(std::move(statement));
            }
        };
        for (const Edit& edit : edits) {
            if (edit.kind != kind) {
                continue;
            }
            const std::vector<SqlValue> values = values_of(edit);
            for (std::size_t i = 0; i < arrays; ++i) {
                columns[i].push_back(values[i]);
            }
            if (columns.front().size() == at_once) {
                flush();
            }
        }
        flush();
    };
    const auto annotated = [&](std::vector<SqlValue> values, const Annotation& annotation) {
        for (const std::size_t column : present) {
            values.push_back(value_of(annotation, column));
        }
        return values;
    };
    const auto unnest = [](std::size_t arrays, const std::string& columns) {
        std::string sql = "unnest(";
        for (std::size_t i = 1; i <= arrays; ++i) {
            sql += (i > 1 ? ", $" : "$") + std::to_string(i) + "::text[]";
        }
        return sql + ") AS relayctl_new(" + columns + ')';
    };
    std::string columns = "relayctl_k, relayctl_v";
    std::string selected = columns;
    std::string assigned;
    for (const std::size_t column : present) {
        const std::string name(names[column]);
        columns += ", relayctl_" + name;
        const std::string value = "relayctl_" + name + (annotation_column::is_time(column) ? "::timestamptz" : "");
        selected += ", " + value;
        if (column != annotation_column::extra) { // which no command changes
            assigned += (assigned.empty() ? "" : ", ") + name + " = " + value;
        }
    }
    const std::string same_row = restricted(key_expression() + " = relayctl_k AND coalesce(" + shape_.value_column + "::text, '') = relayctl_v");
    const auto row_of = [&](const Edit& edit) { return std::vector<SqlValue>{key_for_comparison(document, *edit.entry), std::string(document.value(*edit.entry))}; };

    add(Edit::Kind::erase, "DELETE FROM " + shape_.table + " USING " + unnest(2, "relayctl_k, relayctl_v") + same_row, 2, row_of);
    if (!assigned.empty()) {
        add(Edit::Kind::set_annotation, "UPDATE " + shape_.table + " SET " + assigned + " FROM " + unnest(2 + present.size(), columns) + same_row, 2 + present.size(),
            [&](const Edit& edit) { return annotated(row_of(edit), *edit.annotation); });
    }
    add(Edit::Kind::set_value, "UPDATE " + shape_.table + " SET " + shape_.value_column + " = relayctl_w FROM " + unnest(3, "relayctl_k, relayctl_v, relayctl_w") + same_row, 3,
        [&](const Edit& edit) {
            auto values = row_of(edit);
            values.emplace_back(edit.value);
            return values;
        });
    std::string insert = "INSERT INTO " + shape_.table + " (" + column_list() + ") SELECT " + selected + " FROM " + unnest(2 + present.size(), columns);
    std::vector<SqlValue> more;
    if (unless != nullptr) {
        more.resize(2 + present.size());
        insert += " WHERE NOT EXISTS (SELECT 1" + from() + restricted('(' + scope_condition(*unless, more) + ')') + ')';
        more.erase(more.begin(), more.begin() + static_cast<std::ptrdiff_t>(2 + present.size()));
    }
    const std::size_t before = statements.size();
    add(Edit::Kind::append, insert, 2 + present.size(),
        [&](const Edit& edit) { return annotated({stored_key(edit.key), edit.value}, edit.annotation ? *edit.annotation : Annotation()); });
    for (std::size_t i = before; i < statements.size(); ++i) {
        statements[i].parameters.insert(statements[i].parameters.end(), more.begin(), more.end());
    }
    return statements;
}

Statement SqlTable::erase_only_one(const Scope& scope) const
{
    Statement statement;
    const std::string inner = from() + restricted('(' + scope_condition(scope, statement.parameters) + ')');
    const std::string keys = key_expression() + " IN (SELECT " + key_expression() + inner + ')';
    statement.sql = "DELETE" + from() + restricted(keys) + " AND (SELECT count(*)" + from() + restricted(keys) + ") = 1";
    return statement;
}

std::vector<ExpectedRow> SqlTable::expected(const Document& document, std::span<const Edit> edits) const
{
    std::vector<ExpectedRow> rows;
    for (const Edit& edit : edits) {
        switch (edit.kind) {
        case Edit::Kind::append: rows.push_back({stored_key(edit.key), edit.value, true, edit.annotation}); break;
        case Edit::Kind::erase: rows.push_back({key_of(document, *edit.entry), std::string(document.value(*edit.entry)), false, nullptr}); break;
        case Edit::Kind::set_value: rows.push_back({key_of(document, *edit.entry), edit.value, true, nullptr}); break;
        case Edit::Kind::set_annotation: {
            const bool renamed = std::any_of(edits.begin(), edits.end(), [&](const Edit& e) { return e.kind == Edit::Kind::set_value && e.entry == edit.entry; });
            if (!renamed) {
                rows.push_back({key_of(document, *edit.entry), std::string(document.value(*edit.entry)), true, edit.annotation});
            }
            break;
        }
        }
    }
    return rows;
}

bool SqlTable::is_as_expected(const SqlResult& result, std::span<const ExpectedRow> rows) const
{
    const auto same_annotation = [&](std::size_t row, const Annotation& wanted) {
        const Annotation found = annotation_of(result, row);
        const auto present = present_columns();
        return std::all_of(present.begin(), present.end(), [&](std::size_t column) { return value_of(found, column) == value_of(wanted, column); });
    };
    return std::all_of(rows.begin(), rows.end(), [&](const ExpectedRow& wanted) {
        for (std::size_t row = 0; row < result.rows(); ++row) {
            const bool same_key = shape_.key_case == KeyCase::either ? equal_ignoring_case(result.text(row, 0), wanted.key) : result.text(row, 0) == wanted.key;
            if (same_key && result.text(row, 1) == wanted.value) {
                return wanted.is_there && (!wanted.annotation || same_annotation(row, *wanted.annotation));
            }
        }
        return !wanted.is_there;
    });
}

std::string SqlTable::columns_missed(std::span<const Edit> edits) const
{
    std::string missed;
    for (std::size_t column = 0; column < names.size(); ++column) {
        const bool is_wanted = !columns_[column] && std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
            return edit.annotation && value_of(*edit.annotation, column);
        });
        missed += is_wanted ? (missed.empty() ? "" : ", ") + std::string(names[column]) : "";
    }
    return missed;
}

} // namespace relayctl
