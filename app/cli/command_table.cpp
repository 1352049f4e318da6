#include "app/cli/command_table.hpp"

#include "app/cli/help.hpp"

namespace relayctl {

// Each is defined in the file of app/commands/ that bears its name; declare_diff in apply.cpp.
DeclareCommand declare_add, declare_annotate, declare_apply, declare_check, declare_complete,
    declare_copy, declare_diff, declare_fingerprint, declare_init, declare_list, declare_prune,
    declare_rebuild, declare_remove, declare_rotate, declare_verify;

namespace {

// clang-format off
constexpr Command commands[] = {
    { "add", "", help_group::clients, "Authorise a client", Effect::changes, declare_add },
    { "remove", "rm", help_group::clients, "Revoke a client", Effect::changes, declare_remove },
    { "list", "ls", help_group::clients, "Show who is authorised", Effect::reads, declare_list },
    { "rotate", "", help_group::clients,
        "Authorise a renewed certificate, retire the old one later",
        Effect::changes, declare_rotate },
    { "check", "", help_group::questions, "Say whether a client would relay, and if not, why",
        Effect::reads, declare_check },
    { "verify", "", help_group::questions, "Check the table, its map and how Postfix uses it",
        Effect::reads, declare_verify },
    { "fingerprint", "", help_group::questions, "Show what smtpd computes for certificates",
        Effect::reads, declare_fingerprint },
    { "prune", "", help_group::whole_table, "Remove what is retired or expired",
        Effect::changes, declare_prune },
    { "apply", "", help_group::whole_table,
        "Make the table what a directory of certificates says",
        Effect::changes, declare_apply },
    { "diff", "", help_group::whole_table, "Show what apply would change",
        Effect::reads, declare_diff },
    { "annotate", "", help_group::whole_table, "Note what certificates say above their entries",
        Effect::changes, declare_annotate },
    { "rebuild", "", help_group::whole_table, "Regenerate the map of the table",
        Effect::changes, declare_rebuild },
    { "copy", "", help_group::whole_table, "Move a table to another type or place",
        Effect::changes, declare_copy },
    { "init", "", help_group::whole_table, "Create a shared table in a database",
        Effect::changes, declare_init },
    { "complete", "", help_group::hidden, "Answer the completion of a shell",
        Effect::reads, declare_complete },
};
// clang-format on

} // namespace

std::span<const Command> command_table()
{
    return commands;
}

} // namespace relayctl
