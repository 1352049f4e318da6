// Wrong command lines in our own words, never in those of CLI11.
#pragma once

#include "core/base/error.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
} // namespace CLI

namespace relayctl {

// ErrorKind::usage with a hint at what was probably meant, and where the help is. words: as they
// were parsed, in_parsing_order().
Error usage_error(
    CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words);

} // namespace relayctl
