#include "core/audit/listing.hpp"

#include "core/audit/berkeley_audit.hpp"
#include "core/audit/removal_in_words.hpp"
#include "core/audit/table_finding.hpp"
#include "core/audit/unlisted.hpp"
#include "core/base/local_day.hpp"
#include "core/base/text.hpp"
#include "core/postfix/table_name.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns the entry of the table that lists this fingerprint, with its line where the source can be
// read and has it.
Match match_of(const TableFacts& table, const ClientFingerprint& known, const std::string& value)
{
    Match match{ table.name, known.kind, known.fingerprint.to_string(), value, "", 0 };
    if (table.source) {
        match.file = table.source_path;
        const Entry* entry = table.source->find(known.fingerprint);
        match.line = entry != nullptr ? entry->line : 0;
    }
    return match;
}

// Explains a table that proxymap cannot get at. found: the finding about its failure.
Finding explain_hidden(
    const TableFacts& table, const ServiceFacts& facts, const Repair& repair, Finding found)
{
    found.id = "proxy-unreadable";
    // A file needs no proxymap: smtpd opens it as root, before it enters a chroot. A database
    // may need proxymap for its connections, so its file becomes readable for that group.
    if (!table.is_database) {
        return repair.with_settings(
            facts, std::move(found), { { "relay_clientcerts", without_proxy(facts, table) } });
    }
    if (!table.closed_directory.empty()) {
        const std::string passable = command_line({ "chmod", "a+x", table.closed_directory });
        return repair.with_mending(facts, std::move(found), { { passable }, false, {} });
    }
    const std::string readable
        = both_commands(command_line({ "chgrp", "postfix", table.source_path }),
            command_line({ "chmod", "640", table.source_path }));
    return repair.with_mending(facts, std::move(found), { { readable }, false, {} });
}

// Explains a table that cannot be asked, by the first cause of these that fits: proxymap may not
// read it, its map is missing or broken, map and source are missing, or something else.
Finding explain_failure(const TableFacts& table, const ServiceFacts& facts, const Repair& repair)
{
    Finding found = finding(Severity::error, "table-fails",
        escape(table.name) + ": " + table.problem + "; whoever presents a certificate gets 451",
        "");
    found.file = table.source_path;
    const std::string logged = without_debug(table.name);
    const auto name = TableName::parse_if_any(logged);
    if (table.is_forbidden) {
        found.id = "proxy-not-allowed";
        return repair.with_settings(facts, std::move(found), settings_to_allow(facts, logged));
    }
    if (!name) {
        return repair.with_settings(facts, std::move(found),
            { { "relay_clientcerts", join(tables_with_types(facts), ", ") } });
    }
    const bool has_map = name->has_map();
    if (table.is_hidden_from_proxy) {
        return explain_hidden(table, facts, repair, std::move(found));
    }
    if (is_without_berkeley_db(table)) {
        found.id = "berkeley-db-gone";
        found.hint = "take another type for it: NON_BERKELEYDB_README of Postfix";
        return repair.with_mending(facts, std::move(found), way_out(facts, table, repair));
    }
    if (has_map && table.source) {
        // --reload is part of the command, because a smtpd that has met the missing map answers 451
        // until it is started anew (observed on 3.7.11).
        found.id = table.map_is_missing ? "map-missing" : "table-fails";
        return repair.with_mending(facts, std::move(found),
            { { repair.relayctl("rebuild", logged, "--reload") }, false, {} });
    }
    if (has_map && table.map_is_missing) {
        found.id = "map-missing";
        found.hint = "its source is missing, too; make both with a client: "
            + repair.relayctl("add CERT HOST", logged, "--reload");
        return found;
    }
    // Clients depend on this table, so it is mended and not taken out.
    const bool is_ours = table_type(type_of(logged)).is_read_once || table.is_database;
    found.hint = is_ours ? "to see what is wrong with it: " + repair.relayctl("verify", logged)
                         : "mend the table: postmap -q says what is wrong with it";
    return found;
}

// Adds a finding if the table lists everybody, or whoever fits a pattern.
void explain_wide_table(const TableFacts& table, const ServiceFacts& facts, const Repair& repair,
    std::vector<Finding>& found)
{
    const std::string type = type_of(table.name);
    const std::string hint = hint_for_wide_table(table, facts, repair);
    if (table.lists_anybody) {
        found.push_back(finding(Severity::error, "static-table",
            escape(table.name) + " lists every certificate there is: anybody who has one may relay",
            hint));
    } else if (table_type(type).family == TableFamily::expressions) {
        found.push_back(finding(Severity::warning, "pattern-table",
            escape(table.name) + " lists by a pattern, not by a fingerprint", hint));
    }
}

// Returns the note about an entry that rotate has marked to be retired, or of which the
// administrator has set the end.
std::optional<Finding> retirement(const Listing& listing, const TableFacts& table)
{
    // The map may give a fingerprint that the source does not have; then there is no annotation to
    // look at.
    const auto fingerprint
        = table.source ? Fingerprint::from_key(listing.match->fingerprint) : std::nullopt;
    const Entry* entry = fingerprint ? table.source->find(*fingerprint) : nullptr;
    const Annotation annotation
        = entry == nullptr ? Annotation() : table.source->annotation(*entry);
    if (annotation.until
        && (!annotation.retire_after || annotation.until < annotation.retire_after)) {
        return at(table, *entry,
            finding(Severity::note, "entry-ends",
                "it is to relay until " + end_in_words(*annotation.until)
                    + ": then relayctl prune removes it",
                ""));
    }
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

std::string hint_for_wide_table(
    const TableFacts& table, const ServiceFacts& facts, const Repair& repair)
{
    std::vector<std::string> rest = configured_tables(facts);
    std::erase(rest, table.name);
    const std::string command = table.lists_anybody && !rest.empty()
        ? repair.set(facts, "relay_clientcerts", join(rest, ", "))
        : "";
    return !command.empty() ? command
                            : "list the clients by their fingerprints in another table, then take "
                              "this one out of relay_clientcerts";
}

Listing look_up(const ServiceFacts& facts, const Client& client)
{
    Listing listing;
    // Without a digest smtpd has no TLS, and nobody is looked up.
    if (!facts.digest) {
        return listing;
    }
    const auto fingerprints = client.fingerprints(*facts.digest);
    for (std::size_t i = 0; i < fingerprints.size(); ++i) {
        // From 3.9 on permit_tls_clientcerts() looks up the fingerprint of the key first; older
        // versions begin with that of the certificate.
        const std::size_t number = facts.asks_key_first() ? fingerprints.size() - 1 - i : i;
        for (const TableFacts& table : facts.tables) {
            // A fingerprint beyond the answers was never asked for, so nothing is known of it.
            const LookupStatus answer
                = number < table.answers.size() ? table.answers[number] : LookupStatus::unseen;
            if (answer == LookupStatus::missing) {
                continue;
            }
            listing.decided_by = &table;
            listing.listed = answer == LookupStatus::found ? Listed::yes
                : answer == LookupStatus::fails            ? Listed::fails
                                                           : Listed::unknown;
            if (answer == LookupStatus::found) {
                listing.match = match_of(table, fingerprints[number], table.values[number]);
            }
            return listing;
        }
    }
    // Of a client without its certificate the other fingerprint may be listed, so a miss says
    // nothing, unless it is asked about an entry.
    const bool partial = client.certificate == nullptr && !client.is_of_entry;
    listing.listed = partial && !facts.tables.empty() ? Listed::unknown : Listed::no;
    return listing;
}

std::vector<Finding> explain_listing(
    const Listing& listing, const ServiceFacts& facts, const Client& client, const Repair& repair)
{
    std::vector<Finding> found;
    if (listing.listed == Listed::fails && listing.decided_by != nullptr) {
        return { explain_failure(*listing.decided_by, facts, repair) };
    }
    if (listing.decided_by != nullptr && listing.listed == Listed::unknown) {
        return { finding(Severity::warning, "table-unseen",
            "depends on " + escape(listing.decided_by->name) + ": " + listing.decided_by->problem,
            "run it as root") };
    }
    // No table decided: the client is not listed, or it was only assumed to be.
    if (listing.listed != Listed::yes || listing.decided_by == nullptr) {
        found = explain_unlisted(facts, client, repair);
        tell_removal(found, client, repair);
        return found;
    }
    const TableFacts& table = *listing.decided_by;
    explain_wide_table(table, facts, repair, found);
    // A row of a database has no line, so line 0 tells nothing of it.
    if (table.source && !table.is_database && listing.match->line == 0) {
        Finding still = finding(Severity::error, "still-in-map",
            "the map still lists the client, but the source does not: it was not rebuilt after a "
            "removal",
            repair.relayctl("rebuild", table.name));
        still.file = table.source_path;
        found.push_back(std::move(still));
    }
    if (const auto note = retirement(listing, table)) {
        found.push_back(*note);
    }
    return found;
}

} // namespace relayctl
