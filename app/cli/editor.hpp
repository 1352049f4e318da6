// The editor of the user who runs relayctl.
#pragma once

#include "app/cli/context.hpp"
#include "core/base/account.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Returns the user whose editor it is where root runs relayctl for him through sudo: his editor
// must not be root's, as with sudoedit(8). No value where relayctl runs by itself. Errors:
// ErrorKind::input if the system does not know him.
std::optional<Account> user_behind_sudo(const Context& context);

// An editor, with the words that go in front of the file.
using EditorCommand = std::vector<std::string>;

// Returns the editor that VISUAL or EDITOR names, else sensible-editor, editor or vi. Its first
// word is a path. Root runs none that somebody else could have put there; a user behind sudo has
// his own. Errors: ErrorKind::input if there is none, or the one that was named cannot be run;
// ErrorKind::usage if none was named and there is no terminal; ErrorKind::permission if root would
// have to run what others can write.
EditorCommand find_editor(const Context& context, const std::optional<Account>& user);

// Opens the file in the editor, and waits for its end. Errors: ErrorKind::refused if the editor
// fails.
void run_editor(const Context& context, const EditorCommand& editor,
    const std::optional<Account>& user, const std::string& path);

} // namespace relayctl
