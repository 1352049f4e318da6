// The statements that read rows. All values are parameters.
// The select list and the conditions are put together from the shape of the table, whose names are
// SQL already and are taken as they stand. Values never are: they go as parameters, those of a list
// as one array.
#include "core/base/text.hpp"
#include "core/store/sql/postgresql/database.hpp"

#include <set>

namespace relayctl::postgresql {

namespace {

// Folds the letters of ASCII, whatever the locale.
std::string to_upper(std::string_view text)
{
    std::string upper(text);
    for (char& c : upper) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return upper;
}

// Returns the fingerprint in its other spelling that people store.
std::string without_colons(std::string text)
{
    std::erase(text, ':');
    return text;
}

// Folds the letters of ASCII only, as Postfix and relayctl do everywhere.
std::string folded(const std::string& column)
{
    return "lower(" + column + "::text COLLATE \"C\")";
}

// Returns " FROM table".
std::string from(const TableShape& shape)
{
    return " FROM " + shape.table;
}

// Returns the WHERE for all rows that Postfix's query can see; "" if that is every row.
std::string conditions_of(const TableShape& shape)
{
    return shape.conditions.empty() ? "" : where(shape, "true");
}

// The key, the value, and the columns of the annotation: times as seconds since 1970, no value for
// infinity.
std::string select_list(const SqlTable& table)
{
    const TableShape& shape = table.shape();
    std::string list = shape.key_column + "::text, coalesce(" + shape.value_column + "::text, '')";
    for (const std::size_t column : numbers_of(table.columns())) {
        const std::string name(annotation_column::names[column]);
        list += annotation_column::is_time(column) ? ", CASE WHEN isfinite(" + name
                + ") THEN floor(extract(epoch FROM " + name + "::timestamptz))::bigint END"
                                                   : ", " + name;
    }
    return list;
}

// Is true of the rows that a scope names itself.
std::string scope_condition(
    const TableShape& shape, const Scope& scope, std::vector<SqlValue>& parameters)
{
    // A key may be stored in a spelling that the query does not find. It is searched in those that
    // people use, so that a client can be removed that was entered wrong.
    std::set<SqlValue> keys;
    for (const Fingerprint& fingerprint : scope.fingerprints) {
        const std::string text = fingerprint.to_string();
        for (const std::string& spelling : { text, without_colons(text) }) {
            keys.insert({ spelling, to_lower(spelling) });
        }
    }
    for (const std::string& key : scope.keys) {
        keys.insert({ key, to_lower(key), to_upper(key) });
    }
    std::set<SqlValue> hosts;
    for (const std::string& host : scope.hosts) {
        hosts.insert(to_lower(host));
    }
    std::string condition;
    const auto add = [&](const std::string& expression, const std::set<SqlValue>& values) {
        if (!values.empty()) {
            parameters.emplace_back(array_of(std::vector(values.begin(), values.end())));
            condition += (condition.empty() ? "" : " OR ") + expression + " = ANY ($"
                + std::to_string(parameters.size()) + "::text[])";
        }
    };
    add(key_expression(shape), keys);
    add(folded(shape.value_column), hosts);
    // A scope that names nothing selects nothing, and never everything.
    return condition.empty() ? "false" : condition;
}

// Is true of all rows with the key of one of the inner ones, in whatever case. If a fingerprint is
// stored twice, once in capitals, smtpd finds one of the two: whoever removes only the other has
// revoked nothing.
std::string has_same_key(const TableShape& shape, const std::string& inner)
{
    const std::string key = key_expression(shape);
    return key + " IN (SELECT "
        + (shape.ignores_case
                ? key
                : "unnest(ARRAY[" + key + ", lower(" + key + "), upper(" + key + ")])")
        + inner + ')';
}

} // namespace

std::string key_expression(const TableShape& shape)
{
    return shape.ignores_case ? "lower(" + shape.key_column + "::text)"
                              : shape.key_column + "::text";
}

std::string where(const TableShape& shape, const std::string& condition)
{
    return " WHERE " + condition
        + (shape.conditions.empty() ? "" : " AND (" + shape.conditions + ')');
}

std::string array_of(std::span<const SqlValue> values)
{
    std::string array = "{";
    for (const SqlValue& value : values) {
        array += array.size() > 1 ? "," : "";
        if (!value) {
            array += "NULL";
            continue;
        }
        // Each value is quoted, so that an empty one and the word NULL stay values.
        array += '"';
        for (const char c : *value) {
            if (c == '"' || c == '\\') {
                array += '\\';
            }
            array += c;
        }
        array += '"';
    }
    return array + '}';
}

Statement Database::select_columns(const TableShape& shape) const
{
    return {
        // System columns have numbers below 1, and a dropped column keeps its row. A column must be
        // given if it is NOT NULL; a generated one must not be written.
        "SELECT a.attname::text, format_type(a.atttypid, NULL), a.attnotnull OR a.attgenerated <> "
        "'', has_column_privilege(t.oid, a.attnum, 'SELECT') FROM (SELECT to_regclass($1) AS oid) "
        "AS t "
        "LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE t.oid IS NOT NULL",
        { shape.table }
    };
}

Statement Database::select_scope(const SqlTable& table, const Scope& scope) const
{
    const TableShape& shape = table.shape();
    Statement statement;
    const std::string named = scope_condition(shape, scope, statement.parameters);
    const std::string inner = from(shape) + where(shape, '(' + named + ')');
    statement.sql = "SELECT " + select_list(table) + from(shape)
        + where(shape, has_same_key(shape, inner)) + " ORDER BY 1, 2";
    return statement;
}

Statement Database::select_all(const SqlTable& table, EntryOrder order) const
{
    const TableShape& shape = table.shape();
    // Without the column nothing can be sorted by it, and the order of keys is left. Unknown times
    // come last.
    const auto by_time = [&](std::size_t column) {
        return table.columns()[column]
            ? std::string(annotation_column::names[column]) + " NULLS LAST, "
            : std::string();
    };
    const std::string first = order == EntryOrder::key ? folded(shape.key_column) + ", "
        : order == EntryOrder::host                    ? folded(shape.value_column) + ", "
        : order == EntryOrder::expiry                  ? by_time(annotation_column::not_after)
        : order == EntryOrder::added                   ? by_time(annotation_column::added)
                                                       : "";
    return { "SELECT " + select_list(table) + from(shape) + conditions_of(shape) + " ORDER BY "
            + first + shape.key_column + ", " + shape.value_column,
        {} };
}

Statement Database::count_all(const SqlTable& table) const
{
    return { "SELECT count(*)" + from(table.shape()) + conditions_of(table.shape()), {} };
}

Statement Database::select_keys(const SqlTable& table, std::span<const std::string> keys) const
{
    const TableShape& shape = table.shape();
    // These are all cases that has_same_key() looks for, so that a change is compared with every
    // row that it may have touched.
    std::vector<SqlValue> spellings;
    for (const std::string& key : keys) {
        spellings.emplace_back(to_lower(key));
        if (!shape.ignores_case) {
            spellings.emplace_back(key);
            spellings.emplace_back(to_upper(key));
        }
    }
    return { "SELECT " + select_list(table) + from(shape)
            + where(shape, key_expression(shape) + " = ANY ($1::text[])"),
        { array_of(spellings) } };
}

} // namespace relayctl::postgresql
