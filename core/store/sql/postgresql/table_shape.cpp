#include "core/store/sql/postgresql/table_shape.hpp"

#include "core/base/text.hpp"
#include "core/store/sql/postgresql/pgsql_query.hpp"
#include "core/store/sql/sql_words.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Reads SELECT value FROM table WHERE ... key = '%s' ... .
class ShapeReader {
public:
    explicit ShapeReader(const std::string& query)
        : words_(sql_words(query))
    {
    }

    std::optional<TableShape> run()
    {
        TableShape shape;
        if (!take("select") || !take_column(shape.value_column)) {
            return std::nullopt;
        }
        if (take("::") || take("as")) { // its type or its name is nothing to us
            ++at_;
        }
        if (!take("from") || !take_table(shape.table)) {
            return std::nullopt;
        }
        const bool has_alias = take("as") || (is_name() && !is("where"));
        at_ += has_alias ? 1 : 0;
        // Conditions in words of an alias would make no sense elsewhere.
        if (!take("where") || !take_conditions(shape) || (has_alias && !shape.conditions.empty())) {
            return std::nullopt;
        }
        return shape;
    }

private:
    bool is(std::string_view word) const
    {
        return at_ < words_.size() && words_[at_].kind != SqlWord::Kind::literal
            && equal_ignoring_case(words_[at_].text, word);
    }
    bool is_name() const { return at_ < words_.size() && words_[at_].kind == SqlWord::Kind::name; }

    bool take(std::string_view word)
    {
        const bool found = is(word);
        at_ += found ? 1 : 0;
        return found;
    }

    // name, or schema.name, alias.name; last: without what is in front of it.
    bool take_name(std::string& name, std::string& last)
    {
        if (!is_name()) {
            return false;
        }
        name = last = words_[at_++].text;
        while (is(".") && at_ + 1 < words_.size() && words_[at_ + 1].kind == SqlWord::Kind::name) {
            last = words_[at_ + 1].text;
            name += '.' + last;
            at_ += 2;
        }
        return !is("(");
    }

    bool take_column(std::string& column)
    {
        std::string whole;
        return take_name(whole, column);
    }

    bool take_table(std::string& table)
    {
        take("only");
        std::string last;
        return take_name(table, last) && !is(",");
    }

    static bool is_the_key(const SqlWord& word)
    {
        return word.kind == SqlWord::Kind::literal && word.text.size() == 4 && word.text[1] == '%'
            && key_letters.find(word.text[2]) != std::string_view::npos;
    }

    // column, lower(column)
    bool take_key_column(TableShape& shape)
    {
        const bool folds = is("lower") && at_ + 1 < words_.size() && words_[at_ + 1].text == "(";
        at_ += folds ? 2 : 0;
        shape.key_case = folds ? KeyCase::either : shape.key_case;
        if (!take_column(shape.key_column)) {
            return false;
        }
        at_ += take("::") ? 1 : 0;
        return !folds || take(")");
    }

    // '%s', lower('%s'), upper('%s')
    bool take_key(TableShape& shape)
    {
        const bool upper = is("upper");
        const bool folds = upper || is("lower");
        at_ += folds ? 2 : 0;
        if (at_ >= words_.size() || !is_the_key(words_[at_])) {
            return false;
        }
        ++at_;
        if (upper && shape.key_case != KeyCase::either) {
            shape.key_case = KeyCase::upper;
        }
        return !folds || take(")");
    }

    bool take_comparison(TableShape& shape)
    {
        const std::size_t begin = at_;
        const TableShape before = shape;
        if (take_key(shape) && take("=") && take_key_column(shape)) {
            return true;
        }
        at_ = begin;
        shape = before;
        if (take_key_column(shape)) {
            if (is("ilike")) {
                shape.key_case = KeyCase::either;
                ++at_;
                return take_key(shape);
            }
            if (is("=") || is("like")) {
                ++at_;
                return take_key(shape);
            }
        }
        at_ = begin;
        shape = before;
        return false;
    }

    // Whatever else there is, up to the next AND outside of parentheses. With OR it could be about
    // anything.
    bool take_other_condition(TableShape& shape)
    {
        std::string condition;
        int depth = 0;
        while (at_ < words_.size() && words_[at_].text != ";" && (depth > 0 || !is("and"))) {
            for (const std::string_view word :
                { "or", "union", "group", "order", "having", "select" }) {
                if (is(word)) {
                    return false;
                }
            }
            if (depth == 0 && is("limit")) {
                at_ += 2;
                break;
            }
            depth += is("(") ? 1 : is(")") ? -1 : 0;
            if (words_[at_].text.find('%') != std::string::npos || depth < 0) {
                return false;
            }
            condition += words_[at_].text + (words_[at_].space.empty() ? "" : " "); // no comments
            ++at_;
        }
        if (!condition.empty()) {
            shape.conditions
                += (shape.conditions.empty() ? "" : " AND ") + std::string(trim(condition));
        }
        return true;
    }

    bool take_conditions(TableShape& shape)
    {
        bool found = false;
        for (;;) {
            if (!found && take_comparison(shape)) {
                found = true;
                if (is("limit") && !take_other_condition(shape)) {
                    return false;
                }
            } else if (!take_other_condition(shape)) {
                return false;
            }
            if (at_ < words_.size() && is("and")) {
                ++at_;
                continue;
            }
            break;
        }
        at_ += is(";") ? 1 : 0;
        return found && at_ >= words_.size();
    }

    std::vector<SqlWord> words_;
    std::size_t at_ = 0;
};

bool is_name_of_table(const std::string& text)
{
    const auto words = sql_words(text);
    return !words.empty() && std::all_of(words.begin(), words.end(), [](const SqlWord& word) {
        return word.kind == SqlWord::Kind::name || word.text == ".";
    });
}

} // namespace

std::optional<TableShape> shape_of(const PgsqlFile& file)
{
    if (auto shape = ShapeReader(file.query).run()) {
        return shape;
    }
    const bool told = is_name_of_table(file.table) && is_name_of_table(file.select_field)
        && is_name_of_table(file.where_field);
    const bool is_made_of_them = !file.query_is_given && file.select_function.empty();
    if (is_made_of_them || !told) {
        return std::nullopt;
    }
    return TableShape{ file.table, file.where_field, file.select_field, KeyCase::lower, "", true };
}

} // namespace relayctl
