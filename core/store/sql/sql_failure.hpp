// What a database has against something.
#pragma once

#include <cstddef>
#include <string>

namespace relayctl {

// What the server said against a statement, or the end of the connection. Thrown and caught within
// core/database and core/store.
struct SqlFailure {
    std::string state; // SQLSTATE (PostgreSQL, appendix A); empty where the connection broke
    std::string message;
    std::size_t statement = 0; // which one of a run
    bool is_late = false; // it took too long: to try again would take as long again

    bool is_lost() const noexcept; // the connection: what was sent last may have been carried out
    bool is_retryable() const noexcept; // a rival was quicker: 40001, 40P01
};

// As the one exception of the program. subject: "pgsql:/etc/postfix/relay_clients.cf".
[[noreturn]] void throw_as_error(const SqlFailure& failure, const std::string& subject);

} // namespace relayctl
