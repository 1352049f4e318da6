#include "core/store/sql/sql_table.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

using annotation_column::names;

std::string to_upper(std::string_view text)
{
    std::string upper(text);
    for (char& c : upper) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return upper;
}

std::string without_colons(std::string text)
{
    std::erase(text, ':');
    return text;
}

} // namespace

std::vector<std::size_t> SqlTable::present_columns() const
{
    std::vector<std::size_t> present;
    for (std::size_t column = 0; column < names.size(); ++column) {
        if (columns_[column]) {
            present.push_back(column);
        }
    }
    return present;
}

std::string SqlTable::column_list() const
{
    std::string list = shape_.key_column + ", " + shape_.value_column;
    for (const std::size_t column : present_columns()) {
        list += ", " + std::string(names[column]);
    }
    return list;
}

std::string SqlTable::select_list() const
{
    std::string list
        = shape_.key_column + "::text, coalesce(" + shape_.value_column + "::text, '')";
    for (const std::size_t column : present_columns()) {
        const std::string name(names[column]);
        list += annotation_column::is_time(column) ? ", CASE WHEN isfinite(" + name
                + ") THEN floor(extract(epoch FROM " + name + "::timestamptz))::bigint END"
                                                   : ", " + name;
    }
    return list;
}

std::string SqlTable::from() const
{
    return " FROM " + shape_.table;
}

std::string SqlTable::key_expression() const
{
    return shape_.key_case == KeyCase::either ? "lower(" + shape_.key_column + "::text)"
                                              : shape_.key_column + "::text";
}

std::string SqlTable::restricted(const std::string& condition) const
{
    return " WHERE " + condition
        + (shape_.conditions.empty() ? "" : " AND (" + shape_.conditions + ')');
}

Statement SqlTable::select_columns() const
{
    return {
        "SELECT a.attname::text, format_type(a.atttypid, NULL), a.attnotnull OR a.attgenerated <> "
        "'', has_column_privilege(t.oid, a.attnum, 'SELECT') FROM (SELECT to_regclass($1) AS oid) "
        "AS t "
        "LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE t.oid IS NOT NULL",
        { shape_.table }
    };
}

namespace {

// A name of SQL as the catalogue has it.
std::string folded(std::string_view name)
{
    if (name.size() < 2 || name.front() != '"') {
        return to_lower(name);
    }
    std::string plain;
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        plain += name[i];
        i += name[i] == '"' ? 1 : 0; // a doubled one
    }
    return plain;
}

} // namespace

SqlTable::SqlTable(TableShape shape)
    : shape_(std::move(shape))
{
    for (std::size_t column = 0; column < names.size(); ++column) {
        columns_[column] = !is_own(names[column]);
    }
}

std::string in_words(const AnnotationColumns& columns)
{
    std::string words;
    for (std::size_t column = 0; column < names.size(); ++column) {
        words += columns[column] ? (words.empty() ? "" : ", ") + std::string(names[column]) : "";
    }
    return words;
}

bool SqlTable::is_own(std::string_view column) const
{
    return column == folded(shape_.key_column) || column == folded(shape_.value_column);
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
        // Somebody else's column of the same name means something else.
        if (found != names.end() && !is_own(name) && result.text(row, 2) == "f"
            && (annotation_column::is_time(column) ? type == "timestamp with time zone"
                                                   : is_text)) {
            (result.text(row, 3) == "t" ? columns_ : hidden_).set(column);
        }
        if (name == folded(shape_.key_column) && type == "citext"
            && shape_.key_case == KeyCase::lower) {
            shape_.key_case = KeyCase::either;
        }
    }
}

std::string SqlTable::scope_condition(const Scope& scope, std::vector<SqlValue>& parameters) const
{
    std::set<std::string> keys;
    for (const Fingerprint& fingerprint : scope.fingerprints) {
        const std::string text = fingerprint.to_string();
        for (const std::string& spelling : { text, without_colons(text) }) {
            keys.insert(to_lower(spelling));
            if (shape_.key_case != KeyCase::either) {
                keys.insert(spelling);
            }
        }
    }
    for (const std::string& key : scope.keys) {
        keys.insert({ key, to_lower(key), to_upper(key) });
    }
    std::set<std::string> hosts;
    for (const std::string& host : scope.hosts) {
        hosts.insert(to_lower(host));
    }
    std::string condition;
    const auto add = [&](const std::string& expression, const std::set<std::string>& values) {
        if (!values.empty()) {
            parameters.emplace_back(sql_array({ values.begin(), values.end() }));
            condition += (condition.empty() ? "" : " OR ") + expression + " = ANY ($"
                + std::to_string(parameters.size()) + "::text[])";
        }
    };
    add(key_expression(), keys);
    // In letters of ASCII only, as everywhere.
    add("lower(" + shape_.value_column + "::text COLLATE \"C\")", hosts);
    return condition.empty() ? "false" : condition;
}

Statement SqlTable::select_scope(const Scope& scope) const
{
    Statement statement;
    const std::string inner = scope_condition(scope, statement.parameters);
    statement.sql = "SELECT " + select_list() + from()
        + restricted(with_same_key(from() + restricted('(' + inner + ')'))) + " ORDER BY 1, 2";
    return statement;
}

// Of a fingerprint that is stored twice, once in capitals, smtpd finds one: whoever takes the other
// away has revoked nothing.
std::string SqlTable::with_same_key(const std::string& inner) const
{
    const std::string key = key_expression();
    return key + " IN (SELECT "
        + (shape_.key_case == KeyCase::either
                ? key
                : "unnest(ARRAY[" + key + ", lower(" + key + "), upper(" + key + ")])")
        + inner + ')';
}

Statement SqlTable::select_all(Order order) const
{
    const auto by_time = [&](std::size_t column) {
        return columns_[column] ? std::string(names[column]) + " NULLS LAST, " : std::string();
    };
    const std::string first = order == Order::key
        ? "lower(" + shape_.key_column + "::text COLLATE \"C\"), "
        : order == Order::host   ? "lower(" + shape_.value_column + "::text COLLATE \"C\"), "
        : order == Order::expiry ? by_time(annotation_column::not_after)
        : order == Order::added  ? by_time(annotation_column::added)
                                 : "";
    return { "SELECT " + select_list() + from()
            + (shape_.conditions.empty() ? "" : restricted("true")) + " ORDER BY " + first
            + shape_.key_column + ", " + shape_.value_column,
        {} };
}

Statement SqlTable::count_all() const
{
    return { "SELECT count(*)" + from() + (shape_.conditions.empty() ? "" : restricted("true")),
        {} };
}

Statement SqlTable::select_keys(std::span<const ExpectedRow> rows) const
{
    std::vector<SqlValue> keys;
    for (const ExpectedRow& row : rows) {
        keys.emplace_back(to_lower(row.key));
        if (shape_.key_case != KeyCase::either) {
            keys.emplace_back(row.key);
            keys.emplace_back(to_upper(row.key));
        }
    }
    return { "SELECT " + select_list() + from()
            + restricted(key_expression() + " = ANY ($1::text[])"),
        { sql_array(keys) } };
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
    const auto meant = annotation == Annotation() ? std::nullopt : Fingerprint::from_written(key);
    annotation.for_fingerprint
        = meant ? beginning_of(*meant) : ""; // as every annotation has it that relayctl writes
    if (!scope.everything || !scope.keeps || scope.keeps(key, value, annotation)) {
        builder.add(key, value, annotation, found);
        return true;
    }
    return false;
}

std::string SqlTable::stored_key(std::string_view key) const
{
    return shape_.key_case == KeyCase::upper ? to_upper(key) : to_lower(key);
}

bool SqlTable::is_found(std::string_view stored) const
{
    return shape_.key_case == KeyCase::either || stored == stored_key(stored);
}

std::string SqlTable::key_of(const Document& document, const Entry& entry) const
{
    return entry.is_never_found ? std::string(document.key(entry))
                                : stored_key(document.key(entry));
}

std::string SqlTable::key_for_comparison(const Document& document, const Entry& entry) const
{
    return shape_.key_case == KeyCase::either ? to_lower(document.key(entry))
                                              : key_of(document, entry);
}

} // namespace relayctl
