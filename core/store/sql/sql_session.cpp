// The session joins what belongs to one table: its file, the query and the shape that were read
// from it, and one connection. It connects when it is asked to, not when it is made, so that the
// schema can be shown without a server.
#include "core/store/sql/sql_session.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/sql_state.hpp"

namespace relayctl {

namespace {

using namespace std::chrono_literals;

// Says as exactly as possible why the table cannot be told from the file. Errors: ErrorKind::input
// if the file has a fault, ErrorKind::usage if its query is not understood.
TableShape require_shape(const DatabaseFile& file)
{
    if (auto shape = file.problems.empty() ? shape_of(file) : std::nullopt) {
        return *std::move(shape);
    }
    if (!file.problems.empty()) {
        throw Error(
            ErrorKind::input, file.name() + ": " + file.problems.front() + " is no 'name = value'");
    }
    if (const LookupQuery query = bind_query(file.query); query.fault != QueryFault::none) {
        throw Error(ErrorKind::input, file.name() + ": " + fault_in_words(query),
            { Hint("to see more: ", { "relayctl", "verify" }, file.type + ':' + file.path) });
    }
    throw Error(ErrorKind::usage,
        file.name() + ": cannot tell from its query which table and columns it is about: "
            + quote(file.query, 200),
        { "name them beside the query, where Postfix does not look: table = ..., where_field = "
          "..., select_field = ..." });
}

// Connects to the first host that fits. The error names what each host said.
std::unique_ptr<SqlConnection> open_connection(
    const SqlDatabase& database, const DatabaseFile& file, Purpose purpose)
{
    // For each host, also for one that drops packets instead of refusing the connection.
    constexpr std::chrono::seconds connect_time{ 10 };
    std::vector<std::string> reasons;
    for (const DatabaseHost& host : file.hosts) {
        try {
            auto connection = database.connect(file, host, connect_time);
            if (purpose == Purpose::reading || connection->is_writable()) {
                return connection;
            }
            reasons.push_back(escape(host.shown()) + ": is a standby, or set to read only");
        } catch (const SqlFailure& failure) {
            reasons.push_back(escape(host.shown()) + ": " + failure.message);
        }
    }
    throw Error(ErrorKind::database,
        file.name() + ": no database server "
            + (purpose == Purpose::writing ? "that can be written " : "")
            + "answers: " + join(reasons, "; "));
}

} // namespace

SqlSession::SqlSession(Postfix& postfix, const TableName& table)
    : postfix_(postfix)
    , name_(table)
    , database_(database_of(table))
    , file_(read_database_file(table, true))
    , query_(bind_query(file_.query))
    , table_(require_shape(file_))
{
}

std::string SqlSession::name() const
{
    return escape(name_.to_string());
}

void SqlSession::open(Purpose purpose)
{
    // A connection for reading may lead to a standby. It ends before the new one is made.
    if (!is_open() || (purpose == Purpose::writing && purpose_ != purpose)) {
        connection_.reset();
        connection_ = open_connection(database_, file_, purpose);
        purpose_ = purpose;
        set_patience(patience_);
    }
    // A change sets its own limits, by the number of rows.
    if (purpose == Purpose::reading) {
        set_patience(reading_patience);
    }
}

void SqlSession::require_readable_value(std::string_view value)
{
    // These characters are the same for Postfix in both encodings.
    if (is_latin1(value)) {
        return;
    }
    if (!speaks_latin1_) {
        // Without a main.cf there is no Postfix to ask for its version; the newest one is meant
        // then.
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
    const SqlResult result = ask(database_.select_columns(table_.shape()));
    // select_columns() gives no row at all for a table that does not exist.
    if (result.rows() == 0) {
        throw SqlFailure{ std::string(sql_state::no_such_table),
            "there is no table " + escape(table_.shape().table), 0 };
    }
    table_.take_columns(result);
    knows_columns_ = true;
}

void SqlSession::commit()
{
    // The server may commit and the connection break before it says so.
    is_in_doubt_ = false;
    try {
        run({ { "COMMIT", {} } });
    } catch (...) {
        is_in_doubt_ = !connection().knows_outcome();
        throw;
    }
}

void SqlSession::set_patience(std::chrono::milliseconds patience)
{
    // The server should be the one to notice: its answer is certain, and closing the connection
    // leaves a doubt.
    constexpr auto beyond_the_servers = 2s;
    patience_ = patience;
    connection().set_patience(patience, beyond_the_servers);
}

} // namespace relayctl
