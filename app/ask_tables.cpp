#include "app/ask_tables.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/source_file.hpp"
#include "core/store/sql/host_probe.hpp"
#include "core/store/store.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <set>

namespace relayctl {

namespace {

// Whether its name is that of a file: patterns can also stand in main.cf, in braces.
bool is_file(const TableName& table)
{
    const TableFamily family = table.traits().family;
    const bool is_pattern = family == TableFamily::expressions || family == TableFamily::networks;
    return family == TableFamily::index || (is_pattern && !table.path.starts_with('{'))
        || (table.traits().is_database && table.path.starts_with('/'));
}

bool may_read(const struct stat& status, const std::string& user)
{
    const struct passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) {
        return true;
    }
    const unsigned shift = status.st_uid == entry->pw_uid ? 6U
        : status.st_gid == entry->pw_gid                  ? 3U
                                                          : 0U;
    return (status.st_mode >> shift & 4U) != 0;
}

constexpr const char* no_file = "nofile"; // of parse_match_list()

// As long as the others, and like one of them in form: "00:00:...:00".
std::string nobodys_fingerprint(std::size_t size)
{
    std::string text;
    while (text.size() < size) {
        text += text.size() % 3 == 2 ? ':' : '0';
    }
    return text;
}

void fail(TableFacts& table, std::size_t keys, Answer answer, std::string problem)
{
    table.answers.assign(keys, answer);
    table.problem = std::move(problem);
}

} // namespace

TableFacts TableAsker::facts_of(const std::string& name, const ServiceFacts& facts)
{
    const auto [found, is_new] = known_.try_emplace(
        { name, facts.digest ? facts.digest->name() : "", facts.service.chroot });
    if (is_new) {
        found->second = ask(name, facts);
    }
    return found->second;
}

TableFacts TableAsker::ask(const std::string& name, const ServiceFacts& facts)
{
    TableFacts table;
    table.name = name;
    std::vector<std::string> keys;
    if (options_.client != nullptr && facts.digest) {
        for (const Print& print : options_.client->prints(*facts.digest)) {
            keys.push_back(print.fingerprint.to_string());
        }
    }
    table.values.resize(keys.size());
    if (!TableName::parse_if_any(name)) {
        fail(table, keys.size(), Answer::fails, "it is no table: TYPE:NAME is expected");
        return table;
    }
    TableName asked = TableName::parse(name);
    const bool by_proxy = asked.is_proxied();
    if (by_proxy) {
        const auto allowed = split_list(facts.parameter("proxy_read_maps"));
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
            table.is_forbidden = true;
            fail(table, keys.size(), Answer::fails, "it is not in proxy_read_maps");
            return table;
        }
        asked = TableName::parse(asked.path);
    }
    table.is_database = asked.is_database();
    table.source_path = table.is_database ? asked.path : "";
    if (is_file(asked)) {
        if (!asked.path.starts_with('/')) {
            asked.path = facts.parameter("queue_directory") + '/' + asked.path;
        }
        if (!look_at_files(
                table, asked, by_proxy ? facts.parameter("mail_owner") : "", keys.size())) {
            return table;
        }
    } else if (facts.service.chroot && !asked.traits().answers_anywhere()) {
        fail(table, keys.size(), Answer::unseen, "smtpd asks it from inside its chroot");
        return table;
    }
    if (table.is_database) {
        if (facts.service.chroot && !by_proxy) {
            fail(table, keys.size(), Answer::unseen, "smtpd asks it from inside its chroot");
            return table;
        }
        look_at_rows(table, asked);
    }
    query(table, asked, keys, facts);
    return table;
}

KeyValues TableAsker::values_of(
    const std::string& name, const std::vector<std::string>& keys, const ServiceFacts& facts)
{
    if (!TableName::parse_if_any(name)) {
        return { Answer::fails, {} };
    }
    TableName asked = TableName::parse(name);
    if (asked.type == "static") {
        return { Answer::found, { keys.size(), std::string(inside_braces(asked.path)) } };
    }
    const bool by_proxy = asked.is_proxied();
    const auto allowed = split_list(facts.parameter("proxy_read_maps"));
    const bool is_forbidden
        = by_proxy && std::find(allowed.begin(), allowed.end(), name) == allowed.end();
    asked = asked.behind_proxy();
    const bool from_chroot
        = facts.service.chroot && !by_proxy && !asked.traits().answers_anywhere();
    if (options_.client == nullptr || from_chroot) {
        return {};
    }
    if (is_forbidden) {
        return { Answer::fails, {} };
    }
    if (is_file(asked) && !asked.path.starts_with('/')) {
        asked.path = facts.parameter("queue_directory") + '/' + asked.path;
    }
    try {
        return { Answer::found, query_keys(asked, keys) };
    } catch (const Error&) { // that it cannot be asked is the answer
        const std::string file = asked.has_map() ? find_map_file(asked) : asked.path;
        const bool is_missing = (is_file(asked) || asked.type == no_file) && !stat_of(file);
        return { is_missing || ::geteuid() == 0 ? Answer::fails : Answer::unseen, {} };
    }
}

std::vector<std::optional<std::string>> TableAsker::query_keys(
    const TableName& asked, const std::vector<std::string>& keys)
{
    std::set<std::string> distinct(keys.begin(), keys.end());
    constexpr std::size_t few = 32;
    if (keys.size() > few && !asked.traits().answers_anywhere()) {
        const std::vector<std::string> first(keys.begin(), keys.begin() + few);
        const auto found = postfix_.query_map(asked, first);
        if (std::any_of(found.begin(), found.end(), [](const auto& value) { return !value; })) {
            distinct = { first.begin(), first.end() };
        }
    }
    const std::vector<std::string> once(distinct.begin(), distinct.end());
    const auto found = postfix_.query_map(asked, once);
    std::vector<std::optional<std::string>> values(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto key = std::lower_bound(once.begin(), once.end(), keys[i]);
        values[i] = key != once.end() && *key == keys[i]
            ? found[static_cast<std::size_t>(key - once.begin())]
            : std::nullopt;
    }
    return values;
}

std::map<std::string, std::string> TableAsker::keys_by_value(
    const std::string& name, const ServiceFacts& facts)
{
    std::map<std::string, std::string> keys;
    if (name.find(':') == std::string::npos || options_.client == nullptr) {
        return keys;
    }
    TableName asked = TableName::parse(name).behind_proxy();
    if (asked.traits().dump == RecordDump::none) {
        return keys;
    }
    if (is_file(asked) && !asked.path.starts_with('/')) {
        asked.path = facts.parameter("queue_directory") + '/' + asked.path;
    }
    try {
        postfix_.dump_map(asked, [&](std::string_view record) {
            const std::size_t tab = record.find('\t');
            if (tab != std::string_view::npos) {
                keys.try_emplace(std::string(record.substr(tab + 1)), record.substr(0, tab));
            }
        });
    } catch (const Error&) { // then there is only what it answers
        keys.clear();
    }
    return keys;
}

bool TableAsker::look_at_files(
    TableFacts& table, const TableName& asked, const std::string& reader, std::size_t keys) const
{
    const bool is_source = asked.has_source();
    if (is_source) {
        table.source_path = asked.path;
        const auto known = options_.sources.find(asked.path);
        table.source = known != options_.sources.end() ? known->second : nullptr;
    }
    if (is_source && !table.source && options_.reads_sources) {
        try {
            if (const auto file = open_source_if_any(asked)) {
                table.source = std::make_shared<const Document>(read_whole(*file, asked.path));
            }
        } catch (const Error&) { // a source that cannot be read changes no verdict
        }
    }
    const std::string file = asked.has_map() ? find_map_file(asked) : asked.path;
    const auto status = stat_of(file);
    const bool is_known_file = is_source || asked.traits().family != TableFamily::index;
    if (!status && is_known_file) {
        table.map_is_missing = true;
        fail(table, keys, Answer::fails, escape(file) + " does not exist");
        return false;
    }
    if (status && !reader.empty() && !may_read(*status, reader)) {
        table.is_hidden_from_proxy = true;
        fail(table, keys, Answer::fails,
            "proxymap runs as " + escape(reader) + ", who cannot read " + escape(file));
        return false;
    }
    if (::access(file.c_str(), R_OK) != 0 && errno == EACCES) {
        fail(table, keys, Answer::unseen, escape(file) + " cannot be read by this user");
        return false;
    }
    return true;
}

void TableAsker::look_at_rows(TableFacts& table, const TableName& asked) const
{
    const Client* client = options_.client;
    if (client == nullptr || client->certificate == nullptr || !options_.reads_sources) {
        return;
    }
    Scope scope;
    for (const std::string& name : usable_digests()) {
        for (const Print& print : client->prints(Digest::by_name(name))) {
            scope.fingerprints.push_back(print.fingerprint);
        }
    }
    for (const auto& names :
        { client->certificate->dns_names, client->certificate->common_names }) {
        scope.hosts.insert(scope.hosts.end(), names.begin(), names.end());
    }
    try {
        table.source
            = std::make_shared<const Document>(open_store(postfix_, asked)->read_scope(scope));
        table.source_path = asked.path;
    } catch (const Error&) { // then there is only the answer
    }
}

bool TableAsker::query_as_owner(TableFacts& table, const TableName& asked,
    const std::vector<std::string>& keys, const ServiceFacts& facts) const
{
    DatabaseFile file;
    try {
        file = read_database_file(asked, false);
    } catch (const Error&) { // what postmap said of the table is said already
        return false;
    }
    const LookupQuery bound = bind_query(file.query);
    if (bound.fault != QueryFault::none || !file.domain.empty() || ::geteuid() != 0) {
        return false;
    }
    std::vector<std::string> folded(keys.size());
    std::transform(keys.begin(), keys.end(), folded.begin(),
        [](const std::string& key) { return to_lower(key); });
    for (const HostProbe& probe : probe_hosts(file, bound, folded, facts.parameter("mail_owner"),
             encoding_of(file, facts.parameter("mail_version")))) {
        if (probe.problem.empty()) {
            for (std::size_t i = 0; i < keys.size(); ++i) {
                table.answers.push_back(probe.found[i] ? Answer::found : Answer::missing);
                table.values[i] = probe.values[i];
            }
            return true;
        }
    }
    return false;
}

void TableAsker::query(TableFacts& table, const TableName& asked,
    const std::vector<std::string>& keys, const ServiceFacts& facts)
{
    if (keys.empty()) {
        return;
    }
    try {
        // What finds a fingerprint that nobody has finds every one. An index can only have what
        // somebody listed.
        const bool may_list_anybody = asked.traits().family != TableFamily::index;
        std::vector<std::string> asked_keys = keys;
        if (may_list_anybody) {
            asked_keys.push_back(nobodys_fingerprint(keys.front().size()));
        }
        std::vector<std::string> warnings;
        const auto values = postfix_.query_map(asked, asked_keys, &warnings);
        const auto duplicate = std::find_if(warnings.begin(), warnings.end(),
            [](const std::string& w) { return w.find("duplicate entry") != std::string::npos; });
        if (asked.traits().is_read_once && duplicate != warnings.end()) {
            // postmap only warns, smtpd opens it without that leniency (dict_thash.c).
            fail(table, keys.size(), Answer::fails,
                "a duplicate entry breaks the whole table: " + escape(*duplicate));
            return;
        }
        for (std::size_t i = 0; i < keys.size(); ++i) {
            table.answers.push_back(values[i] ? Answer::found : Answer::missing);
            table.values[i] = values[i].value_or("");
        }
        table.lists_anybody = may_list_anybody && values.back().has_value();
    } catch (const Error& error) {
        if (asked.is_database() && query_as_owner(table, asked, keys, facts)) {
            return;
        }
        const bool same_for_smtpd = asked.traits().answers_anywhere() || ::geteuid() == 0;
        fail(table, keys.size(), same_for_smtpd ? Answer::fails : Answer::unseen, error.what());
    }
}

} // namespace relayctl
