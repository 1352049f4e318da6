// The table is made by the same statements that are shown for the administrator to run. All of it
// is one transaction, at whose end Postfix's query is asked of the new table; if that fails, there
// is no table.
#include "core/store/sql/sql_init.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/sql_session.hpp"

namespace relayctl {

namespace {

constexpr std::chrono::seconds lock_timeout{ 10 };

// Postfix's role is that of the file, relayctl's that of the file beside it.
Roles roles_of(const SqlSession& session)
{
    const DatabaseFile as_postfix = read_database_file(session.table_name(), false);
    return { as_postfix.user, session.file().user };
}

// An error of the COMMIT says whether the table may have been made.
void commit(SqlSession& session)
{
    const auto in_doubt = [&](ErrorKind kind, const std::string& message) {
        return Error(kind, message, { "run it again: a table that is there is left alone" })
            .with_state("whether the table was made cannot be told");
    };
    try {
        session.commit();
    } catch (const SqlFailure& failure) {
        if (session.is_in_doubt()) {
            throw in_doubt(ErrorKind::database, session.name() + ": " + failure.message);
        }
        throw;
    } catch (const Error& error) {
        if (session.is_in_doubt()) {
            throw in_doubt(error.kind(), error.what());
        }
        throw;
    }
}

// Returns the statements that would add the columns that the table does not have.
std::vector<std::string> missing_columns(SqlSession& session)
{
    session.find_columns();
    const SqlTable& table = session.table();
    std::vector<std::string> missing;
    for (const std::size_t column : numbers_of(~(table.columns() | table.hidden_columns()))) {
        missing.emplace_back(annotation_column::names[column]);
    }
    return session.database().add_columns(table.shape(), missing);
}

// Takes out of the roles those that do not exist, and returns them.
std::vector<std::string> drop_unknown(SqlSession& session, Roles& roles)
{
    std::vector<std::string> unknown;
    for (std::string* role : { &roles.reader, &roles.writer }) {
        if (!role->empty() && session.ask(session.database().find_role(*role)).rows() == 0) {
            unknown.push_back(*role);
            role->clear();
        }
    }
    return unknown;
}

// Runs the statements, then asks Postfix's query: a table that the query cannot be asked of helps
// nobody.
void run_and_ask(SqlSession& session, const std::vector<std::string>& schema)
{
    session.set_patience(patience_for(lock_timeout, 0));
    std::vector<Statement> statements = session.begin_writing(lock_timeout);
    for (const std::string& sql : schema) {
        statements.push_back({ sql, {} });
    }
    // The key need not exist. The query is counted, so that it may give any columns.
    const bool can_be_asked = session.query().fault == QueryFault::none;
    if (can_be_asked) {
        statements.push_back(
            { "SELECT count(*) FROM (" + session.query().sql + ") AS relayctl_answer",
                { "00:00" } });
    }
    try {
        session.run(statements);
    } catch (const SqlFailure& failure) {
        // Only the last statement is Postfix's query; the others are ours.
        if (can_be_asked && failure.statement + 1 == statements.size() && !failure.is_lost()
            && !failure.is_late) {
            throw Error(ErrorKind::input,
                session.name()
                    + ": Postfix's query cannot be asked of such a table: " + failure.message,
                { "make a table of your own for it, or a simpler query" });
        }
        throw;
    }
}

// Makes the history of a table that is there, unless that is there as well. Where this role may
// not, the statements are among those that are missing.
void create_history(SqlSession& session, InitResult& result)
{
    const SqlDatabase& database = session.database();
    const TableShape& shape = session.table().shape();
    if (session.ask(database.find_history(shape)).rows() > 0) {
        return;
    }
    Roles roles = roles_of(session);
    result.unknown_roles = drop_unknown(session, roles);
    result.done = database.create_history(shape);
    if (const auto grants = database.grant(shape, roles); !roles.writer.empty()) {
        result.done.push_back(grants.back()); // the right to add to the history
    }
    try {
        run_and_ask(session, result.done);
    } catch (const SqlFailure& failure) {
        if (failure.state != sql_state::permission_denied) {
            throw;
        }
        session.connection().roll_back();
        std::swap(result.done, result.missing); // for somebody who may
        result.missing.insert(result.missing.end(), result.done.begin(), result.done.end());
        result.done.clear();
        return;
    }
    commit(session);
    result.created_history = true;
}

// Does it in one transaction. A table that is there is left as it is.
InitResult create(SqlSession& session)
{
    InitResult result;
    session.open(Purpose::writing);
    const SqlDatabase& database = session.database();
    const TableShape& shape = session.table().shape();
    // Its owner may have reasons for its form. What it lacks is said, and not done.
    if (session.ask(database.find_table(shape)).rows() > 0) {
        result.missing = missing_columns(session);
        create_history(session, result);
        return result;
    }
    Roles roles = roles_of(session);
    result.unknown_roles = drop_unknown(session, roles);
    result.done = database.create_table(shape);
    const auto history = database.create_history(shape);
    result.done.insert(result.done.end(), history.begin(), history.end());
    const auto grants = database.grant(shape, roles);
    result.done.insert(result.done.end(), grants.begin(), grants.end());
    run_and_ask(session, result.done);
    commit(session);
    result.created = true;
    return result;
}

// Where the files name no roles, these are the ones of the manual.
Roles roles_to_show(const SqlSession& session)
{
    Roles roles = roles_of(session);
    roles.reader = roles.reader.empty() ? "postfix" : roles.reader;
    roles.writer = roles.writer.empty() || roles.writer == roles.reader ? "relayctl" : roles.writer;
    return roles;
}

} // namespace

InitResult create_table(Postfix& postfix, const TableName& table)
{
    const InterruptGuard guard;
    SqlSession session(postfix, table);
    return session.with_errors([&] { return create(session); });
}

std::string schema_of(Postfix& postfix, const TableName& table)
{
    const SqlSession session(postfix, table);
    return session.database().schema_to_read(session.table().shape(), roles_to_show(session),
        escape(admin_file_of(session.file().path)));
}

std::vector<std::string> schema_statements_of(Postfix& postfix, const TableName& table)
{
    const SqlSession session(postfix, table);
    const SqlDatabase& database = session.database();
    auto statements = database.create_table(session.table().shape());
    const auto history = database.create_history(session.table().shape());
    statements.insert(statements.end(), history.begin(), history.end());
    const auto grants = database.grant(session.table().shape(), roles_to_show(session));
    statements.insert(statements.end(), grants.begin(), grants.end());
    return statements;
}

} // namespace relayctl
