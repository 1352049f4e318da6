#include "core/postfix/postfix.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/passwords.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_bytes = 1 << 20; // of a master.cf

// postconf has little to do. postmap goes on for as long as a table is large, but it does not fall
// silent: only a server behind the table makes it wait, or the service that builds maps where
// Berkeley DB is gone. A map is built without a word, and a million entries take minutes on a slow
// disk; killed, it leaves the old map, since it works on a copy.
constexpr auto postconf_time = 30s;
constexpr auto lookup_silence = 10s;
constexpr auto postfix_time = 60s;

// Where distributions and "make install" put the commands. As root nothing else is looked at, never
// a PATH that somebody else may have set.
const std::vector<std::string>& fixed_directories()
{
    static const std::vector<std::string> directories
        = { "/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/postfix/sbin" };
    return directories;
}

// The line that says why a command failed: its fatal one, else its last.
std::string cause_of(const ProcessResult& result)
{
    const auto messages = parse_messages(result.err);
    const auto fatal = std::find_if(messages.begin(), messages.end(), is_fatal);
    if (fatal != messages.end()) {
        return escape(*fatal);
    }
    return result.describe() + (messages.empty() ? "" : ": " + escape(messages.back()));
}

// What root must not run, or not believe where it names programs. Others run what they can.
std::optional<WeakPoint> weak_for_root(const std::string& path)
{
    return ::geteuid() == 0 ? weak_point(path) : std::nullopt;
}

} // namespace

namespace {

// Whether everybody may read the file, and search every directory on the way to it.
bool is_for_everybody(const std::string& path)
{
    const auto file = stat_of(path);
    bool is_open = file && (file->st_mode & S_IROTH) != 0;
    for (std::string at = path; is_open && at != "/" && at != ".";) {
        at = directory_of(at);
        const auto directory = stat_of(at);
        is_open = directory && (directory->st_mode & S_IXOTH) != 0;
    }
    return is_open;
}

} // namespace

std::optional<std::string> Postfix::find_tool(const std::string& name, std::string* refused) const
{
    std::vector<std::string> directories;
    if (!command_directory_.empty()) {
        directories.push_back(command_directory_);
    }
    directories.insert(directories.end(), fixed_directories().begin(), fixed_directories().end());
    directories.insert(
        directories.end(), location_.search_path.begin(), location_.search_path.end());
    for (const std::string& directory : directories) {
        std::string path = directory + '/' + name;
        if (!directory.starts_with('/') || ::access(path.c_str(), X_OK) != 0) {
            continue;
        }
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

// A main.cf that others can write would have root run what they like.
void Postfix::judge_command_directory()
{
    const std::string& directory = parameters_->command_directory;
    auto weak = weak_for_root(own_main_cf());
    if (!weak) {
        weak = weak_for_root(directory + "/postmap");
    }
    if (!weak) {
        command_directory_ = directory;
        return;
    }
    const auto& fixed = fixed_directories();
    if (std::find(fixed.begin(), fixed.end(), directory) == fixed.end()) {
        messages_.push_back("command_directory = " + escape(directory)
            + ": root runs no program from there, because " + weak->to_string());
    }
}

bool Postfix::is_installed() const
{
    return find_tool("postconf").has_value();
}

std::string Postfix::config_directory() const
{
    return location_.config_directory.empty() ? "/etc/postfix" : location_.config_directory;
}

std::string Postfix::own_main_cf() const
{
    return config_directory() + "/main.cf";
}

bool Postfix::is_configured() const
{
    return is_installed() && stat_of(own_main_cf()).has_value();
}

std::string Postfix::tool(const std::string& name) const
{
    std::string refused;
    if (auto path = find_tool(name, &refused)) {
        return *path;
    }
    throw Error(ErrorKind::postfix,
        name + ": not found in " + join(fixed_directories(), ", ") + refused,
        { "install Postfix, or work without it on a text table: -t texthash:FILE" });
}

// The words in front of postmap that make it run as the owner of the source, by setpriv(1) of
// util-linux. Where that is missing, or main.cf is for root alone, there are none.
std::vector<std::string> Postfix::as_owner() const
{
    constexpr const char* setpriv = "/usr/bin/setpriv";
    if (!owner_ || owner_->first == 0 || ::geteuid() != 0 || ::access(setpriv, X_OK) != 0
        || !is_for_everybody(own_main_cf())) {
        return {};
    }
    return { setpriv, "--reuid=" + std::to_string(owner_->first),
        "--regid=" + std::to_string(owner_->second), "--clear-groups", "--" };
}

ProcessResult Postfix::run(
    const std::string& name, std::vector<std::string> arguments, ProcessOptions options) const
{
    options.inherited = inherited_;
    std::vector<std::string> argv = name == "postmap" ? as_owner() : std::vector<std::string>();
    argv.push_back(tool(name));
    if (!location_.config_directory.empty()) {
        argv.insert(argv.end(), { "-c", location_.config_directory });
    }
    argv.insert(argv.end(), std::make_move_iterator(arguments.begin()),
        std::make_move_iterator(arguments.end()));
    ProcessResult result = run_process(argv, options);
    result.err = without_passwords(
        result.err); // Postfix says "connect to pgsql server postgresql://user:password@..."
    return result;
}

ProcessResult Postfix::postconf(std::vector<std::string> arguments)
{
    ProcessOptions options;
    options.time_limit = postconf_time;
    ProcessResult result = run("postconf", std::move(arguments), options);
    if (!result.succeeded()) {
        throw Error(ErrorKind::postfix, "postconf: " + cause_of(result),
            { "see what it says itself: postconf -n"
                    + (location_.config_directory.empty()
                            ? ""
                            : " -c " + shell_quote(location_.config_directory)),
                "a table and a digest given by -t and -d need no configuration" });
    }
    for (const std::string& message : parse_messages(result.err)) {
        // A parameter that this Postfix does not have yet, or no longer, is asked for all the same.
        if (!message.ends_with(": unknown parameter")) {
            messages_.push_back("postconf: " + message);
        }
    }
    return result;
}

const Parameters& Postfix::parameters()
{
    if (!parameters_) {
        const auto values = parse_parameters(postconf(
            { "-x", "config_directory", "command_directory", "queue_directory",
                "default_database_type", "smtpd_tls_fingerprint_digest", "relay_clientcerts",
                "smtpd_relay_restrictions", "smtpd_tls_ask_ccert", "multi_instance_directories" })
                                                 .out);
        const auto value = [&](const char* name) {
            const auto found = values.find(name);
            return found == values.end() ? std::string() : found->second;
        };
        parameters_ = Parameters{ value("config_directory"), value("command_directory"),
            value("queue_directory"), value("default_database_type"),
            value("smtpd_tls_fingerprint_digest"), split_list(value("relay_clientcerts")),
            split_list(value("smtpd_relay_restrictions")), value("smtpd_tls_ask_ccert"),
            split_list(value("multi_instance_directories")) };
        judge_command_directory();
    }
    return *parameters_;
}

std::vector<std::string> Postfix::table_types()
{
    return split_list(postconf({ "-m" }).out);
}

const std::string& Postfix::master_cf()
{
    if (!master_cf_) {
        postconf({ "-M" });
        master_cf_ = read_file(config_directory() + "/master.cf", most_bytes).text;
    }
    return *master_cf_;
}

std::map<std::string, std::string> Postfix::effective(const std::vector<std::string>& parameters,
    const std::vector<std::pair<std::string, std::string>>& overrides)
{
    const auto known = effective_.find({ parameters, overrides });
    if (known != effective_.end()) {
        return known->second;
    }
    std::vector<std::string> arguments = { "-x" };
    for (const auto& [name, value] : overrides) {
        if (!name.ends_with("_password")) { // no parameter that is asked for is made of one, and ps
                                            // shows our arguments
            arguments.insert(arguments.end(), { "-o", name + '=' + value });
        }
    }
    arguments.insert(arguments.end(), parameters.begin(), parameters.end());
    return effective_[{ parameters, overrides }]
        = parse_parameters(postconf(std::move(arguments)).out);
}

bool Postfix::is_set(const std::string& parameter)
{
    return !trim(postconf({ "-n", parameter }).out).empty();
}

MapBuild Postfix::build_map(const TableName& table)
{
    const ProcessResult result = run("postmap", { table.to_string() });
    if (!result.succeeded()) {
        throw Error(ErrorKind::postfix, "postmap: " + cause_of(result));
    }
    MapBuild build{ find_map_file(table), parse_messages(result.err) };
    if (!stat_of(build.map_path)) {
        throw Error(ErrorKind::postfix,
            "postmap: reports success, but there is no " + escape(build.map_path));
    }
    return build;
}

std::vector<std::string> Postfix::update_map(const TableName& table, const MapUpdate& update)
{
    std::vector<std::string> messages;
    const auto change = [&](std::vector<std::string> arguments, std::string input) {
        ProcessOptions options;
        options.input = std::move(input);
        arguments.push_back(table.to_string());
        const ProcessResult result = run("postmap", std::move(arguments), options);
        const auto said = parse_messages(result.err);
        // Status 1 of "postmap -d" says that none of the keys was there, too: the map is asked
        // afterwards.
        if (result.exit_status() < 0 || result.exit_status() > 1
            || std::any_of(said.begin(), said.end(), is_fatal)) {
            throw Error(ErrorKind::postfix, "postmap: " + cause_of(result));
        }
        messages.insert(messages.end(), said.begin(), said.end());
    };
    if (!update.put.empty()) {
        std::string lines;
        for (const auto& [key, value] : update.put) {
            lines.append(key).append(" ").append(value).append("\n");
        }
        change({ "-ir" }, std::move(lines));
    }
    if (!update.remove.empty()) {
        change({ "-d", "-" }, join(update.remove, "\n") + '\n');
    }
    return messages;
}

std::vector<std::optional<std::string>> Postfix::query_map(const TableName& table,
    const std::vector<std::string>& keys, std::vector<std::string>* warnings)
{
    std::vector<std::optional<std::string>> values(keys.size());
    if (keys.empty()) {
        return values;
    }
    ProcessOptions options;
    options.input = join(keys, "\n") + '\n';
    options.silence_limit = lookup_silence;
    const ProcessResult result = run("postmap", { "-q", "-", table.to_string() }, options);
    const auto messages = parse_messages(result.err);
    // Status 1 means both "none of the keys" and "cannot open": only the words tell.
    if (result.exit_status() < 0 || result.exit_status() > 1
        || std::any_of(messages.begin(), messages.end(), is_fatal)) {
        throw Error(ErrorKind::postfix, "postmap: " + cause_of(result));
    }
    if (warnings != nullptr) {
        *warnings = messages;
    }
    // Found keys come back in their order, each as it was given.
    std::size_t next = 0;
    for (const std::string_view line : split_lines(result.out)) {
        const std::size_t tab = line.find('\t');
        const std::string_view key = line.substr(0, tab);
        while (next < keys.size() && keys[next] != key) {
            ++next;
        }
        if (next < keys.size() && tab != std::string_view::npos) {
            values[next++] = std::string(line.substr(tab + 1));
        }
    }
    return values;
}

void Postfix::dump_map(const TableName& table, const std::function<void(std::string_view)>& record)
{
    if (table.traits().dump == RecordDump::by_relayctl) {
        dump_cdb(find_map_file(table), record);
        return;
    }
    std::string partial;
    ProcessOptions options;
    options.silence_limit = lookup_silence;
    options.consume_output = [&](std::string_view bytes) {
        for (std::size_t newline; (newline = bytes.find('\n')) != std::string_view::npos;
             bytes.remove_prefix(newline + 1)) {
            if (partial.empty()) {
                record(bytes.substr(0, newline));
            } else {
                partial += bytes.substr(0, newline);
                record(partial);
                partial.clear();
            }
        }
        partial += bytes;
    };
    const ProcessResult result = run("postmap", { "-s", table.to_string() }, options);
    if (!result.succeeded()) {
        throw Error(ErrorKind::postfix, "postmap: " + cause_of(result));
    }
}

std::optional<bool> Postfix::is_running()
{
    const std::string path = parameters().queue_directory + "/pid/master.pid";
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.get() < 0) {
        return errno == ENOENT ? std::optional(false) : std::nullopt;
    }
    return ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void Postfix::reload()
{
    const auto named = parse_parameters(
        postconf({ "-x", "config_directory", "daemon_directory", "command_directory" }).out);
    std::vector<std::string> files
        = { own_main_cf() }; // what config_directory says, main.cf itself can set
    for (const auto& [name, file] : { std::pair("config_directory", "/main.cf"),
             std::pair("daemon_directory", "/postfix-script"),
             std::pair("daemon_directory", "/master"), std::pair("command_directory", "/postlog"),
             std::pair("command_directory", "/postconf") }) {
        if (const auto found = named.find(name); found != named.end()) {
            files.push_back(found->second + file);
        }
    }
    for (const std::string& file : files) {
        if (const auto weak = weak_for_root(file)) {
            throw Error(ErrorKind::permission,
                "postfix reload: refusing to run as root what main.cf names, because "
                    + weak->to_string(),
                { weak->repair_in_words() });
        }
    }
    ProcessOptions options;
    options.time_limit = postfix_time;
    const ProcessResult result = run("postfix", { "reload" }, options);
    if (!result.succeeded()) {
        throw Error(ErrorKind::postfix, "postfix reload: " + cause_of(result));
    }
}

} // namespace relayctl
