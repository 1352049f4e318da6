// "Not listed" is rarely what happened. An entry is there and does not match: its map is old, its
// spelling is wrong, it was made with another digest or by another version of Postfix, or it is
// that of the certificate before. Each of them has another repair, and the surest explanation comes
// first.
#include "core/audit/unlisted.hpp"

#include "core/audit/map_size.hpp"
#include "core/audit/same_host.hpp"
#include "core/audit/service_audit.hpp"
#include "core/base/text.hpp"
#include "core/postfix/table_name.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns what a message calls a fingerprint of this kind.
std::string name_of(const ClientFingerprint& known)
{
    return known.kind == "key" ? "key fingerprint"
        : known.kind == "cert" ? "certificate fingerprint"
                               : "fingerprint";
}

// Looks through the tables for what may be the client's entry: its own one that no map has, one
// that is badly written, one of another digest, and at last one of the same host. Only if none is
// there is the client simply not listed.
class KeyAccess : ServiceAudit {
public:
    KeyAccess(const ServiceFacts& facts, const Client& client, const Repair& repair)
        : ServiceAudit(facts, repair)
        , client_(client)
    {
    }

    std::vector<Finding> run()
    {
        for (const TableFacts& table : facts_.tables) {
            // Its keys are right, and only the way to them is wrong.
            if (table.is_unfolded) {
                add_unfolded(table);
            } else if (table.source) {
                look_for_same_print(table);
                look_for_other_digest(table);
                look_for_other_encoding(table);
                look_for_same_host(table);
            }
        }
        if (is_empty()) {
            add_unlisted();
        }
        return take();
    }

private:
    // Returns the sentence that no table lists the client, with what nobody could look up of it.
    std::string not_listed() const
    {
        std::vector<std::string> tables;
        for (const TableFacts& table : facts_.tables) {
            tables.push_back(escape(table.name));
        }
        std::string where = tables.empty() ? "relay_clientcerts is empty"
                                           : "is not listed in " + join(tables, ", ");
        if (client_.certificate != nullptr || client_.is_of_entry || tables.empty()) {
            return where;
        }
        return where
            + (client_.key != nullptr
                    ? " by its key; whether the certificate's own fingerprint is cannot be seen "
                      "from a "
                        + std::string(client_.key->source_name())
                    : "; whether the client's other fingerprint is cannot be seen");
    }

    // Returns the first table that relayctl can change; empty if there is none.
    std::string writable_table() const
    {
        for (const TableFacts& table : facts_.tables) {
            const auto name = TableName::parse_if_any(table.name);
            if (name && name->is_writable()) {
                return table.name;
            }
        }
        return "";
    }

    // Where the client's name is not known, no command can list it: the hint says what is missing.
    void add_unlisted()
    {
        Finding found
            = finding(Severity::error, "not-listed", client_.name + ": " + not_listed(), "");
        if (is_in_customary_table()) { // it is only not asked
            return add(std::move(found), { {}, false, settings_to_ask(facts_, customary_table()) });
        }
        if (has_own_name()) {
            return add(std::move(found), add_command());
        }
        const std::string client = client_.words_to_add(facts_.digest);
        const std::string command
            = command_for(client.empty() ? "" : "add " + client).first.front();
        found.hint = command.empty() ? "" : "with the host at its end: " + command;
        add(std::move(found));
    }

    bool is_in_customary_table() const
    {
        const auto& table = facts_.customary_table;
        return table
            && std::find(table->answers.begin(), table->answers.end(), LookupStatus::found)
            != table->answers.end();
    }

    // The table that add makes if there is none.
    TableName customary_table() const
    {
        return { facts_.parameter("default_database_type"),
            facts_.parameter("config_directory") + "/relay_clients" };
    }

    bool has_own_name() const
    {
        return client_.certificate != nullptr && client_.certificate->only_name();
    }

    // host: as the table has it already; else as the certificate names it.
    Mending add_command(const std::string& host = {}) const
    {
        const std::string name = !host.empty() ? words_for_host(host)
            : has_own_name()                   ? words_for_host(*client_.certificate->only_name())
                                               : "";
        const std::string client = client_.words_to_add(facts_.digest);
        return command_for(client.empty() || name.empty() ? "" : "add " + client + ' ' + name);
    }

    // words: of a relayctl command that lists the client. Where no table can be changed the
    // customary one is made, and asked.
    Mending command_for(const std::string& words) const
    {
        const std::string table = writable_table();
        const auto& overrides = facts_.service.overrides;
        const bool own_digest = std::any_of(overrides.begin(), overrides.end(),
            [](const auto& o) { return o.first == "smtpd_tls_fingerprint_digest"; });
        const std::string digest = own_digest && facts_.digest ? "-d " + facts_.digest->name() : "";
        if (!table.empty()) {
            return { { repair_.relayctl(words, table, digest) }, false, {} };
        }
        const TableName fresh = customary_table();
        return { { repair_.relayctl(words, fresh.to_string(), digest) }, false,
            settings_to_ask(facts_, fresh) };
    }

    // Returns the command that removes the entry by its key as it is written; empty if the key
    // cannot be pasted.
    std::string remove_command(const TableFacts& table, const Entry& entry) const
    {
        const std::string key = command_line({ std::string(table.source->key(entry)) });
        return repair_.relayctl(
            key.empty() || key.starts_with('-') ? "" : "remove " + key, table.name);
    }

    // Returns the command that puts the client's new certificate beside the entry of this host.
    Mending rotate_command(const std::string& host) const
    {
        const std::string name = host.starts_with('-') ? "" : command_line({ host });
        return command_for(name.empty() || client_.add_words.empty()
                ? ""
                : "rotate " + name + ' ' + client_.add_words);
    }

    // Looks for an entry of a fingerprint that smtpd does compute. It is in the source, and no
    // lookup found it: the map was not rebuilt, or the query of a database does not find the row.
    void look_for_same_print(const TableFacts& table)
    {
        if (!facts_.digest) {
            return;
        }
        for (const ClientFingerprint& known : client_.fingerprints(*facts_.digest)) {
            if (const Entry* entry = table.source->find(known.fingerprint);
                entry != nullptr && table.is_database) {
                add(finding(Severity::error, "not-listed",
                    escape(table.name)
                        + " has a row for the client, which Postfix's query does not find",
                    "to see what is wrong with it: " + repair_.relayctl("verify", table.name)));
            } else if (entry != nullptr) {
                add(at(table, *entry,
                        finding(Severity::error, "not-rebuilt",
                            std::string("the source lists the client, but the map does not: it ")
                                + (has_outgrown(facts_, table) ? "outgrew lmdb_map_size, or " : "")
                                + "was not rebuilt",
                            "")),
                    remade_map(facts_, table, repair_));
            } else {
                look_for_bad_spelling(table, known);
            }
        }
    }

    // Without proxymap smtpd reads the table itself, and folds.
    void add_unfolded(const TableFacts& table)
    {
        add(repair_.with_settings(facts_,
            finding(Severity::error, "proxy-case",
                escape(table.name)
                    + " lists the client, but proxymap of Postfix up to 3.10 does "
                      "not find keys that are written in capitals there",
                ""),
            { { "relay_clientcerts", without_proxy(facts_, table) } }));
    }

    void look_for_bad_spelling(const TableFacts& table, const ClientFingerprint& known)
    {
        const auto entries = table.source->entries();
        const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) {
            return table.source->meant_fingerprint(e) == known.fingerprint;
        });
        if (entry == entries.end()) {
            return;
        }
        Mending mending = add_command(std::string(table.source->value(*entry)));
        // The bad entry goes first, so that the new one is no duplicate of it.
        mending.first.insert(mending.first.begin(), remove_command(table, *entry));
        add(at(table, *entry,
                finding(Severity::error, "badly-written",
                    "the entry means this client, but is written in a way that never matches: "
                        + quote(table.source->key(*entry), 100),
                    "")),
            std::move(mending));
    }

    // What the client is listed by where its key was encoded, or digested, for another server.
    std::vector<ClientFingerprint> fingerprints_by(const Digest& digest) const
    {
        std::vector<ClientFingerprint> known = client_.fingerprints(digest);
        if (const auto other = client_.other_key_fingerprint(digest)) {
            known.push_back({ "key", *other });
        }
        return known;
    }

    // Postfix was upgraded over the version that changed the fingerprints of keys, or went back.
    void look_for_other_encoding(const TableFacts& table)
    {
        const auto other
            = facts_.digest ? client_.other_key_fingerprint(*facts_.digest) : std::nullopt;
        const Entry* const entry = other ? table.source->find(*other) : nullptr;
        if (entry == nullptr) {
            return;
        }
        const bool is_new = client_.key_encoding == KeyEncoding::anew;
        const std::string version = facts_.parameter("mail_version");
        const std::string host = words_for_host(std::string(table.source->value(*entry)));
        const std::string words = client_.add_words.starts_with("--key ") ? client_.add_words
            : client_.add_words.empty()                                   ? ""
                                        : "--key " + client_.add_words;
        add(at(table, *entry,
                finding(Severity::error, "other-key-encoding",
                    "the entry is the client's key fingerprint as Postfix "
                        + std::string(is_new ? "3.8 and earlier compute" : "3.9 and later compute")
                        + " it, but this Postfix (" + escape(version) + ") computes "
                        + client_.fingerprints(*facts_.digest).back().fingerprint.to_string(),
                    "")),
            command_for(words.empty() || host.empty() ? "" : "add " + words + ' ' + host));
    }

    void look_for_other_digest(const TableFacts& table)
    {
        if (!facts_.digest) {
            return; // smtpd computes none, which is what is to be mended first
        }
        for (const char* name : { "md5", "sha1", "sha224", "sha256", "sha384", "sha512" }) {
            const auto digest = Digest::find(name);
            // OpenSSL may not have one of them here, as in FIPS mode.
            if (!digest || digest == facts_.digest) {
                continue;
            }
            for (const ClientFingerprint& known : fingerprints_by(*digest)) {
                const Entry* entry
                    = client_.fingerprint ? nullptr : table.source->find(known.fingerprint);
                if (entry != nullptr) {
                    add_other_digest(table, *entry, *digest, name_of(known));
                }
            }
        }
    }

    // Where the whole table has that digest, smtpd is to compute it, too. Else the entry is made
    // anew, but not in a digest that is weak.
    void add_other_digest(
        const TableFacts& table, const Entry& entry, const Digest& digest, const std::string& name)
    {
        Finding found = at(table, entry,
            finding(Severity::error, "other-digest",
                "the entry is the client's " + digest.name() + ' ' + name + ", but smtpd computes "
                    + facts_.digest->name(),
                ""));
        if (auto settings = settings_to_compute(facts_, digest); !settings.empty()) {
            add(std::move(found), { {}, false, std::move(settings) });
        } else if (facts_.digest->is_weak() || client_.is_of_entry) {
            found.hint = facts_.digest->is_weak() ? facts_.digest->name()
                    + " is weak: make all entries anew from the certificates in sha256, then "
                      "set smtpd_tls_fingerprint_digest = sha256"
                                                  : "the certificate of the client is needed: "
                    + command_for(
                        "add CERT " + words_for_host(std::string(table.source->value(entry))))
                          .first.front();
            add(std::move(found));
        } else {
            add(std::move(found), add_command(std::string(table.source->value(entry))));
        }
    }

    // The certificate was probably renewed: an entry has the same subject, where an annotation
    // tells it, or the same name. This is a guess, so it is made only where nothing surer was
    // found.
    void look_for_same_host(const TableFacts& table)
    {
        if (client_.certificate == nullptr || !is_empty()) {
            return;
        }
        const Entry* const same = entry_of_same_host(*table.source, *client_.certificate);
        if (same != nullptr) {
            const std::string host(table.source->value(*same));
            add(at(table, *same,
                    finding(Severity::error, "other-certificate",
                        escape(host)
                            + " is listed with another fingerprint: was the certificate renewed? "
                              "Anybody can make one with this name, so first compare its "
                              "fingerprint with the client's owner",
                        "")),
                rotate_command(host));
        }
    }

    const Client& client_;
};

} // namespace

std::vector<Finding> explain_unlisted(
    const ServiceFacts& facts, const Client& client, const Repair& repair)
{
    return KeyAccess(facts, client, repair).run();
}

} // namespace relayctl
