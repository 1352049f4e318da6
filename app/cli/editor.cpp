#include "app/cli/editor.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/foreground_program.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

// Returns a variable of the user's environment; empty if it is not set.
std::string variable(const Context& context, const std::string& name)
{
    for (const std::string& one : context.environment().variables) {
        if (one.starts_with(name + '=')) {
            return one.substr(name.size() + 1);
        }
    }
    return "";
}

// Splits a command at blanks, as visudo and sudoedit do: a shell is not asked. Quotes keep blanks
// together, and a backslash takes the next character as it is.
std::vector<std::string> words_of_command(const std::string& command)
{
    std::vector<std::string> words;
    std::string word;
    bool has_word = false;
    char quoted = '\0';
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (quoted == '\0' && is_blank(c)) {
            if (has_word) {
                words.push_back(std::move(word));
            }
            word.clear();
            has_word = false;
            continue;
        }
        has_word = true;
        if (c == quoted) {
            quoted = '\0';
        } else if (quoted == '\0' && (c == '"' || c == '\'')) {
            quoted = c;
        } else if (c == '\\' && quoted != '\'' && i + 1 < command.size()) {
            word += command[++i];
        } else {
            word += c;
        }
    }
    if (has_word) {
        words.push_back(std::move(word));
    }
    return words;
}

bool is_program(const std::string& path)
{
    const auto status = stat_of(path);
    return status && S_ISREG(status->st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// Returns the path of a program; empty if there is none. as_root: root is to run it.
std::string path_of_program(const Context& context, const std::string& name, bool as_root)
{
    if (name.find('/') != std::string::npos) {
        return is_program(name) ? name : "";
    }
    std::string path = variable(context, "PATH");
    if (as_root || path.empty()) {
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    }
    for (const std::string& directory : split_list(path, ":")) {
        const std::string program = directory + '/' + name;
        // An empty or relative part of PATH means wherever relayctl was started.
        if (directory.starts_with('/') && is_program(program)) {
            return program;
        }
    }
    return "";
}

} // namespace

std::optional<Account> user_behind_sudo(const Context& context)
{
    const std::string name = context.caller().before_sudo;
    if (name.empty()) {
        return std::nullopt;
    }
    auto account = account_of(name);
    if (!account) {
        throw Error(ErrorKind::input,
            "SUDO_USER " + quote(name) + ": no such user, so the editor cannot run as that one",
            { "run it without sudo, as root" });
    }
    return account->uid == 0 ? std::nullopt : account;
}

EditorCommand find_editor(const Context& context, const std::optional<Account>& user)
{
    const bool as_root = ::geteuid() == 0 && !user;
    for (const char* name : { "VISUAL", "EDITOR" }) {
        EditorCommand command = words_of_command(variable(context, name));
        if (command.empty()) {
            continue;
        }
        const std::string path = path_of_program(context, command.front(), as_root);
        if (path.empty()) {
            throw Error(ErrorKind::input,
                std::string(name) + ' ' + quote(command.front())
                    + ": there is no such program that can be run",
                { "set it to an editor that is installed" });
        }
        if (const auto weak = as_root ? weak_point(path) : std::nullopt) {
            throw Error(ErrorKind::permission,
                std::string(name) + ": root does not run it, because " + weak->to_string(),
                { weak->repair_in_words() });
        }
        command.front() = path;
        return command;
    }
    if (!context.can_ask()) { // whatever is installed waits for somebody, perhaps for ever
        throw Error(ErrorKind::usage, "there is no terminal for an editor",
            { "set EDITOR to a program that edits the file by itself" });
    }
    for (const char* name : { "sensible-editor", "editor", "vi" }) {
        const std::string path = path_of_program(context, name, as_root);
        if (!path.empty() && (!as_root || !weak_point(path))) {
            return { path };
        }
    }
    throw Error(ErrorKind::input, "there is no editor", { "set EDITOR to one" });
}

void run_editor(const Context& context, const EditorCommand& editor,
    const std::optional<Account>& user, const std::string& path)
{
    ForegroundProgram program{ editor, context.environment().variables, user };
    program.argv.push_back(path);
    if (user) {
        // As in a login of the user: his editor looks for its settings there.
        const std::array<std::pair<std::string, std::string>, 4> own = { { { "HOME", user->home },
            { "USER", user->name }, { "LOGNAME", user->name }, { "SHELL", user->shell } } };
        for (const auto& [name, value] : own) {
            std::erase_if(program.environment,
                [&](const std::string& one) { return one.starts_with(name + '='); });
            program.environment.push_back(name + '=' + value);
        }
    }
    const int status = run_in_foreground(program);
    if (status != 0) {
        throw Error(ErrorKind::refused,
            escape(editor.front())
                + (WIFEXITED(status)
                        ? ": ended with status " + std::to_string(WEXITSTATUS(status))
                        : ": was ended by signal " + std::to_string(WTERMSIG(status))));
    }
}

} // namespace relayctl
