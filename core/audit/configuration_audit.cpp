#include "core/audit/configuration_audit.hpp"

#include "core/audit/ownership_audit.hpp"
#include "core/audit/restrictions.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/text.hpp"
#include "core/postfix/asked_tables.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::string type_of(const std::string& table)
{
    return table.substr(0, table.find(':'));
}

// Whether the service asks what stands there as a table.
bool asks_name(const ServiceFacts& service, const std::string& name)
{
    return std::any_of(service.tables.begin(), service.tables.end(),
        [&](const TableFacts& t) { return t.name == name || t.name == "proxy:" + name; });
}

class ConfigurationAudit {
public:
    ConfigurationAudit(const ConfigurationFacts& facts, const Commands& commands)
        : facts_(facts)
        , commands_(commands)
    {
    }

    std::vector<Finding> run()
    {
        for (const TableName& table : facts_.tables) {
            audit_use_of_table(table);
        }
        const bool any_meant
            = std::any_of(facts_.services.begin(), facts_.services.end(), means_certificates);
        for (const ServiceFacts& service : facts_.services) {
            audit_tables(service);
            for (Finding& finding : audit_strangers(service, facts_.now, commands_)) {
                add(service, std::move(finding));
            }
            if (means_certificates(service) || !any_meant) {
                audit_listed(service);
            }
            audit_digest(service);
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

    void audit_use_of_table(const TableName& table)
    {
        if (std::any_of(facts_.services.begin(), facts_.services.end(),
                [&](const ServiceFacts& s) { return asks_table(s, table); })) {
            return;
        }
        const std::string name = table.to_string();
        const ServiceFacts& first = facts_.services.front();
        const std::string& configured = first.parameter("relay_clientcerts");
        found_.push_back({ { Severity::error, "table-unused", "", 0, 0,
                               "no service asks " + escape(name)
                                   + ": relay_clientcerts = " + quote(configured, 200),
                               commands_.set(first, "relay_clientcerts",
                                   (configured.empty() ? "" : configured + ", ") + name) },
            {} });
    }

    // Each table of relay_clientcerts, and each of check_ccert_access.
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

    std::string without_access(const ServiceFacts& service, const std::string& argument) const
    {
        for (const std::string& list : restriction_lists(service)) {
            auto words = split_restrictions(service.parameter(list));
            const auto found
                = std::find(words.begin(), words.end(), "check_ccert_access " + argument);
            if (found != words.end()) {
                *found = "permit_tls_clientcerts";
                return commands_.set(service, list, join(words, ", "));
            }
        }
        return "";
    }

    void audit_table(const ServiceFacts& service, const TableFacts& table)
    {
        Listing listing;
        listing.decided_by = &table;
        const Answer answer = table.answers.empty() ? Answer::missing : table.answers.front();
        const bool is_verified = std::any_of(facts_.tables.begin(), facts_.tables.end(),
            [&](const TableName& verified) { // its map has findings of its own
                return names_table(table.name, verified, service.parameter("queue_directory"));
            });
        if ((answer == Answer::fails && (!is_verified || table.is_hidden_from_proxy)
                && !table.is_forbidden)
            || answer == Answer::found) {
            listing.listed = answer == Answer::fails ? Listed::fails : Listed::yes;
            if (answer == Answer::found) {
                listing.match = Match{ table.name, "", "", "", "", 1 };
            }
            for (Finding& finding : explain_listing(listing, service, {}, commands_)) {
                add(service, std::move(finding));
            }
        } else if (answer == Answer::unseen) {
            add(service, Severity::note, "table-unseen", escape(table.name) + ": " + table.problem,
                "run it as root");
        }
        const std::string type = type_of(table.name);
        if (table_type(type).family == TableFamily::expressions && answer != Answer::found) {
            add(service, Severity::warning, "pattern-table",
                escape(table.name) + " lists by a pattern, not by a fingerprint",
                command_without(table.name, service, commands_));
        }
        if (service.service.chroot && table_type(type).family == TableFamily::server) {
            const std::string proxied = "proxy:" + table.name;
            auto tables = split_list(service.parameter("relay_clientcerts"));
            std::replace(tables.begin(), tables.end(), table.name, proxied);
            add(service, Severity::warning, "chroot-table",
                escape(table.name)
                    + " is asked from inside the chroot, where sockets and files of its server may "
                      "not be; proxymap asks from outside",
                both_commands(commands_.append(service, "proxy_read_maps", proxied),
                    commands_.set(service, "relay_clientcerts", join(tables, ", "))));
        }
    }

    // A client whose certificate is listed.
    void audit_listed(const ServiceFacts& service)
    {
        const Verdict verdict = judge(service, { {}, Listed::yes, facts_.now }, commands_);
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

    void audit_digest(const ServiceFacts& service)
    {
        if (!service.digest) {
            return; // said with TLS
        }
        for (const TableFacts& table : service.tables) {
            if (table.source && !table.source->entries().empty() && !fits_any_service(table)) {
                add(service,
                    { Severity::error, "table-digest", table.source_path, 0, 0,
                        "no entry has the length of a " + service.digest->name()
                            + " fingerprint, which smtpd computes: nobody matches",
                        commands_.relayctl("verify", table.name) });
            }
        }
        if (!facts_.digest_is_explicit && service.digest->name() == "md5") {
            add(service, Severity::warning, "digest-by-default",
                "smtpd_tls_fingerprint_digest is not set; it is md5 only because "
                "compatibility_level = "
                    + quote(service.parameter("compatibility_level"))
                    + ". From level 3.6 on it is sha256, and no entry matches any more",
                commands_.set(service, "smtpd_tls_fingerprint_digest", "md5"));
        } else if (service.digest->is_weak() && !service.tables.empty()) {
            add(service, Severity::note, "weak-digest",
                "smtpd computes " + service.digest->name()
                    + ", which is weak; sha256 is better, with every entry made anew",
                "");
        }
    }

    bool fits_any_service(const TableFacts& table) const
    {
        for (const ServiceFacts& service : facts_.services) {
            if (!service.digest || !asks_name(service, table.name)) {
                continue;
            }
            for (const Entry& entry : table.source->entries()) {
                const auto print = Fingerprint::from_key(table.source->key(entry));
                if (print && print->size() == service.digest->size()) {
                    return true;
                }
            }
        }
        return false;
    }

    void audit_files()
    {
        for (const std::string& file : facts_.other_files) {
            const ServiceFacts& first = facts_.services.front();
            found_.push_back(
                { { Severity::warning, "other-file", file, 0, 0,
                      "holds fingerprints, but no service asks it: relay_clientcerts = "
                          + quote(first.parameter("relay_clientcerts"), 200),
                      commands_.set(
                          first, "relay_clientcerts", facts_.tables.front().type + ':' + file) },
                    {} });
        }
        for (const WeakPoint& weak : facts_.writable) {
            found_.push_back({ { Severity::error, "config-writable", weak.path, 0, 0, decides(weak),
                                   weak.repair },
                {} });
        }
    }

    struct Found {
        Finding finding;
        std::vector<std::string> services;
    };

    const ConfigurationFacts& facts_;
    const Commands& commands_;
    std::vector<Found> found_;
};

} // namespace

std::vector<Finding> audit_configuration(const ConfigurationFacts& facts, const Commands& commands)
{
    return ConfigurationAudit(facts, commands).run();
}

bool means_certificates(const ServiceFacts& facts)
{
    const auto lists = restriction_lists(facts);
    return std::any_of(lists.begin(), lists.end(), [&](const std::string& list) {
        const auto words = split_restrictions(facts.parameter(list));
        return names_restriction(words, facts.classes, "permit_tls_clientcerts")
            || names_restriction(words, facts.classes, "permit_tls_all_clientcerts")
            || names_restriction(words, facts.classes, "check_ccert_access");
    });
}

bool asks_table(const ServiceFacts& facts, const TableName& table)
{
    return std::any_of(facts.tables.begin(), facts.tables.end(), [&](const TableFacts& t) {
        return names_table(t.name, table, facts.parameter("queue_directory"));
    });
}

} // namespace relayctl
