#include "app/cli/command_table.hpp"

#include "app/cli/help.hpp"

namespace relayctl {

// Each is defined in the file of app/commands/ that bears its name; declare_diff in apply.cpp.
DeclareCommand declare_add, declare_annotate, declare_apply, declare_check, declare_complete,
    declare_copy, declare_diff, declare_edit, declare_fingerprint, declare_help, declare_history,
    declare_init, declare_issue, declare_list, declare_prune, declare_rebuild, declare_remove,
    declare_rotate, declare_seen, declare_test, declare_undo, declare_verify;

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
    { "undo", "", clients, changes, without_t, declare_undo, "Take a change back" },
    { "check", "", questions, reads, always, declare_check,
        "Say whether a client would relay, and if not, why" },
    { "test", "", questions, reads, never, declare_test,
        "Connect as the client, and say whether the server relays" },
    { "seen", "", questions, reads, without_t, declare_seen,
        "Say by the mail log who came, and who never did" },
    { "verify", "", questions, reads, without_t, declare_verify,
        "Check the table, its map and how Postfix uses it" },
    { "history", "", questions, reads, without_t, declare_history,
        "Show what was changed, when and by whom" },
    { "fingerprint", "", questions, reads, never, declare_fingerprint,
        "Show what smtpd computes for certificates" },
    { "help", "", questions, reads, never, declare_help, "Show the help of a command" },
    { "prune", "", whole_table, changes, without_t, declare_prune,
        "Remove what is retired or expired" },
    { "apply", "", whole_table, changes, without_t, declare_apply,
        "Make the table what a directory of certificates says" },
    { "diff", "", whole_table, reads, without_t, declare_diff, "Show what apply would change" },
    { "annotate", "", whole_table, changes, without_t, declare_annotate,
        "Note what certificates say above their entries" },
    { "edit", "", whole_table, changes, without_t, declare_edit,
        "Edit the table as a text: locked, judged, published" },
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
