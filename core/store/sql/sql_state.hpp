// The SQLSTATE of a failed statement.
#pragma once

#include <algorithm>
#include <array>
#include <span>
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
inline constexpr std::string_view no_such_table = "42P01";
inline constexpr std::string_view lock_not_available = "55P03";
inline constexpr std::string_view read_only = "25006";
inline constexpr std::string_view query_canceled = "57014";

// There is no such schema, or no such table.
inline constexpr std::array<std::string_view, 2> about_table = { "3F000", no_such_table };

// The server is being shut down, also in a crash of one of its processes.
inline constexpr std::array<std::string_view, 3> shutting_down = { "57P01", "57P02", "57P03" };

// Undefined column, insufficient privilege, duplicate column, datatype mismatch, undefined function
// (a comparison of other types), generated always, not null violation, invalid text representation.
inline constexpr std::array<std::string_view, 8> about_columns
    = { "42703", "42501", "42701", "42804", "42883", "428C9", "23502", "22P02" };

inline bool is_one_of(std::string_view state, std::span<const std::string_view> states) noexcept
{
    return std::find(states.begin(), states.end(), state) != states.end();
}
} // namespace sql_state

} // namespace relayctl
