// A database table in use: its file, its connection, the columns that it has, and its failures as
// errors of the program.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/postfix/table_name.hpp"
#include "core/store/plan.hpp"
#include "core/store/sql/lookup_query.hpp"
#include "core/store/sql/sql_database.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relayctl {

// How long a server may take over one statement that reads. We tell the server; we wait a little
// longer ourselves, and then have the statement stopped.
inline constexpr std::chrono::seconds reading_patience{ 30 };
// The same for a change of so many rows, apart from waiting for locks.
constexpr std::chrono::milliseconds patience_for(
    std::chrono::milliseconds lock_timeout, std::size_t rows)
{
    return lock_timeout + std::chrono::seconds(5) + std::chrono::seconds(rows / 1000);
}

// Why a connection is opened.
enum class Purpose {
    reading, // any server that answers will do, as Postfix takes any
    writing, // only a server that can be written: no standby
};

// One thread uses it. All functions that ask the server throw SqlFailure and
// ErrorKind::interrupted.
class SqlSession {
public:
    // Reads the file of the table. Errors: those of open_sql_store(). postfix: who will ask the
    // table; must outlive it.
    SqlSession(Postfix& postfix, const TableName& table);

    const TableName& table_name() const noexcept { return name_; }
    // Returns "pgsql:/etc/postfix/relay_clients.cf", fit for a terminal.
    std::string name() const;
    const SqlDatabase& database() const noexcept { return database_; }
    const DatabaseFile& file() const noexcept { return file_; }
    const LookupQuery& query() const noexcept { return query_; }
    const SqlTable& table() const noexcept { return table_; }

    // Connects to the first host that answers and fits, unless that is done already; a connection
    // for writing serves readers, too. Errors: ErrorKind::database with what each host said,
    // ErrorKind::interrupted.
    void open(Purpose purpose);
    // Ends the connection, and with it the transaction: the server rolls it back.
    void close() noexcept { connection_.reset(); }
    bool is_open() const noexcept { return connection_ && connection_->is_open(); }
    // Needs open().
    SqlConnection& connection() { return *connection_; }
    std::vector<SqlResult> run(const std::vector<Statement>& statements)
    {
        return connection().run(statements);
    }
    SqlResult ask(Statement statement) { return connection().ask(std::move(statement)); }

    // Sets how long each statement may take from now on. limit_statements() tells the server, for
    // the transaction; we wait a little longer.
    void set_patience(std::chrono::milliseconds patience);
    Statement limit_statements() const { return database_.limit_statements(patience_); }
    std::vector<Statement> begin_reading() const
    {
        return database_.begin_reading(reading_patience);
    }
    std::vector<Statement> begin_writing(std::chrono::milliseconds lock_timeout) const
    {
        return database_.begin_writing(lock_timeout, patience_);
    }

    // Sends COMMIT in a round trip of its own: until then everything that was not meant can be left
    // undone. Throws what run() throws.
    void commit();
    // Returns true if no answer came to the last COMMIT, so that nobody knows what came of it.
    bool is_in_doubt() const noexcept { return is_in_doubt_; }

    // Does the work on the assumption that the table has all columns. If it fails for want of some,
    // asks which columns there are, and does the work again.
    template <typename Work> auto with_known_columns(Work work)
    {
        try {
            return work();
        } catch (const SqlFailure& failure) {
            if (knows_columns_ || !failure.is_about_columns()) {
                throw;
            }
        }
        connection().roll_back();
        find_columns();
        return work();
    }

    // Does the work; a SqlFailure becomes an Error.
    template <typename Work> auto with_errors(Work work)
    {
        try {
            return work();
        } catch (const SqlFailure& failure) {
            throw_as_error(failure, name());
        }
    }

    // Throws ErrorKind::input for a value that this Postfix could not read back. Asks Postfix for
    // its version if the value has such characters.
    void require_readable_value(std::string_view value);

    // Asks which columns there are. Throws SqlFailure, with sql_state::no_such_table if there is no
    // such table.
    void find_columns();

private:
    Postfix& postfix_;
    TableName name_;
    const SqlDatabase& database_;
    DatabaseFile file_;
    LookupQuery query_;
    SqlTable table_;
    std::unique_ptr<SqlConnection> connection_;
    Purpose purpose_ = Purpose::reading;
    bool knows_columns_ = false;
    bool is_in_doubt_ = false;
    std::chrono::milliseconds patience_ = reading_patience;
    std::optional<bool> speaks_latin1_; // Postfix with the server
};

} // namespace relayctl
