// A failed statement or a lost connection, with its SQLSTATE.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace relayctl {

// The states that decide what we do (PostgreSQL, appendix A). The connection of another database
// must translate its own errors into these.
namespace sql_state {
inline constexpr std::string_view division_by_zero = "22012";
inline constexpr std::string_view has_nul_byte = "22021";
inline constexpr std::string_view unique_violation = "23505";
inline constexpr std::string_view serialization_failure = "40001";
inline constexpr std::string_view deadlock = "40P01";
inline constexpr std::string_view permission_denied = "42501";
inline constexpr std::string_view no_such_schema = "3F000";
inline constexpr std::string_view no_such_table = "42P01";
inline constexpr std::string_view lock_not_available = "55P03";
inline constexpr std::string_view read_only = "25006";
inline constexpr std::string_view query_canceled = "57014";
} // namespace sql_state

// Thrown and caught within core/store.
struct SqlFailure {
    std::string state; // SQLSTATE; empty where the connection broke
    std::string message;
    std::size_t statement = 0; // its number in the run
    bool is_late = false; // it took too long, so another attempt would take as long again

    // Returns true if the connection broke: what was sent last may have been carried out.
    bool is_lost() const noexcept;
    // Returns true if a rival was quicker, so that another attempt may succeed.
    bool is_retryable() const noexcept;
};

// Throws it as the exception of the program. subject: "pgsql:/etc/postfix/relay_clients.cf".
[[noreturn]] void throw_as_error(const SqlFailure& failure, const std::string& subject);

} // namespace relayctl
