#include "core/postfix/postfix.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/lack_of_rights.hpp"
#include "core/base/text.hpp"
#include "core/postfix/changes_by_version.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/passwords.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_configuration_bytes = 1 << 20;
constexpr auto postconf_time = 30s;
constexpr auto reload_time = 60s;

} // namespace

bool Postfix::is_installed() const
{
    return tools_.has("postconf");
}

bool Postfix::is_configured() const
{
    return is_installed() && stat_of(tools_.main_cf()).has_value();
}

ProcessResult Postfix::postconf(std::vector<std::string> arguments)
{
    find_commands();
    ProcessOptions options;
    options.time_limit = postconf_time;
    ProcessResult result = tools_.run("postconf", std::move(arguments), options);
    if (!result.succeeded()) {
        std::string command = "postconf -n";
        // The command is to be pasted, so it must be about the same instance.
        for (const std::string& word : tools_.instance_words()) {
            command += ' ' + shell_quote(word);
        }
        Error error(ErrorKind::postfix, "postconf: " + cause_of(result));
        if (std::string_view(error.what()).ends_with(std::generic_category().message(EACCES))) {
            for (Hint& hint : hints_for_lack_of_rights()) {
                error.with_hint(std::move(hint));
            }
        }
        throw error.with_hint({ "see what it says itself: " + command })
            .with_hint({ "a table and a digest given by -t and -d need no configuration" });
    }
    for (const std::string& message : parse_messages(result.err)) {
        // We ask for every parameter, also if this version of Postfix does not have it.
        if (!message.ends_with(": unknown parameter")) {
            messages_.push_back("postconf: " + message);
        }
    }
    return result;
}

bool Postfix::may_set(std::string_view parameter)
{
    if (!main_cf_) {
        main_cf_ = read_file(tools_.main_cf(), most_configuration_bytes).text;
    }
    return main_cf_->find(parameter) != std::string::npos;
}

void Postfix::find_commands()
{
    if (is_searched_ || parameters_) {
        return;
    }
    is_searched_ = true;
    try {
        if (is_configured() && may_set("command_directory")) {
            parameters();
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
    }
}

// All parameters that the program needs of main.cf itself are asked for at once, since each
// postconf is a process.
std::map<std::string, std::string> Postfix::ask_parameters()
{
    return parse_parameters(
        postconf({ "-x", "config_directory", "command_directory", "queue_directory",
                     "default_database_type", "smtpd_tls_fingerprint_digest", "mail_version",
                     "relay_clientcerts", "multi_instance_directories", "non_bdb_migration_level",
                     "non_bdb_custom_mapping", "default_cache_db_type", "maillog_file" })
            .out);
}

const Parameters& Postfix::parameters()
{
    if (parameters_) {
        return *parameters_;
    }
    is_searched_ = true;
    auto values = ask_parameters();
    const std::string directory = value_of(values, "command_directory");
    const std::string first = tools_.path_of("postconf");
    if (const auto refusal = tools_.add_command_directory(directory)) {
        messages_.push_back("command_directory = " + escape(directory) + ": " + *refusal);
    } else if (tools_.path_of("postconf") != first) {
        messages_.clear();
        values = ask_parameters(); // what is built in is that of the other Postfix
    }
    const auto value = [&](const char* name) { return value_of(values, name); };
    parameters_ = Parameters{ value("config_directory"), value("command_directory"),
        value("queue_directory"), value("default_database_type"),
        value("smtpd_tls_fingerprint_digest"), value("mail_version"),
        split_list(value("relay_clientcerts")), split_list(value("multi_instance_directories")),
        has_change(value("mail_version"), Change::redirection)
            ? Redirection{ value("non_bdb_migration_level"), value("non_bdb_custom_mapping"),
                value("default_database_type"), value("default_cache_db_type") }
            : Redirection() };
    // So effective() does not start another postconf for it.
    effective_[{ { "maillog_file" }, {} }] = { { "maillog_file", value("maillog_file") } };
    return *parameters_;
}

TableName Postfix::opened(const TableName& table)
{
    find_commands(); // here, since maps are read by a thread of their own
    if (!table.traits().is_berkeley_db || !is_configured()) {
        return table;
    }
    const auto known = opened_.find(table.to_string());
    return known != opened_.end()
        ? known->second
        : opened_.emplace(table.to_string(), ask_opened(table)).first->second;
}

TableName Postfix::ask_opened(const TableName& table)
{
    try {
        if (!may_set("non_bdb_migration_level")) { // "disable" by default
            return table;
        }
        const Redirection& redirection = parameters().redirection;
        if (!redirection.is_on()) {
            return table;
        }
        std::vector<std::optional<std::string>> custom(2);
        if (const auto mapping = TableName::parse_if_any(redirection.custom_mapping)) {
            custom = query_map(*mapping, { table.to_string(), table.type });
        }
        return redirection.opened(table, custom[0] ? custom[0] : custom[1]);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        return table;
    }
}

bool Postfix::makes_missing_map(const TableName& table)
{
    return opened(table) != table && parameters().redirection.level == "enable-reindex";
}

const std::vector<std::string>& Postfix::table_types()
{
    if (table_types_.empty()) {
        table_types_ = split_list(postconf({ "-m" }).out);
    }
    return table_types_;
}

std::string Postfix::type_instead_of_berkeley_db()
{
    const auto& types = table_types();
    for (const char* type : { "lmdb", "cdb" }) {
        if (std::find(types.begin(), types.end(), type) != types.end()) {
            return type;
        }
    }
    return "";
}

std::string Postfix::version()
{
    if (is_configured()) {
        return parameters().mail_version;
    }
    return is_installed() ? std::string(trim(postconf({ "-d", "-h", "mail_version" }).out)) : "";
}

KeyEncoding Postfix::key_encoding()
{
    return has_change(version(), Change::key_encoded_anew) ? KeyEncoding::anew
                                                           : KeyEncoding::as_written;
}

const std::string& Postfix::master_cf()
{
    if (!master_cf_) {
        // This makes postconf say what is wrong with the file, and fail if it cannot be read. What
        // follows reads the file itself, for its line numbers and braces.
        postconf({ "-M" });
        // Only postconf knows the directory that it was built for, as below /opt.
        const std::string directory = tools_.is_default_instance() ? parameters().config_directory
                                                                   : tools_.config_directory();
        master_cf_ = read_file(directory + "/master.cf", most_configuration_bytes).text;
    }
    return *master_cf_;
}

std::map<std::string, std::string> Postfix::effective(
    const std::vector<std::string>& parameters, const Overrides& overrides)
{
    // Many services have the same overrides, and each question is one run of postconf.
    const auto known = effective_.find({ parameters, overrides });
    if (known != effective_.end()) {
        return known->second;
    }
    std::vector<std::string> arguments = { "-x" };
    for (const auto& [name, value] : overrides) {
        // ps(1) shows our arguments, and no parameter that we ask for is made of a password.
        if (!is_password(name)) {
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

std::string Postfix::settings_as_text()
{
    return postconf({ "-nx" }).out + master_cf();
}

std::vector<std::string> Postfix::unused_settings()
{
    constexpr std::string_view mark = ": unused parameter: ";
    std::vector<std::string> unused;
    // The status does not matter here: postconf says this on standard error and goes on.
    for (const std::string& message : parse_messages(tools_.run("postconf", { "-n" }).err)) {
        if (const std::size_t at = message.find(mark); at != std::string::npos) {
            unused.push_back(message.substr(at + mark.size()));
        }
    }
    return unused;
}

std::optional<bool> Postfix::is_running()
{
    return is_running(parameters().queue_directory);
}

std::optional<bool> Postfix::is_running(const std::string& queue_directory)
{
    const std::string path = queue_directory + "/pid/master.pid";
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.get() < 0) {
        return errno == ENOENT ? std::optional(false) : std::nullopt;
    }
    // master holds an exclusive lock on this file while it runs (master.c, by open_lock()). The pid
    // in the file may be that of another process by now.
    return ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void Postfix::reload()
{
    const auto named = parse_parameters(
        postconf({ "-x", "config_directory", "daemon_directory", "command_directory" }).out);
    // Our own main.cf comes first, because it can set config_directory.
    std::vector<std::string> files = { tools_.main_cf() };
    // These are the files that "postfix reload" reads or runs as root.
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
    options.time_limit = reload_time;
    const ProcessResult result = tools_.run("postfix", { "reload" }, options);
    if (!result.succeeded()) {
        throw Error(ErrorKind::postfix, "postfix reload: " + cause_of(result));
    }
}

} // namespace relayctl
