// A table is asked as smtpd would ask it: with the key as smtpd writes it, as the user whom a
// server would see, and with the flags of the process that opens it. What cannot be tried from
// here, such as a table inside a chroot, is unseen and never taken for a no.
#include "core/inspect/table_lookup.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/passable.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/inspect/ask_berkeley.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/source_file.hpp"
#include "core/store/sql/host_probe.hpp"
#include "core/store/store.hpp"

#include <unistd.h>

#include <algorithm>

namespace relayctl {

namespace {

// Lets the lookup of every key end in the same way.
void end_lookups(TableFacts& table, std::size_t keys, LookupStatus answer, std::string problem)
{
    table.answers.assign(keys, answer);
    table.problem = std::move(problem);
}

// Asks a database as the owner of the mail system, as smtpd and proxymap do: postmap connects as
// root, whom the server may not let in. Returns false if that cannot be done.
bool query_as_owner(TableFacts& table, const TableName& opened,
    const std::vector<std::string>& keys, const ServiceFacts& facts)
{
    DatabaseFile file;
    try {
        file = read_database_file(opened, false);
    } catch (const Error&) { // postmap has failed for the same reason, and said so
        return false;
    }
    const LookupQuery bound = bind_query(file.query);
    // As another user than root relayctl cannot become the owner of the mail system.
    if (bound.fault != QueryFault::none || !file.domain.empty() || ::geteuid() != 0) {
        return false;
    }
    std::vector<std::string> folded(keys.size());
    std::transform(keys.begin(), keys.end(), folded.begin(),
        [](const std::string& key) { return to_lower(key); });
    // The first server that answers decides, as for Postfix.
    for (const HostProbe& probe : probe_hosts(file, bound, folded, facts.parameter("mail_owner"),
             encoding_of(file, facts.parameter("mail_version")))) {
        if (probe.problem.empty()) {
            for (std::size_t i = 0; i < keys.size(); ++i) {
                table.answers.push_back(
                    probe.found[i] ? LookupStatus::found : LookupStatus::missing);
                table.values[i] = probe.values[i];
            }
            return true;
        }
    }
    return false;
}

} // namespace

// Tables of several services are asked once; digest and chroot change what they say.
TableFacts TableLookup::look_up(const std::string& name, const ServiceFacts& facts)
{
    const auto [found, is_new] = known_.try_emplace(
        { name, facts.digest ? facts.digest->name() : "", facts.service.chroot });
    if (is_new) {
        found->second = ask(name, facts);
    }
    return found->second;
}

TableFacts TableLookup::ask(const std::string& name, const ServiceFacts& facts)
{
    TableFacts table;
    table.name = name;
    std::vector<std::string> keys;
    // Without a digest smtpd computes no fingerprint and asks for none.
    if (query_.client != nullptr && facts.digest) {
        for (const ClientFingerprint& known : query_.client->fingerprints(*facts.digest)) {
            keys.push_back(known.fingerprint.to_string());
        }
    }
    table.values.resize(keys.size());
    const auto opened = opened_table(name, facts);
    if (!opened) {
        // smtpd cannot use such a name, and 3.7 ends with a fatal error. For this table the lookups
        // count as failed.
        end_lookups(
            table, keys.size(), LookupStatus::fails, "it is no table: TYPE:NAME is expected");
        return table;
    }
    if (opened->is_forbidden) {
        table.is_forbidden = true;
        end_lookups(table, keys.size(), LookupStatus::fails, "it is not in proxy_read_maps");
        return table;
    }
    table.is_database = opened->table.is_database();
    table.source_path = table.is_database ? opened->table.path : "";
    if (is_named_by_file(opened->table) && !read_files(table, *opened, facts, keys.size())) {
        return table;
    }
    // Inside the chroot a socket or a file of the server may be missing, which cannot be tried from
    // here.
    if (facts.service.chroot && !opened->by_proxy && !opened->table.traits().answers_anywhere()) {
        end_lookups(
            table, keys.size(), LookupStatus::unseen, "smtpd asks it from inside its chroot");
        return table;
    }
    // Rows only explain; the lookup below decides.
    if (table.is_database) {
        read_rows(table, opened->table);
    }
    query(table, opened->table, keys, facts);
    if (opened->by_proxy && !facts.has_changed(Change::proxy_folds_keys)) {
        query_without_folding(table, opened->table, keys);
    }
    return table;
}

bool TableLookup::read_files(
    TableFacts& table, const OpenedTable& opened, const ServiceFacts& facts, std::size_t keys) const
{
    const TableName& name = opened.table;
    if (name.has_source()) {
        read_source(table, name);
        table.berkeley = ask_berkeley(postfix_, name);
    }
    const TableName by_postfix = postfix_.opened(name);
    table.is_sized_by_parameter = !by_postfix.traits().size_parameter.empty();
    const std::string file = name.has_map() ? map_file_of(by_postfix) : name.path;
    const auto status = stat_of(file);
    // A table of two files, such as dbm, has no file of the table's own name.
    if (!status && !name.traits().has_two_files && !postfix_.makes_missing_map(name)) {
        table.map_is_missing = true;
        if (table.berkeley && is_without_type(table, name, keys)) {
            return false;
        }
        end_lookups(table, keys, LookupStatus::fails, escape(file) + " does not exist");
        return false;
    }
    const std::string& owner = facts.parameter("mail_owner");
    // proxymap is not root (proxymap(8)), so the rights of the file decide.
    if (opened.by_proxy && status && !owner.empty() && !may_read(*status, owner)) {
        table.is_hidden_from_proxy = true;
        end_lookups(table, keys, LookupStatus::fails,
            "proxymap runs as " + escape(owner) + ", who cannot read " + escape(file));
        return false;
    }
    const auto closed = opened.by_proxy ? closed_directory(file, owner) : std::nullopt;
    if (closed) {
        table.is_hidden_from_proxy = true;
        table.closed_directory = *closed;
        end_lookups(table, keys, LookupStatus::fails,
            "proxymap runs as " + escape(owner) + ", who cannot pass " + escape(*closed));
        return false;
    }
    // smtpd opens the file as root, so that this user cannot read it says nothing of smtpd.
    if (::access(file.c_str(), R_OK) != 0 && errno == EACCES) {
        end_lookups(
            table, keys, LookupStatus::unseen, escape(file) + " cannot be read by this user");
        return false;
    }
    return true;
}

bool TableLookup::is_without_type(
    TableFacts& table, const TableName& opened, std::size_t keys) const
{
    try {
        postfix_.query_map(opened, { "nobody" });
    } catch (const Error& error) {
        // nbdb_surrogate.c
        if (std::string_view(error.what()).find("Berkeley DB support") != std::string_view::npos) {
            end_lookups(table, keys, LookupStatus::fails, error.what());
            return true;
        }
    }
    return false;
}

void TableLookup::read_source(TableFacts& table, const TableName& opened) const
{
    table.source_path = opened.path;
    const auto known = query_.sources.find(opened.path);
    table.source = known != query_.sources.end() ? known->second : nullptr;
    if (table.source || !query_.reads_sources) {
        return;
    }
    try {
        if (const auto file = open_source_if_any(opened)) {
            table.source = std::make_shared<const Document>(read_open_file(*file, opened.path));
        }
    } catch (const Error&) { // a source that cannot be read changes no verdict
    }
}

void TableLookup::read_rows(TableFacts& table, const TableName& opened) const
{
    // Rows are read to explain why a certificate is not found: by all its digests, and by its
    // names.
    const Client* client = query_.client;
    if (client == nullptr || client->certificate == nullptr || !query_.reads_sources) {
        return;
    }
    Scope scope;
    for (const Digest& digest : Digest::all()) {
        for (const ClientFingerprint& known : client->fingerprints(digest)) {
            scope.fingerprints.push_back(known.fingerprint);
        }
        if (const auto other = client->other_key_fingerprint(digest)) {
            scope.fingerprints.push_back(*other);
        }
    }
    for (const auto& names :
        { client->certificate->dns_names, client->certificate->common_names }) {
        scope.hosts.insert(scope.hosts.end(), names.begin(), names.end());
    }
    try {
        table.source
            = std::make_shared<const Document>(open_store(postfix_, opened)->read_scope(scope));
        table.source_path = opened.path;
    } catch (const Error&) { // the lookups are what decides
    }
}

void TableLookup::query(TableFacts& table, const TableName& opened,
    const std::vector<std::string>& keys, const ServiceFacts& facts)
{
    if (keys.empty()) {
        return;
    }
    try {
        query_by_postmap(table, opened, keys);
    } catch (const Error& error) {
        if (opened.is_database() && query_as_owner(table, opened, keys, facts)) {
            return;
        }
        // A table that answers everywhere alike fails for smtpd as well; so does one that root
        // cannot ask.
        // Another user than root may lack a right that smtpd has.
        const bool same_for_smtpd = opened.traits().answers_anywhere() || ::geteuid() == 0;
        end_lookups(table, keys.size(), same_for_smtpd ? LookupStatus::fails : LookupStatus::unseen,
            error.what());
    }
}

void TableLookup::query_by_postmap(
    TableFacts& table, const TableName& opened, const std::vector<std::string>& keys)
{
    // A table that finds a fingerprint which nobody has finds every one. An index has only the keys
    // that were put into it, so it need not be asked.
    const bool may_list_anybody = opened.traits().family != TableFamily::index;
    std::vector<std::string> asked = keys;
    if (may_list_anybody) {
        const std::size_t bytes = (keys.front().size() + 1) / 3; // "AA:BB:CC"
        asked.push_back(fingerprint_of_nobody(bytes).to_string());
    }
    std::vector<std::string> warnings;
    const auto values = postfix_.query_map(opened, asked, &warnings);
    const auto duplicate = std::find_if(warnings.begin(), warnings.end(),
        [](const std::string& w) { return w.find("duplicate entry") != std::string::npos; });
    if (opened.traits().is_read_once && duplicate != warnings.end()) {
        // postmap only warns, smtpd opens the table without that leniency (dict_thash.c).
        end_lookups(table, keys.size(), LookupStatus::fails,
            "a duplicate entry breaks the whole table: " + escape(*duplicate));
        return;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        table.answers.push_back(values[i] ? LookupStatus::found : LookupStatus::missing);
        table.values[i] = values[i].value_or("");
    }
    table.lists_anybody = may_list_anybody && values.back().has_value();
}

// Up to Postfix 3.10 proxymap opens a table without DICT_FLAG_FOLD_FIX, a flag of the single
// request (DICT_FLAG_RQST_MASK in dict.h), so that the keys of files which are read as it opens
// stay in capitals. A lookup has the flag, and texthash: and inline: fold the key that is looked
// up; a table made of others does not, nor do those that it asks. Observed with 3.7.11 and 3.10.13.
void TableLookup::query_without_folding(
    TableFacts& table, const TableName& opened, const std::vector<std::string>& keys)
{
    const bool has_own_keys = opened.type == "texthash" || opened.type == "inline";
    const bool asks_others = opened.type == "unionmap" || opened.type == "pipemap";
    // What is not found with folding is not found without it either.
    const bool found_any
        = std::find(table.answers.begin(), table.answers.end(), LookupStatus::found)
        != table.answers.end();
    if ((!has_own_keys && !asks_others) || !found_any) {
        return;
    }
    std::vector<std::string> spelled = keys;
    for (std::string& key : spelled) {
        key = has_own_keys ? to_lower(key) : key;
    }
    const auto values = postfix_.query_map(opened, spelled, nullptr, false);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (table.answers[i] == LookupStatus::found && !values[i]) {
            table.answers[i] = LookupStatus::missing;
            table.values[i].clear();
            table.is_unfolded = true;
        }
    }
}

} // namespace relayctl
