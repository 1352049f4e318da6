#include "app/cli/command_table.hpp"

#include "app/cli/help.hpp"

namespace relayctl {

// Each is defined in the file of app/commands/ that bears its name; declare_diff in apply.cpp.
DeclareCommand declare_add, declare_annotate, declare_apply, declare_check, declare_complete,
    declare_copy, declare_diff, declare_fingerprint, declare_init, declare_issue, declare_list,
    declare_prune, declare_rebuild, declare_remove, declare_rotate, declare_seen, declare_test,
    declare_verify;

namespace {

using namespace help_group;
using enum Effect;
using enum NeedsPostfix;

// clang-format off
constexpr Command commands[] = {
    { "add", "", clients, changes, without_t, declare_add, "Authorise a client" },
    { "remove", "rm", clients, changes, without_t, declare_remove, "Revoke a client" },
    { "list", "ls", clients, reads, without_t, declare_list, "Show who is authorised" },
    { "rotate", "", clients, changes, without_t, declare_rotate,
        "Authorise a renewed certificate, retire the old one later" },
    { "issue", "", clients, changes, without_t, declare_issue,
        "Make a key and certificate for a client, and list it" },
    { "check", "", questions, reads, always, declare_check,
        "Say whether a client would relay, and if not, why" },
    { "test", "", questions, reads, never, declare_test,
        "Connect as the client, and say whether the server relays" },
    { "seen", "", questions, reads, without_t, declare_seen,
        "Say who came by the mail log, and who never did" },
    { "verify", "", questions, reads, without_t, declare_verify,
        "Check the table, its map and how Postfix uses it" },
    { "fingerprint", "", questions, reads, never, declare_fingerprint,
        "Show what smtpd computes for certificates" },
    { "prune", "", whole_table, changes, without_t, declare_prune,
        "Remove what is retired or expired" },
    { "apply", "", whole_table, changes, without_t, declare_apply,
        "Make the table what a directory of certificates says" },
    { "diff", "", whole_table, reads, without_t, declare_diff, "Show what apply would change" },
    { "annotate", "", whole_table, changes, without_t, declare_annotate,
        "Note what certificates say above their entries" },
    { "rebuild", "", whole_table, changes, without_t, declare_rebuild,
        "Regenerate the map of the table" },
    { "copy", "", whole_table, changes, never, declare_copy,
        "Move a table to another type or place" },
    { "init", "", whole_table, changes, without_t, declare_init,
        "Create a shared table in a database" },
    { "complete", "", hidden, reads, never, declare_complete, "Answer the completion of a shell" },
};
// clang-format on

} // namespace

std::span<const Command> command_table()
{
    return commands;
}

} // namespace relayctl
