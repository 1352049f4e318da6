// The statements about the column that says when clients came last.
#include "core/store/sql/postgresql/database.hpp"

namespace relayctl::postgresql {

Statement Database::select_last_seen(const TableShape& shape) const
{
    const std::string column(last_seen_column);
    return { "SELECT " + shape.key_column + "::text, floor(extract(epoch FROM " + column
            + "))::bigint FROM " + shape.table + where(shape, "isfinite(" + column + ')'),
        {} };
}

Statement Database::update_last_seen(const TableShape& shape, std::span<const std::string> keys,
    std::span<const SqlValue> times) const
{
    const std::string column(last_seen_column);
    const std::vector<SqlValue> values(keys.begin(), keys.end());
    return { "UPDATE " + shape.table + " SET " + column + " = relayctl_seen.seen "
            + "FROM unnest($1::text[], $2::timestamptz[]) AS relayctl_seen (seen_key, seen)"
            + where(shape,
                key_expression(shape) + " = relayctl_seen.seen_key AND (" + column + " IS NULL OR "
                    + column + " < relayctl_seen.seen)"),
        { array_of(values), array_of(times) } };
}

} // namespace relayctl::postgresql
