#include "core/audit/listing.hpp"

#include "core/base/text.hpp"
#include "core/postfix/table_name.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::string type_of(const TableFacts& table)
{
    return table.name.substr(0, table.name.find(':'));
}

Finding finding(Severity severity, const char* id, std::string message, std::string hint)
{
    return {severity, id, "", 0, 0, std::move(message), std::move(hint)};
}

Finding at(const TableFacts& table, const Entry& entry, Finding found)
{
    found.file = table.source_path;
    found.line = entry.line;
    return found;
}

std::string name_of(const Print& print)
{
    return print.kind == "key" ? "key fingerprint" : print.kind == "cert" ? "certificate fingerprint" : "fingerprint";
}

Match match_of(const TableFacts& table, const Print& print, const std::string& value)
{
    Match match{table.name, print.kind, print.fingerprint.to_string(), value, "", 0};
    if (table.source) {
        match.file = table.source_path;
        const Entry* entry = table.source->find(print.fingerprint);
        match.line = entry != nullptr ? entry->line : 0;
    }
    return match;
}

// What the search for a client that no table lists comes upon.
class Search {
public:
    Search(const ServiceFacts& facts, const Client& client, const Commands& commands) : facts_(facts), client_(client), commands_(commands) {}

    std::vector<Finding> run()
    {
        for (const TableFacts& table : facts_.tables) {
            if (table.source) {
                look_for_same_print(table);
                look_for_other_digest(table);
                look_for_same_host(table);
            }
        }
        if (found_.empty()) {
            found_.push_back(finding(Severity::error, "not-listed", client_.name + ": " + not_listed(), add_command()));
        }
        return std::move(found_);
    }

private:
    std::string not_listed() const
    {
        std::vector<std::string> tables;
        for (const TableFacts& table : facts_.tables) {
            tables.push_back(escape(table.name));
        }
        std::string where = tables.empty() ? "relay_clientcerts is empty" : "is not listed in " + join(tables, ", ");
        if (client_.certificate != nullptr || tables.empty()) {
            return where;
        }
        return where + (client_.key != nullptr ? " by its key; whether the certificate's own fingerprint is cannot be seen from a "
                                                     + std::string(client_.key->source_name())
                                               : "; whether the client's other fingerprint is cannot be seen");
    }

    // The first table of the list that relayctl can change.
    std::string writable_table() const
    {
        for (const TableFacts& table : facts_.tables) {
            const std::size_t colon = table.name.find(':');
            if (colon != std::string::npos && colon + 1 < table.name.size() && TableName::parse(table.name).is_writable()) {
                return table.name;
            }
        }
        return "";
    }

    // host: as the table has it already; else as the certificate names it.
    std::string add_command(const std::string& host = {}) const
    {
        const std::string table = writable_table();
        const auto own_name = client_.certificate != nullptr ? client_.certificate->only_name() : std::nullopt;
        const std::string name = !host.empty() ? shell_quote(host) : own_name ? shell_quote(*own_name) : "HOST";
        const auto& overrides = facts_.service.overrides;
        const bool own_digest = std::any_of(overrides.begin(), overrides.end(), [](const auto& o) { return o.first == "smtpd_tls_fingerprint_digest"; });
        const std::string digest = own_digest && facts_.digest ? "-d " + facts_.digest->name() : "";
        const std::string words = "add " + client_.add_words + ' ' + name;
        if (!table.empty()) {
            return commands_.relayctl(words, table, digest);
        }
        const std::string& configured = facts_.parameter("relay_clientcerts");
        const std::string fresh = facts_.parameter("default_database_type") + ':' + facts_.parameter("config_directory") + "/relay_clients";
        return commands_.relayctl(words, fresh, digest) + " && "
            + commands_.set(facts_, "relay_clientcerts", configured + (configured.empty() ? "" : ", ") + fresh);
    }

    void look_for_same_print(const TableFacts& table)
    {
        if (!facts_.digest) {
            return;
        }
        for (const Print& print : client_.prints(*facts_.digest)) {
            if (const Entry* entry = table.source->find(print.fingerprint)) {
                found_.push_back(at(table, *entry,
                                    finding(Severity::error, "not-rebuilt", "the source lists the client, but the map does not: it was not rebuilt",
                                            commands_.relayctl("rebuild", table.name))));
                continue;
            }
            for (const Entry& entry : table.source->entries()) {
                if (table.source->meant_fingerprint(entry) == print.fingerprint) {
                    found_.push_back(at(table, entry,
                                        finding(Severity::error, "badly-written",
                                                "the entry means this client, but is written in a way that never matches: "
                                                    + quote(table.source->key(entry), 100),
                                                commands_.relayctl("remove " + shell_quote(table.source->key(entry)), table.name) + " && "
                                                    + add_command(std::string(table.source->value(entry))))));
                    break;
                }
            }
        }
    }

    void look_for_other_digest(const TableFacts& table)
    {
        for (const char* name : {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}) {
            const auto digest = Digest::find(name);
            if (!digest || digest == facts_.digest) {
                continue;
            }
            for (const Print& print : client_.prints(*digest)) {
                const Entry* entry = client_.fingerprint ? nullptr : table.source->find(print.fingerprint);
                if (entry != nullptr) {
                    found_.push_back(at(table, *entry,
                                        finding(Severity::error, "other-digest",
                                                "the entry is the client's " + std::string(name) + ' ' + name_of(print) + ", but smtpd computes "
                                                    + (facts_.digest ? facts_.digest->name() : "none"),
                                                add_command(std::string(table.source->value(*entry))))));
                }
            }
        }
    }

    // Most likely the certificate was renewed.
    void look_for_same_host(const TableFacts& table)
    {
        if (client_.certificate == nullptr || !found_.empty()) {
            return;
        }
        const auto& names = client_.certificate->dns_names.empty() ? client_.certificate->common_names : client_.certificate->dns_names;
        for (const Entry& entry : table.source->entries()) {
            const bool same = std::any_of(names.begin(), names.end(),
                                          [&](const std::string& name) { return equal_ignoring_case(name, table.source->value(entry)); });
            if (same) {
                found_.push_back(at(table, entry,
                                    finding(Severity::error, "other-certificate",
                                            escape(table.source->value(entry)) + " is listed with another fingerprint: an older certificate of the same name?",
                                            add_command(std::string(table.source->value(entry))))));
                return;
            }
        }
    }

    const ServiceFacts& facts_;
    const Client& client_;
    const Commands& commands_;
    std::vector<Finding> found_;
};

// The tables with this one read by smtpd itself, which does so as root.
std::string without_proxy(const ServiceFacts& facts, const std::string& name)
{
    std::vector<std::string> tables = split_list(facts.parameter("relay_clientcerts"));
    std::replace(tables.begin(), tables.end(), name, name.substr(name.find(':') + 1));
    return join(tables, ", ");
}

Finding explain_failure(const TableFacts& table, const ServiceFacts& facts, const Commands& commands)
{
    Finding found = finding(Severity::error, "table-fails", escape(table.name) + ": " + table.problem + "; whoever presents a certificate gets 451", "");
    found.file = table.source_path;
    const bool has_map = table.name.find(':') != std::string::npos && table.name.back() != ':' && TableName::parse(table.name).has_map();
    if (type_of(table) == "proxy") {
        found.id = "proxy-unreadable";
        found.hint = commands.set(facts, "relay_clientcerts", without_proxy(facts, table.name));
    } else if (has_map && (table.source || table.map_is_missing)) {
        found.id = table.map_is_missing ? "map-missing" : "table-fails";
        found.hint = commands.relayctl(table.source ? "rebuild" : "add CERT HOST", table.name, "--reload");
    } else {
        found.hint = type_of(table) == "texthash" ? commands.relayctl("verify", table.name) : command_without(table.name, facts, commands);
    }
    return found;
}

// A table that finds everybody, or whoever fits a pattern.
void explain_wide_table(const TableFacts& table, const ServiceFacts& facts, const Commands& commands, std::vector<Finding>& found)
{
    const std::string type = type_of(table);
    const std::string hint = command_without(table.name, facts, commands);
    if (table.lists_anybody) {
        found.push_back(finding(Severity::error, "static-table", escape(table.name) + " lists every certificate there is: anybody who has one may relay", hint));
    } else if (type == "regexp" || type == "pcre") {
        found.push_back(finding(Severity::warning, "pattern-table", escape(table.name) + " lists by a pattern, not by a fingerprint", hint));
    }
}

} // namespace

std::string command_without(const std::string& table, const ServiceFacts& facts, const Commands& commands)
{
    std::vector<std::string> rest = split_list(facts.parameter("relay_clientcerts"));
    rest.erase(std::remove(rest.begin(), rest.end(), table), rest.end());
    return commands.set(facts, "relay_clientcerts", join(rest, ", "));
}

Listing look_up(const ServiceFacts& facts, const Client& client)
{
    Listing listing;
    if (!facts.digest) {
        return listing;
    }
    const auto prints = client.prints(*facts.digest);
    for (std::size_t i = 0; i < prints.size(); ++i) {
        const std::size_t print = facts.asks_key_first() ? prints.size() - 1 - i : i;
        for (const TableFacts& table : facts.tables) {
            const Answer answer = print < table.answers.size() ? table.answers[print] : Answer::unseen;
            if (answer == Answer::missing) {
                continue;
            }
            listing.decided_by = &table;
            listing.listed = answer == Answer::found ? Listed::yes : answer == Answer::fails ? Listed::fails : Listed::unknown;
            if (answer == Answer::found) {
                listing.match = match_of(table, prints[print], table.values[print]);
            }
            return listing;
        }
    }
    const bool partial = client.certificate == nullptr;
    listing.listed = partial && !facts.tables.empty() ? Listed::unknown : Listed::no;
    return listing;
}

std::vector<Finding> explain_listing(const Listing& listing, const ServiceFacts& facts, const Client& client, const Commands& commands)
{
    std::vector<Finding> found;
    if (listing.listed == Listed::fails) {
        return {explain_failure(*listing.decided_by, facts, commands)};
    }
    if (listing.decided_by != nullptr && listing.listed == Listed::unknown) {
        return {finding(Severity::warning, "table-unseen", "depends on " + escape(listing.decided_by->name) + ": " + listing.decided_by->problem, "run it as root")};
    }
    if (listing.listed != Listed::yes) {
        return Search(facts, client, commands).run();
    }
    const TableFacts& table = *listing.decided_by;
    explain_wide_table(table, facts, commands, found);
    if (table.source && listing.match->line == 0) {
        Finding still = finding(Severity::error, "still-in-map", "the map still lists the client, but the source does not: it was not rebuilt after a removal",
                                commands.relayctl("rebuild", table.name));
        still.file = table.source_path;
        found.push_back(std::move(still));
    }
    return found;
}

} // namespace relayctl
