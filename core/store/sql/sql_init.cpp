#include "core/store/sql/sql_init.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/schema.hpp"
#include "core/store/sql/sql_session.hpp"

namespace relayctl {

namespace {

constexpr std::chrono::seconds lock_timeout{ 10 };

// Postfix's role is that of the file, relayctl's that of the file beside it.
Roles roles_of(const SqlSession& session)
{
    const PgsqlFile as_postfix = read_pgsql_file(session.table_name().behind_proxy().path, false);
    return { as_postfix.user, session.file().user };
}

bool is_role(SqlSession& session, const std::string& name)
{
    return session.ask({ "SELECT 1 FROM pg_roles WHERE rolname = $1", { name } }).rows() > 0;
}

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
            throw in_doubt(ErrorKind::postfix, session.name() + ": " + failure.message);
        }
        throw;
    } catch (const Error& error) {
        if (session.is_in_doubt()) {
            throw in_doubt(error.kind(), error.what());
        }
        throw;
    }
}

InitResult create(SqlSession& session)
{
    InitResult result;
    session.open(Connection::Purpose::writing);
    const TableShape& shape = session.table().shape();
    const bool is_there
        = !session.ask({ "SELECT to_regclass($1)::text", { shape.table } }).text(0, 0).empty();
    if (is_there) {
        session.find_columns();
        std::vector<std::string> missing;
        for (std::size_t column = 0; column < annotation_column::names.size(); ++column) {
            if (!session.table().columns()[column] && !session.table().hidden_columns()[column]) {
                missing.emplace_back(annotation_column::names[column]);
            }
        }
        result.missing = statements_to_complete(shape, missing);
        return result;
    }
    Roles roles = roles_of(session);
    for (std::string* role : { &roles.reader, &roles.writer }) {
        if (!role->empty() && !is_role(session, *role)) {
            result.unknown_roles.push_back(*role);
            role->clear();
        }
    }
    result.done = statements_to_create(shape);
    const auto grants = statements_to_grant(shape, roles);
    result.done.insert(result.done.end(), grants.begin(), grants.end());
    session.set_patience(patience_for(lock_timeout, 0));
    std::vector<Statement> statements = begin_writing(lock_timeout, session.patience());
    for (const std::string& sql : result.done) {
        statements.push_back({ sql, {} });
    }
    // A table that Postfix's query cannot be asked of helps nobody.
    const bool can_be_asked = session.query().fault == QueryFault::none;
    if (can_be_asked) {
        statements.push_back(
            { "SELECT count(*) FROM (" + session.query().sql + ") AS relayctl_answer",
                { "00:00" } });
    }
    try {
        session.run(statements);
    } catch (const SqlFailure& failure) {
        if (can_be_asked && failure.statement + 1 == statements.size() && !failure.is_lost()
            && !failure.is_late) {
            throw Error(ErrorKind::input,
                session.name()
                    + ": Postfix's query cannot be asked of such a table: " + failure.message,
                { "make a table of your own for it, or a simpler query" });
        }
        throw;
    }
    commit(session);
    result.created = true;
    return result;
}

} // namespace

InitResult create_table(Postfix& postfix, const TableName& table)
{
    const InterruptGuard guard;
    SqlSession session(postfix, table);
    return session.answered([&] { return create(session); });
}

namespace {

// Where the files name none, those that the manual has.
Roles roles_for_people(const SqlSession& session)
{
    Roles roles = roles_of(session);
    roles.reader = roles.reader.empty() ? "postfix" : roles.reader;
    roles.writer = roles.writer.empty() || roles.writer == roles.reader ? "relayctl" : roles.writer;
    return roles;
}

} // namespace

std::string schema_of(Postfix& postfix, const TableName& table)
{
    const SqlSession session(postfix, table);
    return schema_for_people(session.table().shape(), roles_for_people(session),
        escape(admin_file_of(session.file().path)));
}

std::vector<std::string> schema_statements_of(Postfix& postfix, const TableName& table)
{
    const SqlSession session(postfix, table);
    auto statements = statements_to_create(session.table().shape());
    const auto grants = statements_to_grant(session.table().shape(), roles_for_people(session));
    statements.insert(statements.end(), grants.begin(), grants.end());
    return statements;
}

} // namespace relayctl
