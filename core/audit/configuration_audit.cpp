// verify asks three questions of each service: does it ask the tables that were meant, does it
// relay for strangers, and what keeps a listed client out? The last two are answered by judge() for
// an invented client, so that verify and check judge alike.
#include "core/audit/configuration_audit.hpp"

#include "core/audit/berkeley_audit.hpp"
#include "core/audit/ownership_audit.hpp"
#include "core/audit/reading_audit.hpp"
#include "core/audit/restrictions.hpp"
#include "core/audit/stranger_audit.hpp"
#include "core/audit/table_finding.hpp"
#include "core/audit/unused_tables.hpp"
#include "core/base/text.hpp"
#include "core/postfix/asked_tables.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns whether relay_clientcerts of the service names the table, also through proxymap.
bool asks_name(const ServiceFacts& service, const std::string& name)
{
    return std::any_of(service.tables.begin(), service.tables.end(),
        [&](const TableFacts& t) { return t.name == name || t.name == "proxy:" + name; });
}

// Goes through the services and collects their findings. A finding that several services share is
// kept once, with the names of all of them.
class ConfigurationAudit {
public:
    ConfigurationAudit(const ConfigurationFacts& facts, const Repair& repair)
        : facts_(facts)
        , repair_(repair)
        , unused_(facts, repair)
    {
    }

    std::vector<Finding> run()
    {
        // Where no service has a word about certificates, each is judged as if it were meant, for
        // else nothing would be said of a server that is not set up at all.
        const bool any_meant
            = std::any_of(facts_.services.begin(), facts_.services.end(), means_certificates);
        for (Finding& finding : unused_.findings()) {
            found_.push_back({ std::move(finding), {} });
        }
        for (const ServiceFacts& service : facts_.services) {
            audit_tables(service);
            for (Finding& finding : audit_strangers(service, facts_.now, repair_)) {
                add(service, std::move(finding));
            }
            if (means_certificates(service) || !any_meant) {
                audit_listed(service);
            }
            audit_digest(service);
            for (Finding& finding : audit_unknown_parameters(service)) {
                add(service, std::move(finding));
            }
            for (Finding& finding : remarks_of_smtpd(service)) {
                add(service, std::move(finding));
            }
        }
        for (const QmqpService& service : facts_.qmqp_services) {
            for (Finding& finding : audit_qmqp(service)) {
                found_.push_back({ std::move(finding), {} });
            }
        }
        audit_files();
        return merged();
    }

private:
    // Adds the finding, or adds the service to an equal finding that is there already. Findings are
    // equal if id, message and hint are: the same fault with another command stays a finding of its
    // own.
    void add(const ServiceFacts& service, Finding finding)
    {
        const auto same = std::find_if(found_.begin(), found_.end(), [&](const Found& f) {
            return f.finding.id == finding.id && f.finding.message == finding.message
                && f.finding.hint == finding.hint;
        });
        if (same != found_.end()) {
            if (std::find(same->services.begin(), same->services.end(), service.service.name)
                == same->services.end()) {
                same->services.push_back(service.service.name);
            }
            return;
        }
        found_.push_back({ std::move(finding), { service.service.name } });
    }

    void add(const ServiceFacts& service, Severity severity, const char* id, std::string message,
        std::string hint)
    {
        add(service, { severity, id, "", 0, 0, std::move(message), std::move(hint) });
    }

    // Returns the findings in their order, each with the names of its services in front of the
    // message. A finding about no other file is about main.cf.
    std::vector<Finding> merged() const
    {
        std::vector<Finding> findings;
        for (const Found& found : found_) {
            findings.push_back(found.finding);
            Finding& finding = findings.back();
            if (!found.services.empty()) {
                finding.message = escape(join(found.services, ", ")) + ": " + finding.message;
            }
            if (finding.file.empty()) {
                finding.file = facts_.main_cf;
            }
        }
        return findings;
    }

    // Judges the tables of relay_clientcerts and those of check_ccert_access.
    void audit_tables(const ServiceFacts& service)
    {
        for (const TableFacts& table : service.tables) {
            audit_table(service, table);
        }
        for (const auto& [argument, access] : service.ccert_access) {
            if (asks_name(service, access.table.name)) {
                add(service, Severity::error, "ccert-access-misused",
                    "check_ccert_access " + escape(access.table.name)
                        + " is a table of relay_clientcerts: its values are host names, no actions "
                          "of "
                          "access(5), so smtpd answers 451 to every listed client",
                    without_access(service, argument));
            }
        }
    }

    // Returns the command that puts permit_tls_clientcerts in the place of this check_ccert_access;
    // empty if no list of the service has it literally, as when a class has it.
    std::string without_access(const ServiceFacts& service, const std::string& argument) const
    {
        for (const std::string& list : restriction_lists(service)) {
            auto words = split_restrictions(service.parameter(list));
            const auto found
                = std::find(words.begin(), words.end(), "check_ccert_access " + argument);
            if (found != words.end()) {
                *found = "permit_tls_clientcerts";
                return repair_.set(service, list, join(words, ", "));
            }
        }
        return "";
    }

    // Judges one table of relay_clientcerts by what it answers to a fingerprint that nobody has. A
    // hit therefore means that the table lists everybody.
    void audit_table(const ServiceFacts& service, const TableFacts& table)
    {
        Listing listing;
        listing.decided_by = &table;
        // Without a digest no fingerprint was looked up.
        const LookupStatus answer
            = table.answers.empty() ? LookupStatus::missing : table.answers.front();
        const bool is_verified = std::any_of(facts_.tables.begin(), facts_.tables.end(),
            [&](const TableName& verified) { // its map has findings of its own
                return names_table(table.name, verified, service.parameter("queue_directory"));
            });
        const bool has_own_reason
            = table.is_hidden_from_proxy || table.is_forbidden || is_without_berkeley_db(table);
        if ((answer == LookupStatus::fails && (!is_verified || has_own_reason)
                && !(table.is_forbidden && !service.has_changed(Change::forbidden_proxy_is_451)))
            || answer == LookupStatus::found) {
            listing.listed = answer == LookupStatus::fails ? Listed::fails : Listed::yes;
            if (answer == LookupStatus::found) {
                listing.match = Match{ table.name, "", "", "", "", 1 };
            }
            for (Finding& finding : explain_listing(listing, service, {}, repair_)) {
                add(service, std::move(finding));
            }
        } else if (answer == LookupStatus::unseen) {
            add(service, Severity::note, "table-unseen", escape(table.name) + ": " + table.problem,
                "run it as root");
        }
        for (Finding& finding : audit_berkeley(service, table, repair_)) {
            add(service, std::move(finding));
        }
        const std::string type = type_of(table.name);
        // A table of regular expressions lists whoever fits a pattern. Where it lists everybody,
        // that has been said already.
        if (table_type(type).family == TableFamily::expressions && answer != LookupStatus::found) {
            add(service, Severity::warning, "pattern-table",
                escape(table.name) + " lists by a pattern, not by a fingerprint",
                hint_for_wide_table(table, service, repair_));
        }
        if (service.service.chroot && table_type(type).family == TableFamily::server) {
            audit_chroot(service, table);
        }
    }

    // Inside a chroot smtpd may not reach the server of a table; proxymap asks from outside.
    void audit_chroot(const ServiceFacts& service, const TableFacts& table)
    {
        const std::string proxied = "proxy:" + table.name;
        auto tables = configured_tables(service);
        std::replace(tables.begin(), tables.end(), table.name, proxied);
        // proxy_read_maps must have the table as well, since smtpd does not start with a proxied
        // table that is not there.
        auto settings = settings_to_allow(service, proxied);
        settings.push_back({ "relay_clientcerts", join(tables, ", ") });
        add(service, Severity::warning, "chroot-table",
            escape(table.name)
                + " is asked from inside the chroot, where sockets and files of its server may not "
                  "be; proxymap asks from outside",
            repair_.set(service, settings));
    }

    // Adds what keeps a client out although its certificate is listed.
    void audit_listed(const ServiceFacts& service)
    {
        const Verdict verdict
            = judge_listed_client(service, facts_.now, repair_, unused_.settings_for(service));
        // judge() explains one client. verify speaks of all of them, so a few reasons get another
        // severity and other words, and notes about the invented client are left out.
        for (const Finding& reason : verdict.reasons) {
            Finding finding = reason;
            if (finding.id == "depends") {
                finding.severity = Severity::note;
            } else if (finding.id == "ccert-untrusted") {
                finding.severity = Severity::warning;
                finding.message = "smtpd_tls_req_ccert = yes: a client whose certificate does not "
                                  "chain to a CA of the server gets 421, listed or not";
            }
            if (finding.severity != Severity::note || finding.id == "depends"
                || finding.id == "unseen") {
                add(service, std::move(finding));
            }
        }
    }

    // Judges whether the digest of the service fits the entries, and how safe the choice of it is.
    void audit_digest(const ServiceFacts& service)
    {
        if (!service.digest) {
            return; // audit_listed() has said it
        }
        for (const TableFacts& table : service.tables) {
            // A service that asks for no certificates need not find any entry.
            const bool is_meant = means_certificates(service) || !fits_any_service(table);
            if (table.source && !table.source->entries().empty() && is_meant
                && !fits_service(table, service)) {
                add(service,
                    { Severity::error, "table-digest", table.source_path, 0, 0,
                        "no entry has the length of a " + service.digest->name()
                            + " fingerprint, which smtpd computes: nobody matches",
                        "make the entries anew from the certificates, as in \""
                            + repair_.relayctl("apply --keep-other-digests DIR", table.name)
                            + "\", or set smtpd_tls_fingerprint_digest to their digest" });
            }
        }
        // The default depends on compatibility_level (postconf(5), smtpd_tls_fingerprint_digest,
        // from 3.6 on), so an unrelated change of that level would lock out every client.
        if (!facts_.digest_is_explicit && service.digest->name() == "md5") {
            add(service, Severity::warning, "digest-by-default",
                "smtpd_tls_fingerprint_digest is not set; it is md5 only because "
                "compatibility_level = "
                    + quote(service.parameter("compatibility_level"))
                    + ". From level 3.6 on it is sha256, and no entry matches any more",
                repair_.set(service, "smtpd_tls_fingerprint_digest", "md5"));
        } else if (service.digest->is_weak() && !service.tables.empty()) {
            add(service, Severity::note, "weak-digest",
                "smtpd computes " + service.digest->name()
                    + ", which is weak; sha256 is better, with every entry made anew",
                "");
        }
    }

    // Returns whether the table has an entry of the digest that the service computes.
    static bool fits_service(const TableFacts& table, const ServiceFacts& service)
    {
        const auto& entries = table.source->entries();
        return service.digest
            && std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
                   const auto fingerprint = Fingerprint::from_key(table.source->key(entry));
                   return fingerprint && fingerprint->size() == service.digest->size();
               });
    }

    // Returns true if the entries fit the digest of some service that asks the table.
    bool fits_any_service(const TableFacts& table) const
    {
        return table.source
            && std::any_of(
                facts_.services.begin(), facts_.services.end(), [&](const ServiceFacts& service) {
                    return asks_name(service, table.name) && fits_service(table, service);
                });
    }

    // Adds the files of Postfix's configuration that others than root can write.
    void audit_files()
    {
        for (const WeakPoint& weak : facts_.writable) {
            found_.push_back({ { Severity::error, "config-writable", weak.path, 0, 0, decides(weak),
                                   weak.repair },
                {} });
        }
    }

    // A finding, and the names of the services that it is about; none for a finding that is about
    // no service.
    struct Found {
        Finding finding;
        std::vector<std::string> services;
    };

    const ConfigurationFacts& facts_;
    const Repair& repair_;
    UnusedTables unused_;
    std::vector<Found> found_;
};

} // namespace

std::vector<Finding> audit_configuration(const ConfigurationFacts& facts, const Repair& repair)
{
    return ConfigurationAudit(facts, repair).run();
}

} // namespace relayctl
