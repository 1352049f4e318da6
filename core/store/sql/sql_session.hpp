// A database table in use: its file, its connection, the columns that it has, and its failures in
// the words of the program.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/postfix/table_name.hpp"
#include "core/store/plan.hpp"
#include "core/store/sql/postgresql/pgsql_file.hpp"
#include "core/store/sql/postgresql/pgsql_query.hpp"
#include "core/store/sql/sql_table.hpp"
#include "core/table/scope.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relayctl {

// How long a server may take over one statement that reads. It is told so; we wait a little longer,
// and then have it stopped.
inline constexpr std::chrono::seconds reading_patience{ 30 };
// The same of a change of so many rows, apart from waiting for locks.
constexpr std::chrono::milliseconds patience_for(
    std::chrono::milliseconds lock_timeout, std::size_t rows)
{
    return lock_timeout + std::chrono::seconds(5) + std::chrono::seconds(rows / 1000);
}

class SqlSession {
public:
    // Reads the file of the table. Errors: see open_sql_store(). postfix: who will ask the table;
    // must outlive it.
    SqlSession(Postfix& postfix, const TableName& table);

    const TableName& table_name() const noexcept { return name_; }
    std::string name() const; // "pgsql:/etc/postfix/relay_clients.cf", fit for a terminal
    const PgsqlFile& file() const noexcept { return file_; }
    const PgsqlQuery& query() const noexcept { return query_; }
    const SqlTable& table() const noexcept { return table_; }

    // Connects, where that is not done yet. One for writing serves readers, too. Errors: those of
    // Connection::open().
    void open(Connection::Purpose purpose);
    void close() noexcept { connection_.reset(); }
    bool is_open() const noexcept { return connection_ && connection_->is_open(); }
    Connection& connection() { return connection_.value(); }
    std::vector<SqlResult> run(const std::vector<Statement>& statements)
    {
        return connection().run(statements);
    }
    SqlResult ask(Statement statement) { return connection().ask(std::move(statement)); }

    // How long each statement from now on may take. The server learns it by limit_statement(), for
    // the transaction; we wait a little longer.
    void set_patience(std::chrono::milliseconds patience);
    std::chrono::milliseconds patience() const noexcept { return patience_; }
    Statement limit_statement() const;

    // COMMIT, in a round trip of its own: before it is sent, everything that was not meant can be
    // left undone. Throws what run() throws.
    void commit();
    // Whether what the last COMMIT came to is not known: no answer came to it.
    bool is_in_doubt() const noexcept { return is_in_doubt_; }

    // What works on a table with all columns is tried; where the table has not all of them, they
    // are asked for, and it is done again.
    template <typename Work> auto with_known_columns(Work work)
    {
        try {
            return work();
        } catch (const SqlFailure& failure) {
            if (knows_columns_ || !is_about_columns(failure)) {
                throw;
            }
        }
        connection().roll_back();
        find_columns();
        return work();
    }

    // They are missing, of another type, not to be written, or forbidden to this role.
    static bool is_about_columns(const SqlFailure& failure);

    // What a statement fails with becomes the exception of the program.
    template <typename Work> auto answered(Work work)
    {
        try {
            return work();
        } catch (const SqlFailure& failure) {
            throw_as_error(failure, name());
        }
    }

    // A value that this Postfix could not read back: ErrorKind::input. Asks for its version where
    // the value has such characters.
    void require_readable_value(std::string_view value);

    // Asks which columns there are. Throws SqlFailure; 42P01 where there is no such table.
    void find_columns();

private:
    Postfix& postfix_;
    TableName name_;
    PgsqlFile file_;
    PgsqlQuery query_;
    SqlTable table_;
    std::optional<Connection> connection_;
    Connection::Purpose purpose_ = Connection::Purpose::reading;
    bool knows_columns_ = false;
    bool is_in_doubt_ = false;
    std::chrono::milliseconds patience_ = reading_patience;
    std::optional<bool> speaks_latin1_; // Postfix with the server
};

// What begins a transaction that only reads; nobody's lock keeps it for longer than ten seconds.
std::vector<Statement> begin_reading();
// What begins one that changes the table, as if it were alone.
std::vector<Statement> begin_writing(
    std::chrono::milliseconds lock_timeout, std::chrono::milliseconds patience);

// How long a server that was there may take to come back.
inline constexpr std::chrono::seconds server_patience{ 30 };

// Waits for the standbys where that is asked for, and else says which of them are behind, where the
// file names several hosts.
void look_at_replicas(SqlSession& session, const PublishOptions& options, Publication& publication);

// The entries of the scope. begin: what begins the transaction, which goes on afterwards.
Document read_scope(SqlSession& session, const Scope& scope, std::vector<Statement> begin);

} // namespace relayctl
