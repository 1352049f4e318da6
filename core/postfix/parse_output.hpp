// What postconf and postmap print, taken apart. Pure: text in, values out; anything may stand in
// the text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// "name = value" lines of postconf without -h; other lines are passed over.
std::map<std::string, std::string> parse_parameters(std::string_view out);

// The lines of a Postfix command's standard error without its "postmap: " in front; empty lines
// left out.
std::vector<std::string> parse_messages(std::string_view err);

// Whether a message is one that ended the command ("fatal: ...", "panic: ...").
bool is_fatal(std::string_view message) noexcept;

} // namespace relayctl
