// The sign before a line that shows people at once whether it is good news.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/finding.hpp"

#include <optional>
#include <string>

namespace relayctl {

// A sign, in colour if colours are wanted, and a blank; empty if standard output is for programs.
// It is ASCII if the terminal shows nothing else.
std::string mark_of(const Context& context, Severity severity);
std::string mark_of(
    const Context& context, std::optional<bool> good); // no value: it depends on something unknown

} // namespace relayctl
