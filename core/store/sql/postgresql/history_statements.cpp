// The statements that write and read the history of a table.
#include "core/store/sql/postgresql/database.hpp"

namespace relayctl::postgresql {

namespace {

// Returns the value as a parameter; an empty one is NULL.
SqlValue or_null(const std::string& text)
{
    return text.empty() ? SqlValue() : SqlValue(text);
}

} // namespace

Statement Database::find_history(const TableShape& shape) const
{
    return { "SELECT has_table_privilege(oid, 'INSERT') FROM (SELECT to_regclass($1) AS oid) AS t "
             "WHERE oid IS NOT NULL",
        { history_table_of(shape) } };
}

Statement Database::insert_record(const TableShape& shape, const HistoryRecord& record) const
{
    return { "INSERT INTO " + history_table_of(shape)
            + " (changed, changed_by, sudo_user, command, undoes, entries) "
              "VALUES ($1::timestamptz, $2, $3, $4, $5::bigint, $6)",
        { to_rfc3339(record.time), or_null(record.user), or_null(record.sudo_user), record.command,
            record.undoes == 0 ? SqlValue() : SqlValue(std::to_string(record.undoes)),
            text_of_rows(record.rows) } };
}

Statement Database::select_records(
    const TableShape& shape, std::uint64_t below, std::size_t most) const
{
    return { "SELECT number, floor(extract(epoch FROM changed))::bigint, changed_by, sudo_user, "
             "command, undoes, entries FROM "
            + history_table_of(shape) + " WHERE number < $1::bigint ORDER BY number DESC LIMIT "
            + std::to_string(most),
        { std::to_string(below) } };
}

} // namespace relayctl::postgresql
