// The words of the query are read from left to right, and whatever is not exactly the known form is
// not understood: a guess about the table would have relayctl change rows that Postfix does not
// read. So OR, a subquery or a join ends it, and the administrator names the table beside the
// query.
#include "core/store/sql/table_shape.hpp"

#include "core/base/text.hpp"
#include "core/store/sql/lookup_query.hpp"
#include "core/store/sql/sql_words.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

// Reads SELECT name FROM name WHERE key = '%s' AND ... . Each take_ function goes on to the next
// word if it finds what it is for, and returns false if it does not.
struct QueryReader {
    std::vector<SqlWord> words;
    std::size_t at = 0;

    std::optional<TableShape> run()
    {
        TableShape shape;
        if (!take("select") || !take_name(shape.value_column) || !take("from")
            || !take_table(shape.table) || !take("where")) {
            return std::nullopt;
        }
        bool has_key = false;
        // Conditions may stand in front of the comparison with the key and behind it, in any order.
        do {
            const std::size_t begin = at;
            if (!has_key && take_key(shape)) {
                has_key = true;
            } else if (at = begin; !take_condition(shape.conditions)) {
                return std::nullopt;
            }
        } while (take("and"));
        if (take("limit")) {
            ++at; // the number
        }
        take(";");
        return has_key && at == words.size() ? std::optional(shape) : std::nullopt;
    }

    // Returns true if the next word is this one, in any case of letters, and no literal.
    bool is(std::string_view word) const
    {
        return at < words.size() && words[at].kind != SqlWord::Kind::literal
            && equal_ignoring_case(words[at].text, word);
    }

    // Takes the next word if it is this one.
    bool take(std::string_view word)
    {
        const bool found = is(word);
        at += found ? 1 : 0;
        return found;
    }

    // Takes an identifier as it is written, with its quotes if it has any.
    bool take_name(std::string& name)
    {
        if (at >= words.size() || words[at].kind != SqlWord::Kind::name) {
            return false;
        }
        name = words[at++].text;
        return true;
    }

    // table, or schema.table
    bool take_table(std::string& table)
    {
        std::string part;
        if (!take_name(table)) {
            return false;
        }
        while (take(".")) {
            if (!take_name(part)) {
                return false;
            }
            table += '.' + part;
        }
        return true;
    }

    // column = '%s', lower(column) = '%s', either with lower('%s')
    bool take_key(TableShape& shape)
    {
        const bool folds_column = take("lower");
        if ((folds_column && !take("(")) || !take_name(shape.key_column)
            || (folds_column && !take(")")) || !take("=")) {
            return false;
        }
        const bool folds_key = take("lower");
        if ((folds_key && !take("(")) || !take_key_literal() || (folds_key && !take(")"))) {
            return false;
        }
        shape.ignores_case = folds_column;
        return true;
    }

    // '%s'
    bool take_key_literal()
    {
        const bool found = at < words.size() && words[at].kind == SqlWord::Kind::literal
            && words[at].text.size() == 4 && words[at].text[1] == '%'
            && key_letters.find(words[at].text[2]) != std::string_view::npos;
        at += found ? 1 : 0;
        return found;
    }

    // Appends another condition, up to the next AND outside of parentheses. Refuses words with
    // which the query could be about anything.
    bool take_condition(std::string& conditions)
    {
        static constexpr std::array<std::string_view, 6> refused
            = { "or", "union", "group", "order", "having", "select" };
        std::string condition;
        int depth = 0;
        // An AND inside of parentheses belongs to the condition.
        while (at < words.size() && !is(";") && (depth > 0 || (!is("and") && !is("limit")))) {
            depth += is("(") ? 1 : is(")") ? -1 : 0;
            if (depth < 0 || words[at].text.find('%') != std::string::npos
                || std::any_of(refused.begin(), refused.end(),
                    [&](std::string_view word) { return is(word); })) {
                return false;
            }
            condition += words[at].text + (words[at].space.empty() ? "" : " "); // no comments
            ++at;
        }
        conditions += (conditions.empty() ? "" : " AND ") + std::string(trim(condition));
        return !condition.empty();
    }
};

// Returns true for an identifier, perhaps with its schema. Anything else in these parameters would
// become a part of our SQL.
bool is_name_of_table(const std::string& text)
{
    const auto words = sql_words(text);
    return !words.empty() && std::all_of(words.begin(), words.end(), [](const SqlWord& word) {
        return word.kind == SqlWord::Kind::name || word.text == ".";
    });
}

} // namespace

std::optional<TableShape> shape_of(const DatabaseFile& file)
{
    if (auto shape = QueryReader{ sql_words(file.query) }.run()) {
        return shape;
    }
    const bool is_named = is_name_of_table(file.table) && is_name_of_table(file.select_field)
        && is_name_of_table(file.where_field);
    // A query that Postfix makes of these parameters has been read above already; if that failed,
    // they are no plain names.
    const bool is_made_of_them = !file.query_is_given && file.select_function.empty();
    if (is_made_of_them || !is_named) {
        return std::nullopt;
    }
    return TableShape{ file.table, file.where_field, file.select_field, false, "", true };
}

std::string history_table_of(const TableShape& shape)
{
    constexpr std::string_view suffix = "_history";
    std::string name = shape.table;
    // A quoted name ends with its quote.
    name.insert(name.ends_with('"') ? name.size() - 1 : name.size(), suffix);
    return name;
}

} // namespace relayctl
