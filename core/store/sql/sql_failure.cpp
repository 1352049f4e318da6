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

// The first two digits of a state are its class: 22 and 23 say that the data is refused, 40 that
// the transaction was rolled back, 53 and 58 that the machine lacks something.
void throw_as_error(const SqlFailure& failure, const std::string& subject)
{
    const std::string said = subject + ": " + failure.message;
    const std::string& state = failure.state;
    if (state == sql_state::permission_denied) {
        throw Error(ErrorKind::permission, said,
            { Hint("the rights that the roles need, for psql as the owner: ",
                { "relayctl", "init", "--print" }, subject) });
    }
    if (state == sql_state::lock_not_available) {
        throw Error(ErrorKind::permission, said + ": somebody else holds the lock",
            { "wait longer: --lock-timeout SECONDS" });
    }
    if (state.starts_with("40")) {
        throw Error(ErrorKind::permission,
            said + ": other changes of the same entries were quicker each time", { "try again" });
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
