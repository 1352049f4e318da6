// Messages and questions on standard error: "relayctl: error: SUBJECT: CAUSE", and
// "relayctl: hint: ..." below.
#pragma once

#include "app/cli/context.hpp"

#include <string>
#include <string_view>

namespace relayctl {

// Writes an error with what was changed until then, and all its hints.
void report_error(Context& context, const Error& error);
// Writes a warning, also with --quiet: something may have to be done.
void report_warning(Context& context, std::string_view message);

// Write what was done, and what is worth knowing. --quiet suppresses both.
void report_done(Context& context, std::string_view message);
void report_note(Context& context, std::string_view message);
// Says of how many entries the expiry is not known; nothing if there are none.
void note_unknown_expiry(Context& context, std::size_t count);
// Writes a hint; --quiet suppresses it.
void report_hint(Context& context, std::string_view message);
// A hint that is a command; nothing if it is empty because no shell could take it.
void report_command(Context& context, std::string_view command);

// Returns the next line of standard input with its newline, or an empty text at the end of the
// input. Errors: ErrorKind::interrupted while an InterruptGuard notes signals.
std::string typed_line();

// Writes a question on standard error and returns typed_line(), whose errors it throws.
std::string answer_to(Context& context, const std::string& question);

// Asks before something is done that cannot be taken back, and returns true if somebody at the
// terminal agrees. question: "remove 3 entries". Errors: ErrorKind::usage with a hint at --yes if
// nobody can be asked.
bool confirmed(Context& context, const std::string& question);

} // namespace relayctl
