// The sign that a person sees before the word: good, bad, or neither.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/finding.hpp"

#include <optional>
#include <string>

namespace relayctl {

// A sign, its colour if colours are wanted, and a blank; empty where standard output is for
// programs. ASCII where the terminal speaks nothing else.
std::string mark_of(const Context& context, Severity severity);
std::string mark_of(const Context& context, std::optional<bool> good); // no value: it depends

} // namespace relayctl
