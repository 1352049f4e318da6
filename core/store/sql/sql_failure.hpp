// A failed statement or a lost connection, with its SQLSTATE.
#pragma once

#include <cstddef>
#include <string>

namespace relayctl {

// Thrown and caught within core/store.
struct SqlFailure {
    std::string state; // SQLSTATE; empty where the connection broke
    std::string message;
    std::size_t statement = 0; // its number in the run
    bool is_late = false; // it took too long, so another attempt would take as long again

    // Returns true if the connection broke: what was sent last may have been carried out.
    bool is_lost() const noexcept;
    // Returns true if columns are missing, of another type, not to be written, or forbidden to this
    // role.
    bool is_about_columns() const noexcept;
    // Returns true if a rival was quicker, so that another attempt may succeed.
    bool is_retryable() const noexcept;
};

// Throws it as the exception of the program. subject: "pgsql:/etc/postfix/relay_clients.cf".
[[noreturn]] void throw_as_error(const SqlFailure& failure, const std::string& subject);

} // namespace relayctl
