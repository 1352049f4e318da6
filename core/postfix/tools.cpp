// The programs of Postfix are run as root, so where they are found matters: a directory that others
// can write would let them run anything. Fixed directories come before the search path, and what
// main.cf names is only used if nobody else can change main.cf itself.
#include "core/postfix/tools.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/passwords.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace relayctl {

namespace {

// Where distributions and "make install" put the commands.
constexpr std::array<const char*, 4> fixed_directories
    = { "/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/postfix/sbin" };

// Returns true if everybody may read the file and search every directory on the way to it.
bool is_for_everybody(const std::string& path)
{
    const auto file = stat_of(path);
    // postmap will run as another user, who must be able to read main.cf.
    bool is_open = file && (file->st_mode & S_IROTH) != 0;
    for (std::string at = path; is_open && at != "/" && at != ".";) {
        at = directory_of(at);
        const auto directory = stat_of(at);
        is_open = directory && (directory->st_mode & S_IXOTH) != 0;
    }
    return is_open;
}

} // namespace

std::string PostfixTools::config_directory() const
{
    return location_.config_directory.empty() ? "/etc/postfix" : location_.config_directory;
}

std::string PostfixTools::main_cf() const
{
    return config_directory() + "/main.cf";
}

std::vector<std::string> PostfixTools::instance_words() const
{
    return location_.config_directory.empty()
        ? std::vector<std::string>()
        : std::vector<std::string>{ "-c", location_.config_directory };
}

std::optional<std::string> PostfixTools::add_command_directory(const std::string& directory)
{
    if (!given_directory().empty()) {
        return std::nullopt; // whoever runs us has said it
    }
    auto weak = weak_for_root(main_cf());
    if (!weak) {
        weak = weak_for_root(directory + "/postmap");
    }
    if (!weak) {
        command_directory_ = directory;
        return std::nullopt;
    }
    // The fixed directories are searched in any case, so there is nothing to say.
    const bool is_fixed = std::find(fixed_directories.begin(), fixed_directories.end(), directory)
        != fixed_directories.end();
    return is_fixed
        ? std::nullopt
        : std::optional("root runs no program from there, because " + weak->to_string());
}

std::vector<std::string> PostfixTools::searched_directories() const
{
    if (!given_directory().empty()) {
        return { given_directory() };
    }
    std::vector<std::string> directories;
    if (!command_directory_.empty()) {
        directories.push_back(command_directory_);
    }
    directories.insert(directories.end(), fixed_directories.begin(), fixed_directories.end());
    directories.insert(
        directories.end(), location_.search_path.begin(), location_.search_path.end());
    return directories;
}

std::optional<std::string> PostfixTools::find(const std::string& name, std::string* refused) const
{
    for (const std::string& directory : searched_directories()) {
        std::string path = directory + '/' + name;
        if (!directory.starts_with('/') || ::access(path.c_str(), X_OK) != 0) {
            continue;
        }
        // The search goes on: a safe one may come later.
        const auto weak = weak_for_root(path);
        if (!weak) {
            return path;
        }
        if (refused != nullptr) {
            *refused = "; " + escape(path) + " is not run as root, because " + weak->to_string();
        }
    }
    return std::nullopt;
}

bool PostfixTools::has(const std::string& name) const
{
    return find(name).has_value();
}

std::string PostfixTools::path_of(const std::string& name) const
{
    std::string refused;
    if (auto path = find(name, &refused)) {
        return *path;
    }
    if (!given_directory().empty()) {
        throw Error(ErrorKind::postfix,
            name + ": not found in " + escape(given_directory()) + refused,
            { "--postfix takes the directory that has postconf, postmap and postfix" });
    }
    const std::vector<std::string> directories(fixed_directories.begin(), fixed_directories.end());
    throw Error(ErrorKind::postfix, name + ": not found in " + join(directories, ", ") + refused,
        { "where Postfix is in another place: --postfix DIR",
            "install Postfix, or work without it on a text table: -t texthash:FILE" });
}

// Returns the words in front of postmap that run it as the owner of the source: setpriv(1) of
// util-linux. There are none if that is missing or if only root may read main.cf, which postmap
// needs.
std::vector<std::string> PostfixTools::words_to_become_owner() const
{
    constexpr const char* setpriv = "/usr/bin/setpriv";
    if (!owner_ || owner_->first == 0 || ::geteuid() != 0 || ::access(setpriv, X_OK) != 0
        || !is_for_everybody(main_cf())) {
        return {};
    }
    return { setpriv, "--reuid=" + std::to_string(owner_->first),
        "--regid=" + std::to_string(owner_->second), "--clear-groups", "--" };
}

ProcessResult PostfixTools::run(
    const std::string& name, std::vector<std::string> arguments, ProcessOptions options) const
{
    // The lock of the source, which a postmap that goes on alone must keep.
    options.inherited = inherited_;
    std::vector<std::string> argv
        = name == "postmap" ? words_to_become_owner() : std::vector<std::string>();
    argv.push_back(path_of(name));
    const auto instance = instance_words();
    argv.insert(argv.end(), instance.begin(), instance.end());
    argv.insert(argv.end(), std::make_move_iterator(arguments.begin()),
        std::make_move_iterator(arguments.end()));
    ProcessResult result = run_process(argv, options);
    // Postfix says "connect to pgsql server postgresql://user:password@...".
    result.err = without_passwords(result.err);
    return result;
}

std::string cause_of(const ProcessResult& result)
{
    auto messages = parse_messages(result.err);
    std::erase_if(messages, is_about_type);
    // A fatal message is the cause; warnings may stand before and behind it.
    const auto fatal = std::find_if(messages.begin(), messages.end(), is_fatal);
    if (fatal != messages.end()) {
        return escape(*fatal);
    }
    return result.describe() + (messages.empty() ? "" : ": " + escape(messages.back()));
}

std::optional<WeakPoint> weak_for_root(const std::string& path)
{
    return ::geteuid() == 0 ? weak_point(path) : std::nullopt;
}

} // namespace relayctl
