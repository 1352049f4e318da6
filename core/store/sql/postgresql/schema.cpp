// The SQL that makes a table for relayctl and Postfix.
#include "core/base/text.hpp"
#include "core/store/sql/postgresql/database.hpp"

#include <algorithm>
#include <array>

namespace relayctl::postgresql {

namespace {

// A column of an annotation in the table that relayctl makes.
struct ColumnText {
    const char* name;
    const char* type;
    const char* meaning;
};

// In the order of annotation_column::names.
constexpr std::array<ColumnText, 10> annotation_columns
    = { { { "kind", "text", "cert or key" }, { "subject", "text", "of the certificate" },
        { "not_after", "timestamptz", "the last moment in which the certificate is valid" },
        { "added", "timestamptz", "when" }, { "added_by", "text", "by whom" },
        { "retire_after", "timestamptz", "from then on relayctl prune removes it" },
        { "until", "timestamptz", "the last moment in which it is to relay" },
        { "owner", "text", "who is responsible for it" }, { "note", "text", "a remark" },
        { "extra", "text", "what a text table had noted besides" } } };

// Writes a line of CREATE TABLE, with what the column means as a comment.
std::string line_of(
    const std::string& name, const std::string& type, const std::string& meaning, bool is_last)
{
    std::string line = "    " + name + ' ' + type + (is_last ? "" : ",");
    // The comments stand below one another from column 35 on, unless a line is longer.
    line.resize(std::max<std::size_t>(line.size() + 1, 34), ' ');
    return line + "-- " + meaning + '\n';
}

// Returns a name as an identifier of SQL, in double quotes where it needs them.
std::string identifier(const std::string& name)
{
    // Reserved words of PostgreSQL that somebody might call a role, and those that have a meaning
    // of their own in GRANT.
    static constexpr std::array<std::string_view, 12> key_words
        = { "all", "current_role", "current_user", "default", "group", "none", "public",
              "session_user", "table", "to", "user", "select" };
    const bool plain = !name.empty()
        && std::find(key_words.begin(), key_words.end(), name) == key_words.end()
        && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_';
           });
    if (plain) {
        return name;
    }
    // A double quote inside is doubled.
    std::string quoted = "\"";
    for (const char c : name) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + '"';
}

} // namespace

Statement Database::find_table(const TableShape& shape) const
{
    // to_regclass() gives NULL for a table that does not exist, where a cast would fail and end the
    // transaction. It finds the table by the search path of this role.
    return { "SELECT name FROM (SELECT to_regclass($1)::text AS name) AS found "
             "WHERE name IS NOT NULL",
        { shape.table } };
}

Statement Database::find_role(const std::string& name) const
{
    return { "SELECT 1 FROM pg_roles WHERE rolname = $1", { name } };
}

std::vector<std::string> Database::create_table(const TableShape& shape) const
{
    std::string table = "CREATE TABLE " + shape.table + " (\n"
        + line_of(shape.key_column, "text PRIMARY KEY",
            "in lower case with colons, as smtpd asks for it", false)
        + line_of(
            shape.value_column, "text NOT NULL", "never empty: else Postfix finds nothing", false);
    for (const ColumnText& column : annotation_columns) {
        table += line_of(column.name, column.type, column.meaning, false);
    }
    table += line_of(std::string(last_seen_column), "timestamptz",
        "when the client came last (relayctl seen --save)", true);
    // The second index is for searches by host. It has the same expression as they have
    // (select_statements.cpp), or it would not be used.
    std::vector<std::string> statements = { table + ')',
        "CREATE INDEX ON " + shape.table + " (lower(" + shape.value_column + " COLLATE \"C\"))" };
    // The primary key is not used for lower(column) = ..., which is how Postfix asks then.
    if (shape.ignores_case) {
        statements.push_back(
            "CREATE INDEX ON " + shape.table + " (lower(" + shape.key_column + "))");
    }
    return statements;
}

std::vector<std::string> Database::create_history(const TableShape& shape) const
{
    // The number is one of a sequence, so that rivals do not wait for each other.
    return { "CREATE TABLE " + history_table_of(shape) + " (\n"
        + line_of(
            "number", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "of the change", false)
        + line_of("changed", "timestamptz NOT NULL", "when", false)
        + line_of("changed_by", "text", "by whom", false)
        + line_of("sudo_user", "text", "and who called sudo", false)
        + line_of("command", "text NOT NULL", "of relayctl", false)
        + line_of("undoes", "bigint", "the number of the change that it takes back", false)
        + line_of("entries", "text NOT NULL", "JSON: each entry before and after", true) + ')' };
}

std::vector<std::string> Database::grant(const TableShape& shape, const Roles& roles) const
{
    std::vector<std::string> statements;
    // Postfix shall read the two columns of its query and no annotations. One role for both gets
    // the larger rights below.
    if (!roles.reader.empty() && roles.reader != roles.writer) {
        // Other conditions of the query may be about any column.
        const std::string columns = shape.conditions.empty() && !shape.is_named_beside
            ? " (" + shape.key_column + ", " + shape.value_column + ')'
            : "";
        statements.push_back(
            "GRANT SELECT" + columns + " ON " + shape.table + " TO " + identifier(roles.reader));
    }
    if (!roles.writer.empty()) {
        statements.push_back("GRANT SELECT, INSERT, UPDATE, DELETE ON " + shape.table + " TO "
            + identifier(roles.writer));
        // What was changed is not changed afterwards.
        statements.push_back("GRANT SELECT, INSERT ON " + history_table_of(shape) + " TO "
            + identifier(roles.writer));
    }
    return statements;
}

std::vector<std::string> Database::add_columns(
    const TableShape& shape, const std::vector<std::string>& columns) const
{
    std::vector<std::string> statements;
    for (const ColumnText& column : annotation_columns) {
        if (std::find(columns.begin(), columns.end(), column.name) != columns.end()) {
            statements.push_back(
                "ALTER TABLE " + shape.table + " ADD COLUMN " + column.name + ' ' + column.type);
        }
    }
    return statements;
}

std::string Database::schema_to_read(
    const TableShape& shape, const Roles& roles, const std::string& admin_file) const
{
    std::string text = "-- To be run once, on the primary, as a role that may create tables: whole "
                       "or not at all.\nBEGIN;\n\n";
    for (const std::string& statement : create_table(shape)) {
        text += statement + ";\n";
    }
    text += "\n-- What relayctl changed, when and for whom:\n";
    for (const std::string& statement : create_history(shape)) {
        text += statement + ";\n";
    }
    text += "\n-- Two roles: Postfix only reads, and no more than it asks for; relayctl reads and "
            "writes. To make them:\n"
            "-- CREATE ROLE "
        + identifier(roles.reader) + " LOGIN; CREATE ROLE " + identifier(roles.writer)
        + " LOGIN;\n"
          "-- \\password "
        + identifier(roles.reader) + "\n-- \\password " + identifier(roles.writer)
        + "\n"
          "-- The file of the table names the first; "
        + admin_file
        + ", which only root may read, names the second:\n"
          "-- user = "
        + roles.writer + "\n-- password = ...\n";
    for (const std::string& statement : grant(shape, roles)) {
        text += statement + ";\n";
    }
    return text + "COMMIT;\n";
}

} // namespace relayctl::postgresql
