// The file is read here by the rules of Postfix, since postconf does not show what is in it. Two
// files are joined: that of Postfix, and beside it, for changes, the one with the role of relayctl.
#include "core/store/sql/database_file.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/changes_by_version.hpp"
#include "core/postfix/logical_lines.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/passwords.hpp"

#include <unistd.h>

#include <algorithm>

namespace relayctl {

namespace {

// Such files have a few lines. A larger one is something else.
constexpr std::uint64_t max_file_bytes = 1 << 20;

// Takes a word of `hosts` apart as host_init() in dict_pgsql.c does.
DatabaseHost parse_host(const std::string& word)
{
    DatabaseHost host{ word, {}, {},
        word.starts_with("postgresql://") }; // "postgres://" is none for Postfix
    if (host.is_uri) {
        return host;
    }
    // unix: and inet: are old forms, which Postfix takes off.
    std::string name
        = word.starts_with("unix:") || word.starts_with("inet:") ? word.substr(5) : word;
    // Of a socket's directory no port is taken off: what looks like one is a part of its name.
    const std::size_t colon = name.starts_with('/') ? std::string::npos : name.rfind(':');
    if (colon != std::string::npos) {
        host.port = name.substr(colon + 1);
        name.resize(colon);
    }
    host.host = name;
    return host;
}

} // namespace

std::string DatabaseHost::shown() const
{
    return is_uri ? printable_uri(written) : printable_host(written);
}

std::string DatabaseHost::redacted(std::string message) const
{
    // If the word cannot be shown as a whole, it may be part of a password, and a message of the
    // server may repeat it.
    message = without_passwords(message);
    for (const std::string& part : { written, host }) {
        if (!part.empty() && shown() == "...") {
            for (std::size_t at = 0; (at = message.find(part, at)) != std::string::npos; at += 3) {
                message.replace(at, part.size(), "...");
            }
        }
    }
    return message;
}

std::string DatabaseFile::name() const
{
    return escape(type + ':' + path);
}

bool DatabaseFile::has_password() const
{
    return !password.empty() || (is_connection_string(dbname) && has_password_in(dbname))
        || std::any_of(hosts.begin(), hosts.end(),
            [](const DatabaseHost& host) { return host.is_uri && has_password_in(host.written); });
}

std::map<std::string, std::string> parse_settings(
    std::string_view text, std::vector<std::string>& problems)
{
    std::map<std::string, std::string> settings;
    for (const auto& [first, line] : logical_lines(text)) {
        const std::size_t equals = line.find('=');
        const std::string name(
            trim(std::string_view(line).substr(0, std::min(equals, line.size()))));
        if (equals == std::string::npos || name.empty()) {
            problems.push_back(
                "line " + std::to_string(first)); // without its text, which may be a password
            continue;
        }
        settings[name] = trim(std::string_view(line).substr(equals + 1));
    }
    return settings;
}

DatabaseFile parse_database_file(
    const std::map<std::string, std::string>& settings, const TableName& table)
{
    DatabaseFile file;
    file.type = table.behind_proxy().type;
    file.path = table.behind_proxy().path;
    for (const std::string& word : split_list(value_of(settings, "hosts"))) {
        file.hosts.push_back(parse_host(word));
    }
    // This is what dict_pgsql.c does without `hosts`.
    if (file.hosts.empty()) {
        file.hosts.push_back(parse_host("localhost"));
    }
    file.user = value_of(settings, "user");
    file.password = value_of(settings, "password");
    file.dbname = value_of(settings, "dbname");
    file.encoding = value_of(settings, "encoding");
    file.domain = value_of(settings, "domain");
    file.table = value_of(settings, "table");
    file.select_field = value_of(settings, "select_field");
    file.where_field = value_of(settings, "where_field");
    file.additional_conditions = value_of(settings, "additional_conditions");
    file.query_is_given = settings.contains("query");
    // The order is that of pgsql_parse_config(): query, then select_function, then the parts.
    if (file.query_is_given) {
        file.query = value_of(settings, "query");
    } else if (file.select_function = value_of(settings, "select_function");
               !file.select_function.empty()) {
        file.query = "SELECT " + file.select_function + "('%s')";
    } else if (!file.table.empty() && !file.select_field.empty() && !file.where_field.empty()) {
        file.query = "SELECT " + file.select_field + " FROM " + file.table + " WHERE "
            + file.where_field + "='%s' " + file.additional_conditions;
    }
    return file;
}

std::string encoding_of(const DatabaseFile& file, std::string_view mail_version)
{
    if (!has_change(mail_version, Change::databases_in_utf8)) {
        return "LATIN1";
    }
    return file.encoding.empty() ? "UTF8" : file.encoding;
}

std::string admin_file_of(const std::string& path)
{
    return path + ".admin";
}

DatabaseFile read_database_file(const TableName& table, bool changes_too)
{
    const TableName direct = table.behind_proxy();
    const std::string& path = direct.path;
    if (!path.starts_with('/') && !path.starts_with('.')) {
        throw Error(ErrorKind::usage,
            "table " + escape(direct.to_string()) + ": expected the path of a " + direct.type
                + "_table(5) file",
            { "parameters in main.cf are the obsolete form: put them into a file, without their "
                + escape(path) + "_ in front" });
    }
    std::vector<std::string> problems;
    auto settings = parse_settings(read_file(path, max_file_bytes).text, problems);
    bool has_own_role = false;
    if (changes_too
        && ::access(admin_file_of(path).c_str(), R_OK)
            == 0) { // whoever may not read it is not who changes
        if (const auto content = read_file_if_any(admin_file_of(path), max_file_bytes)) {
            const auto own = parse_settings(content->text, problems);
            for (const char* name : { "hosts", "user", "password", "dbname" }) {
                if (own.contains(name)) {
                    settings[name] = own.at(name);
                }
            }
            has_own_role = own.contains("user");
            if (has_own_role && !own.contains("password")) {
                // A password belongs to its user.
                settings.erase("password"); // that is the other role's
            }
        }
    }
    DatabaseFile file = parse_database_file(settings, direct);
    file.has_own_role = has_own_role;
    file.problems = std::move(problems);
    return file;
}

} // namespace relayctl
