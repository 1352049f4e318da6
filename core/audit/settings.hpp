// Changes of main.cf and master.cf by which a finding is mended, before they become a command.
#pragma once

#include "core/inspect/service_facts.hpp"
#include "core/postfix/table_name.hpp"

#include <string>
#include <vector>

namespace relayctl {

// A parameter of Postfix and the value that it is to have.
struct Setting {
    std::string name;
    std::string value;

    bool operator==(const Setting&) const = default;
};

// What mends a finding together with others of the same service: they become one command.
struct Mending {
    std::vector<std::string> first; // whole commands that come before the settings
    bool enables_tls = false; // "postfix tls enable-server" comes first: it makes a certificate
    std::vector<Setting> settings;

    bool empty() const { return first.empty() && !enables_tls && settings.empty(); }
};

// Returns whether a -o of master.cf overrides the parameter for this service.
bool is_overridden(const ServiceFacts& facts, const std::string& name);

// The facts of the service once these settings are made, as far as they follow from parameters.
// What relay_clientcerts names then is not known, so it names no table of the result.
ServiceFacts with_settings(ServiceFacts facts, const std::vector<Setting>& settings);

// The parameters whose values differ between the two, in the order of their names.
std::vector<Setting> settings_changed(const ServiceFacts& before, const ServiceFacts& after);

// The tables of relay_clientcerts without what stands behind a '#': Postfix has no comments within
// a value, so a comment there was meant as one and was read as tables.
std::vector<std::string> configured_tables(const ServiceFacts& facts);

// Returns the name of the table whose lookups debug: logs; another name as it is.
std::string without_debug(std::string name);

// Returns the value of relay_clientcerts with this proxied table read by smtpd itself, which opens
// it as root.
std::string without_proxy(const ServiceFacts& facts, const TableFacts& table);

// The same tables, with default_database_type for those without a type.
std::vector<std::string> tables_with_types(const ServiceFacts& facts);

// What makes the service ask the table besides those that it asks: relay_clientcerts, and
// proxy_read_maps where the table is behind proxymap. Empty where it asks that table already, or
// another one that is made of the same source.
std::vector<Setting> settings_to_ask(const ServiceFacts& facts, const TableName& table);

// What makes the service ask `to` in the place of `from`. Empty where it does not ask `from`:
// nobody shall relay who could not before.
std::vector<Setting> settings_to_switch(
    const ServiceFacts& facts, const TableName& from, const TableName& to);

// What makes smtpd compute the digest of the entries: smtpd_tls_fingerprint_digest. Empty where an
// entry of another digest, or an access table, would lose its clients by it, where the digest is
// weak, where not all entries can be seen, and where smtpd computes it already.
std::vector<Setting> settings_to_compute(const ServiceFacts& facts, const Digest& digest);

// What allows proxymap to open the table, whose name begins with "proxy:". Empty where it may.
std::vector<Setting> settings_to_allow(const ServiceFacts& facts, const std::string& table);

// The restrictions with permit_tls_clientcerts in front: a client is listed or not, whatever else
// is said of it.
std::string permitting_first(std::vector<std::string> words);

// The restrictions without this one; where it begins with '#', without what follows, which was
// meant as a comment.
std::string without_restriction(std::vector<std::string> words, const std::string& word);

// The restrictions up to a word that permits everybody, with permit_tls_clientcerts among them and
// a refusal at their end. Nothing else is permitted that was not before.
std::string refusing_at_the_end(const ServiceFacts& facts, const std::string& list);

} // namespace relayctl
