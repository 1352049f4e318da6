// The seam between what all databases share and what one of them has of its own: how to connect to
// a server, and the words of its SQL. Each database is one class, and one row of traits in
// core/postfix/table_type.cpp.
#pragma once

#include "core/postfix/table_name.hpp"
#include "core/store/history_record.hpp"
#include "core/store/sql/sql_connection.hpp"
#include "core/store/sql/sql_state.hpp"
#include "core/store/sql/sql_table.hpp"
#include "core/table/scope.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The column, of type timestamptz, that says when the client of a row came last. It is no part of
// an annotation: only `seen --save` writes it.
inline constexpr std::string_view last_seen_column = "last_seen";

// The roles that are given rights in a new table. An empty name is given none.
struct Roles {
    std::string reader; // Postfix, which needs the two columns of its query
    std::string writer; // relayctl
};

// The statements that make the rows of a table those of another one, in one transaction. The new
// rows go into a staging table, are compared with the table there, and what differs is changed.
struct CopyStatements {
    std::vector<Statement> stage; // they make the staging table, which goes with the transaction
    std::string copy_in; // reads copy_line()s into it (SqlConnection::copy_in())
    std::vector<Statement> index; // after that
    // They count the rows that must be added, changed in any way, given another host, removed.
    std::vector<Statement> count;
    // Writes the record of the change, before it is made, with all entries that differ.
    Statement record;
    Statement example; // gives one or two rows that would go or get another host, "key host"
    Statement remove;
    Statement update;
    Statement add;
    std::vector<Statement> check; // they fail with sql_state::division_by_zero if a row differs
};

// Which standbys have what the primary has.
struct StandbyReport {
    // How many standbys are known: hosts of the file, and those that the primary streams to, as far
    // as this role may see them.
    std::size_t standbys = 0;
    // "db2.example: 1234 bytes behind", "db3.example: does not answer"
    std::vector<std::string> behind;
};

// One database. It keeps nothing: all that it is about comes with each call.
class SqlDatabase {
public:
    virtual ~SqlDatabase() = default;

    // Connects to this one host, whatever it is; of a URI with several hosts, to the first that
    // answers. limit: for connecting to each. encoding: in which we talk to the server. Throws
    // SqlFailure, ErrorKind::interrupted, and ErrorKind::database if the client library is missing.
    virtual std::unique_ptr<SqlConnection> connect(const DatabaseFile& file,
        const DatabaseHost& host, std::chrono::milliseconds limit,
        const std::string& encoding = "UTF8") const = 0;

    // Waits until all standbys have what the primary has written by now, for `patience` at most.
    // Throws SqlFailure if the primary fails, ErrorKind::interrupted.
    virtual StandbyReport wait_for_standbys(SqlConnection& primary, const DatabaseFile& file,
        std::chrono::milliseconds patience) const = 0;

    // Begins a transaction that only reads, from one snapshot.
    virtual std::vector<Statement> begin_reading(std::chrono::milliseconds patience) const = 0;
    // Begins one that changes rows as if it were alone.
    virtual std::vector<Statement> begin_writing(
        std::chrono::milliseconds lock_timeout, std::chrono::milliseconds patience) const = 0;
    // Tells the server how long each statement of the transaction may take from now on; zero stands
    // for no limit.
    virtual Statement limit_statements(std::chrono::milliseconds patience) const = 0;
    // Has what waits for COMMIT (triggers) happen now.
    virtual Statement check_now() const = 0;
    // Opens a cursor on the rows of a select within the transaction, of which there may be one; and
    // gives its next rows, at most so many.
    virtual Statement declare_cursor(Statement select) const = 0;
    virtual Statement fetch_rows(std::size_t most) const = 0;

    // Asks for the columns that this role may read; see SqlTable::take_columns().
    virtual Statement select_columns(const TableShape& shape) const = 0;
    // These four give rows for SqlTable::add_to(), except count_all(), which gives a number.
    virtual Statement select_scope(const SqlTable& table, const Scope& scope) const = 0;
    virtual Statement select_all(const SqlTable& table, EntryOrder order) const = 0;
    virtual Statement select_keys(
        const SqlTable& table, std::span<const std::string> keys) const = 0;
    virtual Statement count_all(const SqlTable& table) const = 0;

    // Writes the edits of a document of this table's rows as statements.
    virtual std::vector<Statement> edit_rows(
        const SqlTable& table, const Document& document, std::span<const Edit> edits) const = 0;

    // record: its rows are found by the server.
    virtual CopyStatements copy_statements(
        const SqlTable& table, const HistoryRecord& record) const = 0;
    // Returns a row for CopyStatements::copy_in, with its newline.
    virtual std::string copy_line(const SqlTable& table, std::string_view stored_key,
        std::string_view value, const Annotation& annotation) const = 0;

    // Gives a row if there is a history: "t" if this role may add to it, else "f".
    virtual Statement find_history(const TableShape& shape) const = 0;
    virtual Statement insert_record(const TableShape& shape, const HistoryRecord& record) const = 0;
    // Gives the records with a number below that one, the newest first: number, seconds since 1970,
    // user, sudo_user, command, undoes, rows.
    virtual Statement select_records(
        const TableShape& shape, std::uint64_t below, std::size_t most) const = 0;
    // Gives a key and seconds since 1970 for each row whose client is known to have come, and sets
    // the column where the time is later. keys: as they are stored.
    virtual Statement select_last_seen(const TableShape& shape) const = 0;
    virtual Statement update_last_seen(const TableShape& shape, std::span<const std::string> keys,
        std::span<const SqlValue> times) const = 0;

    // These two give a row, with a value in its first column, if the table or the role exists.
    virtual Statement find_table(const TableShape& shape) const = 0;
    virtual Statement find_role(const std::string& name) const = 0;
    // The next four return statements without semicolons: they make the table and that of its
    // history, give the roles
    // their rights, and add columns (by their names) that the table does not have.
    virtual std::vector<std::string> create_table(const TableShape& shape) const = 0;
    virtual std::vector<std::string> create_history(const TableShape& shape) const = 0;
    virtual std::vector<std::string> grant(const TableShape& shape, const Roles& roles) const = 0;
    virtual std::vector<std::string> add_columns(
        const TableShape& shape, const std::vector<std::string>& columns) const = 0;
    // Returns all of it with comments, for the administrator to run.
    virtual std::string schema_to_read(
        const TableShape& shape, const Roles& roles, const std::string& admin_file) const = 0;
};

// Returns the database of a type of table ("pgsql"). It is defined in the folder postgresql, so
// that no file outside of it knows which databases there are. Errors: ErrorKind::usage where this
// relayctl was built without it.
const SqlDatabase& database_of(const TableName& table);

} // namespace relayctl
