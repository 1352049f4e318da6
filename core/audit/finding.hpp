// One thing that verify or check has to say. Ids are an interface: scripts look for them, so ids
// are added, and none is ever renamed.
#pragma once

#include "core/audit/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// note: worth knowing, and no fault. warning: it works now, but may not be what was meant. error: a
// client is kept out, or somebody relays who should not.
enum class Severity { note, warning, error };

// A finding is complete in itself: whoever shows it needs to know nothing of the facts behind it.
struct Finding {
    Severity severity = Severity::error;
    std::string id;
    std::string file;
    std::uint32_t line = 0; // counted from 1; 0 if it is about the whole file
    std::uint32_t column = 0; // counted from 1, in bytes; 0 if it is about the whole line
    std::string message; // file content in it is quoted and escaped
    std::string hint; // what to do, if there is something to say
    std::string table = {}; // TYPE:PATH of the table that it is about; empty: the configuration
    // The part of the hint that becomes one command with what mends other findings of the service.
    // The hint has it alone, or as a sentence where there is no such command.
    Mending mending = {};
};

// Returns "note", "warning" or "error".
std::string_view to_string(Severity severity) noexcept;

// Moves the findings to the end of the others.
void append(std::vector<Finding>& findings, std::vector<Finding> more);

// Returns whether any finding is a warning or an error.
bool has_problem(const std::vector<Finding>& findings) noexcept;

// Returns whether any finding is an error.
bool has_error(const std::vector<Finding>& findings) noexcept;

// Returns how many of the findings have this severity.
std::size_t count(const std::vector<Finding>& findings, Severity severity) noexcept;

// Returns the numbers of errors and warnings: "2 errors, 1 warning".
std::string problems_in_words(const std::vector<Finding>& findings);

} // namespace relayctl
