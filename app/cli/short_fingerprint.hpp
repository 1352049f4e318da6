// Fingerprints in messages: on a terminal a beginning that every command understands, so that a
// line fits; anywhere else all of it.
#pragma once

#include "app/cli/context.hpp"

#include <string>
#include <string_view>

namespace relayctl {

// Returns the fingerprint as a message shows it: "38:99:1A:12..." on a terminal. fingerprint:
// escaped.
std::string shown_fingerprint(const Context& context, std::string_view fingerprint);

// Returns the message with each of its fingerprints as a message shows it. Where two of them begin
// alike, both keep as many digits as tell them apart.
std::string with_shown_fingerprints(const Context& context, std::string_view message);

} // namespace relayctl
