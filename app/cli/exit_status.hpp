// The exit statuses. Scripts depend on them, so their meaning never changes.
#pragma once

#include "core/base/error.hpp"

namespace relayctl {

enum class ExitStatus : int {
    ok = 0, // done, or yes
    no = 1, // not listed, would not relay, findings, differences, a request that is ambiguous or
            // contradicts itself
    usage = 2,
    input = 3, // unreadable or invalid certificate or table
    postfix = 4, // postconf, postmap, postfix or a database server missing or failing
    permission = 5, // lock busy or permission denied
    system = 6, // disk or another system error
    // What verify --format nagios gives instead, as monitoring plugins do.
    nagios_warning = 1,
    nagios_critical = 2,
    nagios_unknown = 3,
};

// Returns the status with which the program ends after an error of this kind.
constexpr ExitStatus exit_status_of(ErrorKind kind) noexcept
{
    switch (kind) {
    case ErrorKind::refused:
        return ExitStatus::no;
    case ErrorKind::usage:
        return ExitStatus::usage;
    case ErrorKind::input:
        return ExitStatus::input;
    case ErrorKind::postfix:
    case ErrorKind::database:
        return ExitStatus::postfix;
    case ErrorKind::permission:
        return ExitStatus::permission;
    case ErrorKind::system:
    case ErrorKind::interrupted:
        return ExitStatus::system; // run() ends an interrupted process by its signal instead
    }
    return ExitStatus::system;
}

} // namespace relayctl
