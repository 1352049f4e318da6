// PostgreSQL as one of the databases. Its statements are in files of their own: select_statements,
// edit_statements, copy_statements, schema; see SqlDatabase for what each gives.
#pragma once

#include "core/store/sql/sql_database.hpp"

namespace relayctl::postgresql {

// It has no members: each function gets what it is about.
class Database : public SqlDatabase {
public:
    std::unique_ptr<SqlConnection> connect(const DatabaseFile& file, const DatabaseHost& host,
        std::chrono::milliseconds limit, const std::string& encoding) const override;
    // Asks the other hosts of the file, which Postfix may ask next, and the view
    // pg_stat_replication of the primary.
    StandbyReport wait_for_standbys(SqlConnection& primary, const DatabaseFile& file,
        std::chrono::milliseconds patience) const override;

    std::vector<Statement> begin_reading(std::chrono::milliseconds patience) const override;
    std::vector<Statement> begin_writing(
        std::chrono::milliseconds lock_timeout, std::chrono::milliseconds patience) const override;
    Statement limit_statements(std::chrono::milliseconds patience) const override;
    Statement check_now() const override;
    Statement declare_cursor(Statement select) const override;
    Statement fetch_rows(std::size_t most) const override;

    Statement select_columns(const TableShape& shape) const override;
    Statement select_scope(const SqlTable& table, const Scope& scope) const override;
    Statement select_all(const SqlTable& table, EntryOrder order) const override;
    Statement select_keys(const SqlTable& table, std::span<const std::string> keys) const override;
    Statement count_all(const SqlTable& table) const override;
    std::vector<Statement> edit_rows(const SqlTable& table, const Document& document,
        std::span<const Edit> edits) const override;

    CopyStatements copy_statements(
        const SqlTable& table, const HistoryRecord& record) const override;
    std::string copy_line(const SqlTable& table, std::string_view stored_key,
        std::string_view value, const Annotation& annotation) const override;

    Statement find_history(const TableShape& shape) const override;
    Statement insert_record(const TableShape& shape, const HistoryRecord& record) const override;
    Statement select_records(
        const TableShape& shape, std::uint64_t below, std::size_t most) const override;
    Statement select_last_seen(const TableShape& shape) const override;
    Statement update_last_seen(const TableShape& shape, std::span<const std::string> keys,
        std::span<const SqlValue> times) const override;
    Statement find_table(const TableShape& shape) const override;
    Statement find_role(const std::string& name) const override;
    std::vector<std::string> create_table(const TableShape& shape) const override;
    std::vector<std::string> create_history(const TableShape& shape) const override;
    std::vector<std::string> grant(const TableShape& shape, const Roles& roles) const override;
    std::vector<std::string> add_columns(
        const TableShape& shape, const std::vector<std::string>& columns) const override;
    std::string schema_to_read(
        const TableShape& shape, const Roles& roles, const std::string& admin_file) const override;
};

// The next three are used by the statements. Returns the key of a row as the query compares it.
std::string key_expression(const TableShape& shape);

// Returns " WHERE condition", with the other conditions of the query.
std::string where(const TableShape& shape, const std::string& condition);

// Returns an array as the value of one parameter: {"a","b\"c",NULL}.
std::string array_of(std::span<const SqlValue> values);

} // namespace relayctl::postgresql
