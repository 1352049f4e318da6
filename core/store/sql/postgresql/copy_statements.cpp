// The statements that make the rows of a table those of another one.
#include "core/store/sql/postgresql/database.hpp"

#include <utility>

namespace relayctl::postgresql {

namespace {

// The columns of the staging table have names of their own: conditions of the query are about the
// columns of the table.
// Puts the pieces of SQL together that several statements share: which rows are the same, and which
// differ.
class CopyWriter {
public:
    CopyWriter(const SqlTable& table, const HistoryRecord& record)
        : record_(record)
        , shape_(table.shape())
        , value_(shape_.table + '.' + shape_.value_column + "::text")
        , condition_(shape_.conditions.empty() ? "" : " AND (" + shape_.conditions + ')')
        , columns_(shape_.key_column + ", " + shape_.value_column)
        , staged_("relayctl_k, relayctl_v")
    {
        // The staging table takes the types of its columns from the table, so the database compares
        // values as it compares its own, and no type has to be known here.
        as_staged_
            = shape_.key_column + " AS relayctl_k, " + shape_.value_column + " AS relayctl_v";
        assigned_ = shape_.value_column + " = relayctl_v";
        // A ROW compares NULL with NULL as equal (IS DISTINCT FROM), which "=" does not.
        std::string here = "ROW(relayctl_v::text";
        std::string there = "ROW(" + value_;
        for (const std::size_t column : numbers_of(table.columns())) {
            const std::string name(annotation_column::names[column]);
            columns_ += ", " + name;
            staged_ += ", relayctl_" + name;
            as_staged_ += ", " + name + " AS relayctl_" + name;
            assigned_ += ", " + name + " = relayctl_" + name;
            here += ", relayctl_" + name;
            there += ", " + shape_.table + '.' + name;
            staged_json_ += json_member(name, "relayctl_" + name, column);
            there_json_ += json_member(name, shape_.table + '.' + name, column);
        }
        const std::string key = shape_.table + '.' + shape_.key_column + "::text";
        staged_json_
            = "json_strip_nulls(json_build_object('fingerprint', relayctl_k::text, 'host', "
              "relayctl_v::text"
            + staged_json_ + "))";
        there_json_ = "json_strip_nulls(json_build_object('fingerprint', " + key + ", 'host', "
            + value_ + there_json_ + "))";
        same_key_ = folded("relayctl_k::text") + " = " + folded(key);
        differs_ = here + ") IS DISTINCT FROM " + there + ')';
        // Rows that the query's own conditions leave out are not Postfix's, so they are neither
        // compared nor removed.
        not_staged_ = " WHERE NOT EXISTS (SELECT 1 FROM relayctl_staging WHERE " + same_key_ + ')'
            + condition_;
        not_there_ = " FROM relayctl_staging WHERE NOT EXISTS (SELECT 1 FROM " + shape_.table
            + " WHERE " + same_key_ + condition_ + ')';
    }

    CopyStatements run() const
    {
        CopyStatements sql;
        // ON COMMIT DROP: it goes with the transaction, also when that is rolled back. WITH NO DATA
        // takes only the columns.
        sql.stage = { plain("CREATE TEMPORARY TABLE relayctl_staging ON COMMIT DROP AS SELECT "
            + as_staged_ + " FROM " + shape_.table + " WITH NO DATA") };
        sql.copy_in = "COPY relayctl_staging (" + staged_ + ") FROM STDIN";
        // The index is made after the rows, which is quicker, and fails if a key came twice.
        // ANALYZE tells the planner how many rows there are: it would assume few and compare each
        // with each.
        sql.index = { plain("CREATE UNIQUE INDEX ON relayctl_staging (relayctl_k)"),
            plain("ANALYZE relayctl_staging") };
        write_comparison(sql);
        write_changes(sql);
        write_record(sql);
        return sql;
    }

private:
    // Returns a statement without parameters: all values come by COPY.
    static Statement plain(std::string sql) { return { std::move(sql), {} }; }

    // Returns the text as the query compares it.
    std::string folded(const std::string& text) const
    {
        return shape_.ignores_case ? "lower(" + text + ')' : text;
    }

    void write_comparison(CopyStatements& sql) const
    {
        const std::string gone = " FROM " + shape_.table + not_staged_;
        const std::string both = " FROM " + shape_.table + " JOIN relayctl_staging ON " + same_key_
            + " WHERE true" + condition_ + " AND ";
        // Only the value counts here, since that is the host, which needs --replace to be changed.
        const std::string renamed = both + "relayctl_v::text IS DISTINCT FROM " + value_;
        // In the order that CopyStatements::count names.
        for (const std::string& counted : { not_there_, both + differs_, renamed, gone }) {
            sql.count.push_back(plain("SELECT count(*)" + counted));
        }
        const std::string row = "SELECT " + shape_.table + '.' + shape_.key_column
            + "::text || ' ' || coalesce(" + value_ + ", '')";
        sql.example
            = plain('(' + row + gone + " LIMIT 1) UNION ALL (" + row + renamed + " LIMIT 1)");
    }

    // Times are written as JSON has them elsewhere; infinity is none.
    static std::string json_member(
        const std::string& name, const std::string& value, std::size_t column)
    {
        return ", '" + name + "', "
            + (annotation_column::is_time(column)
                    ? "CASE WHEN isfinite(" + value + ") THEN to_char(" + value
                        + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') END"
                    : value);
    }

    // The rows that differ are collected by the server.
    void write_record(CopyStatements& sql) const
    {
        sql.record = database_.insert_record(shape_, record_);
        sql.record.parameters.pop_back();
        const std::string values = "$6)";
        sql.record.sql.replace(sql.record.sql.size() - values.size(), values.size(),
            "(SELECT coalesce(json_agg(change), '[]')::text FROM (SELECT "
            "json_strip_nulls(json_build_object('before', relayctl_before, 'after', "
            "relayctl_after)) AS change FROM ("
            "SELECT "
                + there_json_ + " AS relayctl_before, NULL::json AS relayctl_after FROM "
                + shape_.table + not_staged_ + " UNION ALL SELECT " + there_json_ + ", "
                + staged_json_ + " FROM " + shape_.table + " JOIN relayctl_staging ON " + same_key_
                + " WHERE " + differs_ + condition_ + " UNION ALL SELECT NULL, " + staged_json_
                + not_there_ + ") AS differing) AS changes))");
    }

    void write_changes(CopyStatements& sql) const
    {
        sql.remove = plain("DELETE FROM " + shape_.table + not_staged_);
        sql.update = plain("UPDATE " + shape_.table + " SET " + assigned_
            + " FROM relayctl_staging WHERE " + same_key_ + " AND " + differs_ + condition_);
        sql.add = plain(
            "INSERT INTO " + shape_.table + " (" + columns_ + ") SELECT " + staged_ + not_there_);
        // Row for row as Postfix will see them: a row that is on one side only, or differs, makes
        // the division fail.
        const std::string none = "SELECT 1 / (1 - least(1, count(*)))";
        sql.check = { plain(none + " FROM " + shape_.table
                          + " WHERE NOT EXISTS (SELECT 1 FROM relayctl_staging WHERE " + same_key_
                          + " AND NOT " + differs_ + ')' + condition_),
            plain(none + not_there_) };
    }

    const HistoryRecord& record_;
    const TableShape& shape_;
    Database database_ = {};
    std::string staged_json_; // an entry as JSON
    std::string there_json_;
    std::string value_;
    std::string condition_;
    std::string columns_; // of the table
    std::string staged_; // those of the staging table, and how they are made
    std::string as_staged_;
    std::string assigned_; // to the columns of the table, from the staged ones
    std::string same_key_;
    std::string differs_;
    std::string not_staged_; // " WHERE ...": the rows of the table that are not staged
    std::string not_there_; // " FROM ...": the staged rows that the table does not have
};

// Appends a value in the text format of COPY.
void append_copied(std::string& line, const SqlValue& value)
{
    if (!value) {
        line += "\\N";
        return;
    }
    for (const char c : *value) {
        // These four have a meaning for COPY; all other bytes stand for themselves (PostgreSQL,
        // COPY, "Text Format").
        switch (c) {
        case '\\':
            line += "\\\\";
            break;
        case '\n':
            line += "\\n";
            break;
        case '\r':
            line += "\\r";
            break;
        case '\t':
            line += "\\t";
            break;
        default:
            line += c;
        }
    }
}

} // namespace

CopyStatements Database::copy_statements(const SqlTable& table, const HistoryRecord& record) const
{
    return CopyWriter(table, record).run();
}

std::string Database::copy_line(const SqlTable& table, std::string_view stored_key,
    std::string_view value, const Annotation& annotation) const
{
    std::string line;
    append_copied(line, std::string(stored_key));
    line += '\t';
    append_copied(line, std::string(value));
    for (const std::size_t column : numbers_of(table.columns())) {
        line += '\t';
        append_copied(line, column_value(annotation, column));
    }
    return line + '\n';
}

} // namespace relayctl::postgresql
