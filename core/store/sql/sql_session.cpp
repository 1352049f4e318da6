#include "core/store/sql/sql_session.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/postgresql/replicas.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

TableShape require_shape(const PgsqlFile& file)
{
    if (auto shape = file.problems.empty() ? shape_of(file) : std::nullopt) {
        return *std::move(shape);
    }
    if (!file.problems.empty()) {
        throw Error(ErrorKind::input,
            "pgsql:" + escape(file.path) + ": " + file.problems.front() + " is no 'name = value'");
    }
    if (const PgsqlQuery query = bind_query(file.query); query.fault != QueryFault::none) {
        throw Error(ErrorKind::input, "pgsql:" + escape(file.path) + ": " + fault_in_words(query),
            { Hint("", { "relayctl", "verify" }, "pgsql:" + file.path, " says more") });
    }
    throw Error(ErrorKind::usage,
        "pgsql:" + escape(file.path)
            + ": cannot tell from its query which table and columns it is about: "
            + quote(file.query, 200),
        { "name them beside the query, where Postfix does not look: table = ..., where_field = "
          "..., select_field = ..." });
}

} // namespace

SqlSession::SqlSession(Postfix& postfix, const TableName& table)
    : postfix_(postfix)
    , name_(table)
    , file_(read_pgsql_file(table.behind_proxy().path, true))
    , query_(bind_query(file_.query))
    , table_(require_shape(file_))
{
}

std::string SqlSession::name() const
{
    return escape(name_.to_string());
}

void SqlSession::open(Connection::Purpose purpose)
{
    if (!is_open() || (purpose == Connection::Purpose::writing && purpose_ != purpose)) {
        connection_.reset();
        connection_ = Connection::open(file_, purpose);
        purpose_ = purpose;
        set_patience(patience_);
    }
    if (purpose == Connection::Purpose::reading) {
        set_patience(reading_patience);
    }
}

bool SqlSession::is_about_columns(const SqlFailure& failure)
{
    constexpr std::array<std::string_view, 8> states
        = { "42703", "42501", "42701", "42804", "42883", "428C9", "23502", "22P02" };
    return std::find(states.begin(), states.end(), failure.state) != states.end();
}

void SqlSession::require_readable_value(std::string_view value)
{
    if (is_latin1(value)) {
        return;
    }
    if (!speaks_latin1_) {
        const std::string version = postfix_.is_configured()
            ? postfix_.effective({ "mail_version" }, {})["mail_version"]
            : "";
        speaks_latin1_ = equal_ignoring_case(encoding_of(file_, version), "LATIN1");
    }
    if (*speaks_latin1_) {
        throw Error(ErrorKind::input,
            "the value " + quote(value, 100)
                + " has characters that this Postfix, which talks to the server in LATIN1, cannot "
                  "read: the client would get 451",
            { "give it another value, or use Postfix 3.8 or later" });
    }
}

void SqlSession::find_columns()
{
    const SqlResult result = ask(table_.select_columns());
    if (result.rows() == 0) {
        throw SqlFailure{ "42P01", "there is no table " + escape(table_.shape().table), 0 };
    }
    table_.take_columns(result);
    knows_columns_ = true;
}

void SqlSession::commit()
{
    is_in_doubt_ = true;
    try {
        run({ { "COMMIT", {} } });
        is_in_doubt_ = false;
    } catch (const SqlFailure& failure) {
        is_in_doubt_ = failure.state.empty() || failure.is_lost();
        throw;
    } catch (const Error&) { // interrupted
        is_in_doubt_ = !is_open();
        throw;
    }
}

namespace {

Statement set_for_transaction(const char* name, std::chrono::milliseconds value)
{
    return { "SELECT set_config('" + std::string(name) + "', $1, true)",
        { std::to_string(std::max<long long>(1, value.count())) } }; // 0: for ever
}

} // namespace

void SqlSession::set_patience(std::chrono::milliseconds patience)
{
    constexpr auto beyond_the_servers = 2s;
    patience_ = patience;
    connection().set_patience(patience, beyond_the_servers);
}

Statement SqlSession::limit_statement() const
{
    return set_for_transaction("statement_timeout", patience_);
}

std::vector<Statement> begin_reading()
{
    return { { "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", {} },
        set_for_transaction("lock_timeout", 10s),
        set_for_transaction("statement_timeout", reading_patience) };
}

std::vector<Statement> begin_writing(
    std::chrono::milliseconds lock_timeout, std::chrono::milliseconds patience)
{
    return { { "BEGIN ISOLATION LEVEL SERIALIZABLE", {} },
        set_for_transaction("lock_timeout", lock_timeout),
        set_for_transaction("statement_timeout", patience),
        // So that it does not go on long for somebody who was killed; from version 14 on.
        { "SELECT set_config(name, '1s', true) FROM (VALUES ('client_connection_check_interval')) "
          "AS relayctl_setting (name) "
          "WHERE current_setting(name, true) IS NOT NULL AND version() LIKE '%linux%'",
            {} } };
}

void look_at_replicas(SqlSession& session, const PublishOptions& options, Publication& publication)
{
    constexpr std::chrono::milliseconds glance{
        300
    }; // what a standby is given before it is said to be behind
    const bool must = options.replica_timeout.has_value();
    if (!must && (session.file().hosts.size() < 2 || !publication.changed)) {
        return;
    }
    ReplicaReport report;
    try {
        report = wait_for_replicas(session.connection(), session.file(),
            must ? std::chrono::milliseconds(*options.replica_timeout) : glance);
    } catch (const SqlFailure& failure) { // what was committed stands
        publication.not_replicated
            = must ? "the primary does not say where it is: " + failure.message : "";
        return;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::interrupted) {
            throw;
        }
        publication.not_replicated = must ? "the wait for the standbys was interrupted" : "";
        return;
    }
    if (must && report.standbys == 0) {
        publication.not_replicated = "no standby is known that could be waited for: name them in "
                                     "hosts, or let the role be a member of pg_monitor";
    } else if (must) {
        publication.not_replicated
            = report.behind.empty() ? "" : "not on every standby: " + join(report.behind, "; ");
    } else {
        for (const std::string& standby : report.behind) {
            publication.notes.push_back("a standby does not have the change yet: " + standby);
        }
    }
}

Document read_scope(SqlSession& session, const Scope& scope, std::vector<Statement> begin)
{
    constexpr std::size_t at_once = 5000;
    const SqlTable& table = session.table();
    RowsBuilder builder;
    std::size_t all = 0;
    std::vector<ExpectedRow> kept; // their keys
    const auto take = [&](const SqlResult& result) {
        for (std::size_t row = 0; row < result.rows(); ++row) {
            if (table.add_to(builder, result, row, scope) && scope.everything
                && scope.with_same_keys) {
                kept.push_back({ result.text(row, 0), "", true, nullptr });
            }
        }
    };
    std::vector<Statement> statements = std::move(begin);
    const std::size_t count_at = statements.size();
    if (scope.counts_all) {
        statements.push_back(table.count_all());
    }
    if (!scope.everything) {
        statements.push_back(table.select_scope(scope));
    } else {
        Statement cursor = table.select_all(Order::any);
        cursor.sql.insert(0, "DECLARE relayctl_scope NO SCROLL CURSOR FOR ");
        statements.push_back(std::move(cursor));
    }
    const auto results = session.run(statements);
    if (scope.counts_all) {
        all = static_cast<std::size_t>(std::stoull(results[count_at].text(0, 0)));
    }
    if (!scope.everything) {
        take(results.back());
    } else {
        for (std::size_t got = at_once; got == at_once;) {
            const SqlResult result = session.ask(
                { "FETCH FORWARD " + std::to_string(at_once) + " FROM relayctl_scope", {} });
            got = result.rows();
            take(result);
        }
    }
    if (!kept.empty()) {
        builder = RowsBuilder();
        const Scope whole;
        for (std::size_t from = 0; from < kept.size(); from += at_once) {
            const auto keys = std::span(kept).subspan(from, std::min(at_once, kept.size() - from));
            const SqlResult result = session.ask(table.select_keys(keys));
            for (std::size_t row = 0; row < result.rows(); ++row) {
                table.add_to(builder, result, row, whole);
            }
        }
    }
    return builder.build(all > builder.count() ? all - builder.count() : 0);
}

} // namespace relayctl
