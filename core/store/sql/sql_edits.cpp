// The part of SqlTable that changes rows.
#include "core/base/text.hpp"
#include "core/store/sql/sql_table.hpp"

#include <algorithm>
#include <map>

namespace relayctl {

using annotation_column::names;

namespace {

constexpr std::size_t rows_at_once = 5000; // of one statement

// Rows as arrays, one for each column, for statements with unnest() in them: "FROM unnest($1, ...)
// AS relayctl_new(relayctl_k, ...)".
class Rows {
public:
    explicit Rows(std::string columns, std::size_t count)
        : columns_(std::move(columns))
        , arrays_(count)
    {
    }

    std::string unnested() const
    {
        std::string sql = "unnest(";
        for (std::size_t i = 1; i <= arrays_.size(); ++i) {
            sql += (i > 1 ? ", $" : "$") + std::to_string(i) + "::text[]";
        }
        return sql + ") AS relayctl_new(" + columns_ + ')';
    }

    void add(std::vector<SqlValue> values)
    {
        for (std::size_t i = 0; i < arrays_.size(); ++i) {
            arrays_[i].push_back(std::move(values[i]));
        }
    }

    // The statement for each batch of rows.
    void append_to(std::vector<Statement>& statements, const std::string& sql) const
    {
        for (std::size_t from = 0; from < arrays_.front().size(); from += rows_at_once) {
            Statement statement{ sql, {} };
            for (const auto& array : arrays_) {
                const auto begin = array.begin() + static_cast<std::ptrdiff_t>(from);
                statement.parameters.emplace_back(sql_array({ begin,
                    begin
                        + static_cast<std::ptrdiff_t>(
                            std::min(rows_at_once, array.size() - from)) }));
            }
            statements.push_back(std::move(statement));
        }
    }

private:
    std::string columns_;
    std::vector<std::vector<SqlValue>> arrays_;
};

std::string new_value(std::size_t column)
{
    return "relayctl_" + std::string(names[column])
        + (annotation_column::is_time(column) ? "::timestamptz" : "");
}

} // namespace

std::vector<Statement> SqlTable::statements_for(
    const Document& document, std::span<const Edit> edits) const
{
    std::vector<Statement> statements;
    const std::string same_row = restricted(key_expression() + " = relayctl_k AND coalesce("
        + shape_.value_column + "::text, '') = relayctl_v");
    const auto row_of = [&](const Edit& edit) {
        return std::vector<SqlValue>{ key_for_comparison(document, *edit.entry),
            std::string(document.value(*edit.entry)) };
    };

    Rows erased("relayctl_k, relayctl_v", 2);
    Rows renamed("relayctl_k, relayctl_v, relayctl_w", 3);
    std::map<std::string, std::vector<const Edit*>> annotated; // by the columns that differ
    for (const Edit& edit : edits) {
        if (edit.kind == Edit::Kind::erase) {
            erased.add(row_of(edit));
        } else if (edit.kind == Edit::Kind::set_value) {
            auto values = row_of(edit);
            values.emplace_back(edit.value);
            renamed.add(std::move(values));
        } else if (edit.kind == Edit::Kind::set_annotation) {
            annotated[differing_columns(document.annotation(*edit.entry), *edit.annotation)
                          .to_string()]
                .push_back(&edit);
        }
    }
    erased.append_to(
        statements, "DELETE FROM " + shape_.table + " USING " + erased.unnested() + same_row);
    for (const auto& [columns, some] : annotated) {
        append_annotations(statements, AnnotationColumns(columns), some, row_of, same_row);
    }
    renamed.append_to(statements,
        "UPDATE " + shape_.table + " SET " + shape_.value_column + " = relayctl_w FROM "
            + renamed.unnested() + same_row);
    append_inserts(statements, edits);
    return statements;
}

// What somebody else has put into the others stays. No command changes `extra`.
AnnotationColumns SqlTable::differing_columns(
    const Annotation& before, const Annotation& after) const
{
    AnnotationColumns differing;
    for (const std::size_t column : present_columns()) {
        differing[column] = column != annotation_column::extra
            && value_of(before, column) != value_of(after, column);
    }
    return differing;
}

void SqlTable::append_annotations(std::vector<Statement>& statements,
    const AnnotationColumns& columns, const std::vector<const Edit*>& edits, const RowOf& row_of,
    const std::string& same_row) const
{
    if (columns.none()) {
        return;
    }
    std::string listed = "relayctl_k, relayctl_v";
    std::string assigned;
    for (std::size_t column = 0; column < names.size(); ++column) {
        if (columns[column]) {
            const std::string name(names[column]);
            listed += ", relayctl_" + name;
            assigned += (assigned.empty() ? "" : ", ") + name + " = " + new_value(column);
        }
    }
    Rows rows(listed, 2 + columns.count());
    for (const Edit* edit : edits) {
        auto values = row_of(*edit);
        for (std::size_t column = 0; column < names.size(); ++column) {
            if (columns[column]) {
                values.push_back(value_of(*edit->annotation, column));
            }
        }
        rows.add(std::move(values));
    }
    rows.append_to(statements,
        "UPDATE " + shape_.table + " SET " + assigned + " FROM " + rows.unnested() + same_row);
}

void SqlTable::append_inserts(std::vector<Statement>& statements, std::span<const Edit> edits) const
{
    const auto present = present_columns();
    std::string listed = "relayctl_k, relayctl_v";
    std::string selected = listed;
    for (const std::size_t column : present) {
        listed += ", relayctl_" + std::string(names[column]);
        selected += ", " + new_value(column);
    }
    Rows rows(listed, 2 + present.size());
    for (const Edit& edit : edits) {
        if (edit.kind != Edit::Kind::append) {
            continue;
        }
        std::vector<SqlValue> values = { stored_key(edit.key), edit.value };
        for (const std::size_t column : present) {
            values.push_back(edit.annotation ? value_of(*edit.annotation, column) : std::nullopt);
        }
        rows.add(std::move(values));
    }
    rows.append_to(statements,
        "INSERT INTO " + shape_.table + " (" + column_list() + ") SELECT " + selected + " FROM "
            + rows.unnested());
}

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
        }
    }
    return rows;
}

Difference SqlTable::difference(const SqlResult& result, std::span<const ExpectedRow> rows) const
{
    const auto folded = [&](const std::string& key) {
        return shape_.key_case == KeyCase::either ? to_lower(key) : key;
    };
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
            ? differing_columns(annotation_of(result, same->second), *wanted.annotation)
            : AnnotationColumns();
        if (other.any() && difference.annotation.empty()) {
            difference.annotation = name + ", " + in_words(other);
        }
    }
    return difference;
}

std::string SqlTable::columns_missed(std::span<const Edit> edits) const
{
    AnnotationColumns missed;
    for (std::size_t column = 0; column < names.size(); ++column) {
        missed[column]
            = !columns_[column] && std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
                  return edit.annotation && value_of(*edit.annotation, column);
              });
    }
    return in_words(missed);
}

} // namespace relayctl
