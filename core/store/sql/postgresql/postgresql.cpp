#include "core/store/sql/postgresql/postgresql.hpp"

#include "core/store/sql/postgresql/connection.hpp"
#include "core/store/sql/postgresql/copy_statements.hpp"
#include "core/store/sql/postgresql/edit_statements.hpp"
#include "core/store/sql/postgresql/schema.hpp"
#include "core/store/sql/postgresql/select_statements.hpp"
#include "core/store/sql/postgresql/standbys.hpp"

#include <algorithm>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

Statement set_for_transaction(const char* name, std::chrono::milliseconds value)
{
    return { "SELECT set_config('" + std::string(name) + "', $1, true)",
        { std::to_string(value.count()) } };
}

class Postgresql : public SqlDatabase {
public:
    std::unique_ptr<SqlConnection> connect(const DatabaseFile& file, const DatabaseHost& host,
        std::chrono::milliseconds limit, const std::string& encoding) const override
    {
        return postgresql::Connection::connect(file, host, limit, encoding);
    }
    StandbyReport wait_for_standbys(SqlConnection& primary, const DatabaseFile& file,
        std::chrono::milliseconds patience) const override
    {
        return postgresql::wait_for_standbys(primary, file, patience);
    }

    // Nobody's lock keeps a reader for longer than ten seconds.
    std::vector<Statement> begin_reading(std::chrono::milliseconds patience) const override
    {
        return { { "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", {} },
            set_for_transaction("lock_timeout", 10s), limit_statements(patience) };
    }
    std::vector<Statement> begin_writing(
        std::chrono::milliseconds lock_timeout, std::chrono::milliseconds patience) const override
    {
        return { { "BEGIN ISOLATION LEVEL SERIALIZABLE", {} },
            // 0 would be no limit.
            set_for_transaction("lock_timeout", std::max(lock_timeout, 1ms)),
            limit_statements(patience),
            // So that it does not go on long for somebody who was killed; from version 14 on.
            { "SELECT set_config(name, '1s', true) "
              "FROM (VALUES ('client_connection_check_interval')) AS relayctl_setting (name) "
              "WHERE current_setting(name, true) IS NOT NULL AND version() LIKE '%linux%'",
                {} } };
    }
    Statement limit_statements(std::chrono::milliseconds patience) const override
    {
        return set_for_transaction("statement_timeout", patience);
    }
    Statement check_now() const override { return { "SET CONSTRAINTS ALL IMMEDIATE", {} }; }

    Statement select_columns(const TableShape& shape) const override
    {
        return postgresql::select_columns(shape);
    }
    Statement select_scope(const SqlTable& table, const Scope& scope) const override
    {
        return postgresql::select_scope(table, scope);
    }
    Statement select_all(const SqlTable& table, EntryOrder order) const override
    {
        return postgresql::select_all(table, order);
    }
    Statement select_keys(const SqlTable& table, std::span<const std::string> keys) const override
    {
        return postgresql::select_keys(table, keys);
    }
    Statement count_all(const SqlTable& table) const override
    {
        return postgresql::count_all(table);
    }
    std::vector<Statement> edit_rows(
        const SqlTable& table, const Document& document, std::span<const Edit> edits) const override
    {
        return postgresql::edit_rows(table, document, edits);
    }

    CopyStatements copy_statements(const SqlTable& table) const override
    {
        return postgresql::copy_statements(table);
    }
    std::string copy_line(const SqlTable& table, std::string_view stored_key,
        std::string_view value, const Annotation& annotation) const override
    {
        return postgresql::copy_line(table, stored_key, value, annotation);
    }

    Statement find_table(const TableShape& shape) const override
    {
        return { "SELECT name FROM (SELECT to_regclass($1)::text AS name) AS found "
                 "WHERE name IS NOT NULL",
            { shape.table } };
    }
    Statement find_role(const std::string& name) const override
    {
        return { "SELECT 1 FROM pg_roles WHERE rolname = $1", { name } };
    }
    std::vector<std::string> create_table(const TableShape& shape) const override
    {
        return postgresql::create_table(shape);
    }
    std::vector<std::string> grant(const TableShape& shape, const Roles& roles) const override
    {
        return postgresql::grant(shape, roles);
    }
    std::vector<std::string> add_columns(
        const TableShape& shape, const std::vector<std::string>& columns) const override
    {
        return postgresql::add_columns(shape, columns);
    }
    std::string schema_to_read(
        const TableShape& shape, const Roles& roles, const std::string& admin_file) const override
    {
        return postgresql::schema_to_read(shape, roles, admin_file);
    }
};

} // namespace

const SqlDatabase* postgresql_database()
{
    static const Postgresql database;
    return &database;
}

} // namespace relayctl
