// The commands of one Postfix instance: where they are, which of them root may run, and running
// them.
#pragma once

#include "core/base/process.hpp"
#include "core/base/trust.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relayctl {

// Where the instance is, as the user or the environment said.
struct PostfixLocation {
    std::string config_directory; // of -c; empty for Postfix's own default
    // The only directory with commands, if it is not empty: that of --postfix.
    std::string command_directory = {};
    // Directories to search for commands, after the fixed ones. Empty if root runs us, since
    // somebody else may have set PATH.
    std::vector<std::string> search_path;
};

class PostfixTools {
public:
    explicit PostfixTools(PostfixLocation location)
        : location_(std::move(location))
    {
    }

    // The directory of this instance's main.cf and master.cf, whatever config_directory in main.cf
    // says.
    std::string config_directory() const;
    // Returns true if no directory was given, so that the one is meant that Postfix was built for.
    bool is_default_instance() const noexcept { return location_.config_directory.empty(); }
    std::string main_cf() const;
    // The directory of --postfix; empty without it.
    const std::string& given_directory() const noexcept { return location_.command_directory; }
    // The words that name this instance to a Postfix command, {"-c", DIRECTORY}, or none.
    std::vector<std::string> instance_words() const;

    // Searches for commands in this directory first from now on: command_directory of main.cf. Root
    // only does so if nobody else can write main.cf or the commands. If root does not, returns why;
    // has no value if it does, or if it finds its commands in that directory anyway.
    std::optional<std::string> add_command_directory(const std::string& directory);

    bool has(const std::string& name) const;

    // Returns the absolute path of a command. Root runs no program that others can write or
    // replace. Throws ErrorKind::postfix if no directory has one that we may run.
    std::string path_of(const std::string& name) const;

    // Runs a command of this instance, and takes the passwords out of its standard error. Throws
    // what path_of() and run_process() throw; a command that fails is no error here.
    ProcessResult run(const std::string& name, std::vector<std::string> arguments,
        ProcessOptions options = {}) const;

    // From now on the commands inherit this descriptor; -1 for none.
    void let_inherit(int fd) noexcept { inherited_ = fd; }

    // From now on root runs postmap as this user and group, the owner of the table's source;
    // without a value it runs as we do. The owner could put another file in the place of the
    // source, which root could read and he could not. postmap changes to the owner of the file that
    // it finds, which is root if he has put a file of root's there.
    void let_own(std::optional<std::pair<uid_t, gid_t>> owner) noexcept { owner_ = owner; }

private:
    std::vector<std::string> searched_directories() const;
    std::optional<std::string> find(const std::string& name, std::string* refused = nullptr) const;
    std::vector<std::string> words_to_become_owner() const;

    PostfixLocation location_;
    std::string command_directory_; // empty, or where commands are searched for first
    int inherited_ = -1;
    std::optional<std::pair<uid_t, gid_t>> owner_;
};

// Returns why a command failed, for a message: its line that says "fatal", or else how it ended and
// its last line.
std::string cause_of(const ProcessResult& result);

// Returns the weak point of a file that root must not run, or not believe when it names programs.
// Has no value for other users, who may run what they can.
std::optional<WeakPoint> weak_for_root(const std::string& path);

} // namespace relayctl
