#include "core/store/sql/sql_failure.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/sql_state.hpp"

namespace relayctl {

bool SqlFailure::is_lost() const noexcept
{
    // Class 08 is that of broken connections.
    return !is_late
        && (state.empty() || state.starts_with("08")
            || sql_state::is_one_of(state, sql_state::shutting_down));
}

bool SqlFailure::is_about_columns() const noexcept
{
    return sql_state::is_one_of(state, sql_state::about_columns);
}

bool SqlFailure::is_retryable() const noexcept
{
    return state == sql_state::serialization_failure || state == sql_state::deadlock;
}

namespace {

// Returns what a state means (PostgreSQL, appendix A); empty where the message of this program or
// of the server stands alone.
std::string_view state_in_words(std::string_view state)
{
    return state.empty() || state == sql_state::has_nul_byte ? ""
        : state == sql_state::permission_denied              ? "this role has not the rights for it"
        : state == sql_state::lock_not_available             ? "somebody else holds the lock"
        : sql_state::is_one_of(state, sql_state::about_table)   ? "there is no such table"
        : state == sql_state::read_only                         ? "this server takes no changes"
        : state == sql_state::query_canceled                    ? "the server has given up"
        : sql_state::is_one_of(state, sql_state::shutting_down) ? "the server is shutting down"
        : state.starts_with("22") || state.starts_with("23")    ? "the database refuses a value"
        : sql_state::is_one_of(state, sql_state::about_columns)
        ? "the table has other columns than relayctl knows"
        : state.starts_with("28") ? "the server does not let this role in"
        : state.starts_with("40") ? "other changes of the same entries were quicker each time"
        : state.starts_with("53") ? "the server lacks memory, disk space or connections"
        : state.starts_with("58") ? "the server's own system fails"
                                  : "the server refuses it";
}

} // namespace

// The first two digits of a state are its class: 22 and 23 say that the data is refused, 40 that
// the transaction was rolled back, 53 and 58 that the machine lacks something.
void throw_as_error(const SqlFailure& failure, const std::string& subject)
{
    const std::string& state = failure.state;
    const std::string words(failure.is_late ? "" : state_in_words(state));
    const std::string said = subject + ": "
        + (words.empty() ? failure.message : words + " (it says: " + failure.message + ')');
    if (state == sql_state::permission_denied) {
        throw Error(ErrorKind::permission, said,
            { Hint("the rights that the roles need, for psql as the owner: ",
                { "relayctl", "init", "--print" }, subject) });
    }
    if (state == sql_state::lock_not_available) {
        throw Error(ErrorKind::permission, said, { "wait longer: --lock-timeout SECONDS" });
    }
    if (state.starts_with("40")) {
        throw Error(ErrorKind::permission, said, { "try again" });
    }
    if (sql_state::is_one_of(state, sql_state::about_table)) {
        throw Error(ErrorKind::input, said,
            { Hint("", { "relayctl", "init" }, subject),
                Hint("or, for psql: ", { "relayctl", "init", "--print" }, subject) });
    }
    if (state.starts_with("22") || state.starts_with("23")) {
        throw Error(ErrorKind::input, said);
    }
    if (state.starts_with("53") || state.starts_with("58")) {
        throw Error(ErrorKind::system, said);
    }
    if (state == sql_state::read_only) {
        throw Error(
            ErrorKind::database, said, { "it is a standby: name the primary in hosts, too" });
    }
    throw Error(ErrorKind::database, said);
}

} // namespace relayctl
