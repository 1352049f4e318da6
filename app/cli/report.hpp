// Talk on standard error: "relayctl: error: SUBJECT: CAUSE", then "relayctl: hint: ..." where there
// is one.
#pragma once

#include "app/cli/context.hpp"

#include <string_view>

namespace relayctl {

void report_error(Context& context, const Error& error);
void report_warning(Context& context, std::string_view message);
// These three not with --quiet. The hints of an error come with report_error.
void report_done(Context& context, std::string_view message);
void report_note(Context& context, std::string_view message);
// That this many entries have an expiry that is not known; nothing where there is none.
void note_unknown_expiry(Context& context, std::size_t count);

void report_hint(Context& context, std::string_view message);
// A hint that is a command; nothing where it is empty, as there is none that can be pasted.
void report_command(Context& context, std::string_view command);

} // namespace relayctl
