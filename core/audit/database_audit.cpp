#include "core/audit/database_audit.hpp"

#include "core/audit/key_audit.hpp"
#include "core/audit/ownership_audit.hpp"
#include "core/base/text.hpp"
#include "core/postfix/changes_by_version.hpp"
#include "core/postfix/passwords.hpp"
#include "core/store/sql/sql_database.hpp"
#include "core/store/sql/sql_state.hpp"
#include "core/table/host.hpp"
#include "core/table/refusing_value.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// An error of a database is a temporary one of the lookup: reject_dict_retry() in smtpd_check.c.
constexpr const char* everybody_451
    = "smtpd answers 451 to every client that presents a certificate";

class DatabaseAudit {
public:
    DatabaseAudit(const DatabaseFacts& facts, const Repair& repair)
        : facts_(facts)
        , repair_(repair)
    {
    }

    std::vector<Finding> run()
    {
        audit_settings();
        audit_query();
        audit_rights();
        audit_arguments();
        audit_servers();
        return std::move(findings_);
    }

private:
    void add(Severity severity, const char* id, const std::string& file, std::string message,
        std::string hint)
    {
        findings_.push_back({ severity, id, file, 0, 0, std::move(message), std::move(hint) });
    }
    void add(Severity severity, const char* id, std::string message, std::string hint)
    {
        add(severity, id, facts_.file.path, std::move(message), std::move(hint));
    }

    void audit_settings()
    {
        for (const std::string& line : facts_.file.problems) {
            add(Severity::error, "settings-malformed",
                line + " is no 'name = value', with which smtpd ends", "");
        }
        // Observed on 3.7: "bad string length 0 < 1: dbname =", also where all hosts are URIs,
        // which later versions take.
        const bool only_uris = std::all_of(facts_.file.hosts.begin(), facts_.file.hosts.end(),
            [](const DatabaseHost& host) { return host.is_uri; });
        if (facts_.file.dbname.empty()) {
            add(only_uris ? Severity::warning : Severity::error, "dbname-missing",
                only_uris ? "dbname is not set: before Postfix 3.10 smtpd ends with it, also where "
                            "all hosts are URIs"
                          : "dbname is not set, without which smtpd cannot use the table",
                "add to " + shell_quote(facts_.file.path) + ": dbname = NAME");
        }
        if (!facts_.file.domain.empty()) {
            add(Severity::error, "lookups-suppressed",
                "domain = " + quote(facts_.file.domain)
                    + ": Postfix asks only for addresses of these domains, never for a fingerprint",
                "remove the line with domain");
        }
    }

    // Judges the query as db_common_parse() and db_common_expand() in db_common.c expand it.
    void audit_query()
    {
        const std::string right = "query = SELECT host FROM relay_clients WHERE fingerprint = '%s'";
        switch (facts_.query.fault) {
        case QueryFault::none:
            break;
        case QueryFault::missing:
            add(Severity::error, "query-missing",
                "there is no query, nor table, select_field and where_field to make one of: smtpd "
                "ends with it",
                right);
            return;
        case QueryFault::malformed:
            add(Severity::error, "query-malformed",
                quote(facts_.query.place)
                    + " in the query is nothing that Postfix can fill in: smtpd ends with it, or "
                      "the server refuses it",
                right);
            return;
        case QueryFault::suppressed:
            add(Severity::error, "lookups-suppressed",
                quote(facts_.query.place)
                    + " in the query is a part of a mail address: Postfix never asks it for a "
                      "fingerprint, which has no '@'",
                "use '%s'");
            return;
        case QueryFault::unquoted:
            add(Severity::error, "query-unquoted",
                quote(facts_.query.place)
                    + " in the query is not in single quotes: with a fingerprint in its place it "
                      "is no SQL, and "
                    + everybody_451,
                "write '" + facts_.query.place + "' with single quotes around it");
            return;
        case QueryFault::no_key:
            add(Severity::error, "query-without-key",
                "the query has no '%s' in it: what it finds, it finds for every client", right);
            return;
        }
        if (!facts_.shape) {
            add(Severity::warning, "query-unclear",
                "the table and columns of this query are not known: "
                    + quote(facts_.file.query, 200),
                "name them beside it, for relayctl alone: table, where_field, select_field");
        }
    }

    // Adds a finding if others can read a password, or write the file.
    void audit_rights()
    {
        const auto look = [&](const std::string& path, const struct stat& status,
                              const std::optional<WeakPoint>& weak, bool has_password) {
            if (has_password && everybody_may_read(status)) {
                add(Severity::error, "password-readable", path,
                    "has a password in it, and everybody on this machine can read it",
                    command_to_hide(path));
            }
            if (weak) {
                add(Severity::error, "config-writable", weak->path, decides(*weak), weak->repair);
            }
        };
        look(facts_.file.path, facts_.status, facts_.weak, facts_.file.has_password());
        if (facts_.admin_status) {
            look(admin_file_of(facts_.file.path), *facts_.admin_status, facts_.admin_weak, true);
        }
    }

    // Takes the file from others. proxymap, which runs as mail_owner, must still read its file.
    std::string command_to_hide(const std::string& path) const
    {
        return path != facts_.file.path || !facts_.is_hidden_by_mode
            ? command_line({ "chmod", "o=", path })
            : facts_.status.st_gid != 0 ? "take it from others once proxymap reads it by its group"
                                        : both_commands(command_line({ "chgrp", "postfix", path }),
                                            command_line({ "chmod", "g=r,o=", path }));
    }

    // The -o options of master.cf are arguments of smtpd, which everybody can see. A table without
    // a file of its own has its password in a parameter like pgname_password.
    void audit_arguments()
    {
        for (const Service& service : facts_.services) {
            for (const auto& [name, value] : service.overrides) {
                const auto words = split_list(value);
                const bool has_any = has_password_in(value)
                    || std::any_of(words.begin(), words.end(), has_password_in);
                if (name.ends_with("_password") || has_any) {
                    add(Severity::error, "password-in-ps",
                        escape(service.name) + ": -o " + escape(name)
                            + "=... in master.cf is an argument of smtpd: everybody on this "
                              "machine sees the password with ps",
                        "put it into a file of its own that only root, or root and the group "
                        "postfix, can read");
                }
            }
        }
    }

    // Judges the answers of the servers. Of the failures only one is reported: a missing right or a
    // failing query has a hint that helps, while a server that is down has none.
    void audit_servers()
    {
        if (facts_.file.dbname.empty()
            && std::any_of(facts_.file.hosts.begin(), facts_.file.hosts.end(),
                [](const DatabaseHost& host) { return !host.is_uri; })) {
            return; // audit_settings() has said it
        }
        std::vector<std::string> down;
        for (const HostProbe& probe : facts_.probes) {
            if (!probe.problem.empty()) {
                down.push_back(escape(probe.host) + ": " + probe.problem);
            }
        }
        const HostProbe* denied = first(
            [](const HostProbe& probe) { return probe.state == sql_state::permission_denied; });
        const HostProbe* failing = first(
            [](const HostProbe& probe) { return probe.is_connected && !probe.problem.empty(); });
        if (denied != nullptr) {
            add_denied(*denied);
        } else if (failing != nullptr) {
            add_failing(*failing);
        } else if (!down.empty() && down.size() == facts_.probes.size()) {
            // Only when no host answers do clients get 451. dict_pgsql.c tries the hosts one after
            // the other.
            add(Severity::error, "database-unreachable", join(down, "; ") + ": " + everybody_451,
                "");
        } else if (!down.empty()) {
            add(Severity::warning, "database-host-down",
                join(down, "; ") + "; the other hosts answer", "");
        }
        // The first fingerprint that was asked is one that nobody has.
        const HostProbe* anybody = first(
            [](const HostProbe& probe) { return !probe.found.empty() && probe.found.front(); });
        if (anybody != nullptr) {
            add(Severity::error, "static-table",
                "the query finds a fingerprint that nobody has: anybody who has a certificate may "
                "relay",
                "");
        }
    }

    // Says which right is missing and the GRANT for it.
    void add_denied(const HostProbe& probe)
    {
        const std::string role = facts_.file.user.empty() ? "postfix" : facts_.file.user;
        add(Severity::error, "select-denied",
            "the role " + quote(facts_.file.user) + " may not read what the query asks for ("
                + probe.problem + "): " + everybody_451,
            facts_.shape ? "in psql, as the owner of the table: "
                    + database_of({ facts_.file.type, facts_.file.path })
                          .grant(*facts_.shape, { role, "" })
                          .front()
                    + ';'
                         : "");
    }

    void add_failing(const HostProbe& probe)
    {
        add(Severity::error, "query-fails",
            escape(probe.host) + " does not answer the query (" + probe.problem
                + "): " + everybody_451,
            sql_state::is_one_of(probe.state, sql_state::about_table)
                ? repair_.relayctl("init", "pgsql:" + facts_.file.path)
                : "what the server says names the fault: mend the query, or the table in "
                  "the database");
    }

    template <typename Predicate> const HostProbe* first(Predicate predicate) const
    {
        const auto found = std::find_if(facts_.probes.begin(), facts_.probes.end(), predicate);
        return found == facts_.probes.end() ? nullptr : &*found;
    }

    const DatabaseFacts& facts_;
    const Repair& repair_;
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> audit_database(const DatabaseFacts& facts, const Repair& repair)
{
    return DatabaseAudit(facts, repair).run();
}

// Before 3.8 Postfix talks LATIN1 with PostgreSQL (pgsql_table(5), encoding).
RowAudit::RowAudit(const TableName& table, const Digest& digest, const std::string& mail_version,
    const Repair& repair)
    : table_(table)
    , digest_(digest)
    , repair_(repair)
    , is_latin_(!has_change(mail_version, Change::databases_in_utf8))
{
}

void RowAudit::add(Severity severity, const char* id, std::string message, std::string hint)
{
    findings_.push_back(
        { severity, id, table_.behind_proxy().path, 0, 0, std::move(message), std::move(hint) });
}

void RowAudit::add(const Document& part)
{
    for (const Entry& entry : part.entries()) {
        examine(part, entry);
    }
}

// Judges one row. No line is named, because a row has none; the message begins with key and value
// instead.
void RowAudit::examine(const Document& part, const Entry& entry)
{
    const std::string_view key = part.key(entry);
    const std::string_view value = part.value(entry);
    const std::string who = escape(key) + ' ' + escape(value) + ": ";
    // A key that a shell or the command line of relayctl cannot take gets no command, only the SQL
    // verb.
    const std::string word = key.starts_with('-') ? "" : command_line({ std::string(key) });
    const std::string by_key
        = repair_.relayctl(word.empty() ? "" : "remove " + word, table_.to_string());
    const std::string remove = by_key.empty() ? "DELETE the row" : by_key;
    if (const auto problem = problem_with_key(key, value, digest_)) {
        add(Severity::error, problem->id.c_str(), who + problem->message, problem->hint);
    } else if (entry.is_never_found) {
        add(Severity::error, "key-never-asked",
            who
                + "is not stored in the case of letters in which smtpd asks, so no client matches "
                  "it",
            "UPDATE it to lower case, or " + remove + ", and add it again");
    }
    // Rows come in the order of their keys, so equal keys are neighbours, also where they are in
    // different parts.
    if (!last_key_.empty() && equal_ignoring_case(key, last_key_)) {
        add(Severity::warning, "duplicate",
            who + "the same fingerprint is there twice: to revoke it takes both",
            "DELETE one of the two rows"
                + (by_key.empty() ? "" : "; to revoke the client: " + by_key + " --all"));
    }
    last_key_ = key;
    if (value.empty()) {
        add(Severity::error, "missing-value",
            escape(key) + ": has no host: for Postfix it is not listed",
            remove + ", and add it with a host");
    } else if (means_refusal(value)) {
        add(Severity::warning, "value-means-refusal", who + refusal_in_words(value), remove);
    } else if (const auto problem = problem_with_host(value)) {
        add(Severity::note, "value-not-host",
            who + "the value " + quote(value) + " is no host name; Postfix does not mind", "");
    }
    if (is_latin_ && !is_latin1(value)) {
        add(Severity::error, "value-not-latin1",
            who + "before 3.8 Postfix asks the server in LATIN1: the client gets 451",
            "give it a value of other characters, with add --replace");
    }
}

// Without these columns the table works for Postfix, so it is a note.
Finding columns_missing(const TableName& table, const std::string& names, const Repair& repair)
{
    return { Severity::note, "columns-missing", table.behind_proxy().path, 0, 0,
        "the table has no columns for " + names + ": relayctl cannot keep them",
        "to see how to add them: " + repair.relayctl("init", table.to_string()) };
}

Finding columns_hidden(const TableName& table, const std::string& names)
{
    return { Severity::note, "columns-missing", table.behind_proxy().path, 0, 0,
        "this role may not read " + names + ": what has expired or is retired is not seen here",
        "a role that may: user and password in "
            + shell_quote(admin_file_of(table.behind_proxy().path)) };
}

} // namespace relayctl
