#include "core/audit/listing.hpp"

#include "core/audit/table_finding.hpp"
#include "core/audit/unlisted.hpp"
#include "core/base/text.hpp"
#include "core/postfix/table_name.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::string type_of(const TableFacts& table)
{
    return table.name.substr(0, table.name.find(':'));
}

Match match_of(const TableFacts& table, const Print& print, const std::string& value)
{
    Match match{ table.name, print.kind, print.fingerprint.to_string(), value, "", 0 };
    if (table.source) {
        match.file = table.source_path;
        const Entry* entry = table.source->find(print.fingerprint);
        match.line = entry != nullptr ? entry->line : 0;
    }
    return match;
}

// The tables with this one read by smtpd itself, which does so as root.
std::string without_proxy(const ServiceFacts& facts, const std::string& name)
{
    std::vector<std::string> tables = split_list(facts.parameter("relay_clientcerts"));
    std::replace(tables.begin(), tables.end(), name, name.substr(name.find(':') + 1));
    return join(tables, ", ");
}

Finding explain_failure(
    const TableFacts& table, const ServiceFacts& facts, const Commands& commands)
{
    Finding found = finding(Severity::error, "table-fails",
        escape(table.name) + ": " + table.problem + "; whoever presents a certificate gets 451",
        "");
    found.file = table.source_path;
    const auto name = TableName::parse_if_any(table.name);
    const bool has_map = name && name->has_map();
    if (table.is_hidden_from_proxy) {
        found.id = "proxy-unreadable";
        found.hint = table.is_database
            ? both_commands(command_line({ "chgrp", "postfix", table.source_path }),
                command_line({ "chmod", "640", table.source_path }))
            : commands.set(facts, "relay_clientcerts", without_proxy(facts, table.name));
    } else if (has_map && (table.source || table.map_is_missing)) {
        found.id = table.map_is_missing ? "map-missing" : "table-fails";
        found.hint
            = commands.relayctl(table.source ? "rebuild" : "add CERT HOST", table.name, "--reload");
    } else {
        // A database that fails is to be mended: without its table nobody relays any more.
        found.hint = table_type(type_of(table)).is_read_once || table.is_database
            ? commands.relayctl("verify", table.name)
            : command_without(table.name, facts, commands);
    }
    return found;
}

// A table that finds everybody, or whoever fits a pattern.
void explain_wide_table(const TableFacts& table, const ServiceFacts& facts,
    const Commands& commands, std::vector<Finding>& found)
{
    const std::string type = type_of(table);
    const std::string hint = command_without(table.name, facts, commands);
    if (table.lists_anybody) {
        found.push_back(finding(Severity::error, "static-table",
            escape(table.name) + " lists every certificate there is: anybody who has one may relay",
            hint));
    } else if (table_type(type).family == TableFamily::expressions) {
        found.push_back(finding(Severity::warning, "pattern-table",
            escape(table.name) + " lists by a pattern, not by a fingerprint", hint));
    }
}

// An entry that rotate has marked.
std::optional<Finding> retirement(const Listing& listing, const TableFacts& table)
{
    const auto fingerprint
        = table.source ? Fingerprint::from_key(listing.match->fingerprint) : std::nullopt;
    const Entry* entry = fingerprint ? table.source->find(*fingerprint) : nullptr;
    const Annotation annotation
        = entry == nullptr ? Annotation() : table.source->annotation(*entry);
    if (!annotation.retire_after) {
        return std::nullopt;
    }
    return at(table, *entry,
        finding(Severity::note, "entry-retires",
            "a newer certificate has taken its place: relayctl prune removes it after "
                + to_rfc3339(*annotation.retire_after),
            ""));
}

} // namespace

std::string command_without(
    const std::string& table, const ServiceFacts& facts, const Commands& commands)
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
            const Answer answer
                = print < table.answers.size() ? table.answers[print] : Answer::unseen;
            if (answer == Answer::missing) {
                continue;
            }
            listing.decided_by = &table;
            listing.listed = answer == Answer::found ? Listed::yes
                : answer == Answer::fails            ? Listed::fails
                                                     : Listed::unknown;
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

std::vector<Finding> explain_listing(const Listing& listing, const ServiceFacts& facts,
    const Client& client, const Commands& commands)
{
    std::vector<Finding> found;
    if (listing.listed == Listed::fails && listing.decided_by != nullptr) {
        return { explain_failure(*listing.decided_by, facts, commands) };
    }
    if (listing.decided_by != nullptr && listing.listed == Listed::unknown) {
        return { finding(Severity::warning, "table-unseen",
            "depends on " + escape(listing.decided_by->name) + ": " + listing.decided_by->problem,
            "run it as root") };
    }
    if (listing.listed != Listed::yes || listing.decided_by == nullptr) {
        return explain_unlisted(facts, client, commands);
    }
    const TableFacts& table = *listing.decided_by;
    explain_wide_table(table, facts, commands, found);
    if (table.source && !table.is_database && listing.match->line == 0) {
        Finding still = finding(Severity::error, "still-in-map",
            "the map still lists the client, but the source does not: it was not rebuilt after a "
            "removal",
            commands.relayctl("rebuild", table.name));
        still.file = table.source_path;
        found.push_back(std::move(still));
    }
    if (const auto note = retirement(listing, table)) {
        found.push_back(*note);
    }
    return found;
}

} // namespace relayctl
