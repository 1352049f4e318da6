#include "core/inspect/service_facts.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <iterator>

namespace relayctl {

std::vector<Print> Client::prints(const Digest& digest) const
{
    if (certificate != nullptr) {
        return { { "cert", certificate->fingerprint(digest) },
            { "key", certificate->key_fingerprint(digest) } };
    }
    if (key != nullptr) {
        return { { "key", key->key_fingerprint(digest) } };
    }
    if (fingerprint) {
        return { { "", *fingerprint } };
    }
    std::vector<Print> fitting;
    std::copy_if(listed.begin(), listed.end(), std::back_inserter(fitting),
        [&](const Print& print) { return print.fingerprint.size() == digest.size(); });
    return fitting;
}

Client unknown_client()
{
    static const std::vector<std::uint8_t> zeros(64);
    Client client;
    for (const std::string& name : usable_digests()) {
        const Fingerprint print({ zeros.data(), Digest::by_name(name).size() });
        client.listed.insert(client.listed.end(), { { "cert", print }, { "key", print } });
    }
    return client;
}

std::string Client::words_to_add(const std::optional<Digest>& digest) const
{
    if (!add_words.empty() || !digest) {
        return add_words;
    }
    const std::vector<Print> known = prints(*digest);
    const auto words = [](const Print& print) {
        return (print.kind == "key" ? "--key --fingerprint " : "--fingerprint ")
            + print.fingerprint.to_string();
    };
    return known.empty() ? "" : words(known.front());
}

const std::string& ServiceFacts::parameter(const std::string& name) const
{
    static const std::string none;
    const auto found = service.parameters.find(name);
    return found == service.parameters.end() ? none : found->second;
}

bool ServiceFacts::asks_key_first() const
{
    return version_is_at_least(parameter("mail_version"), 3, 9);
}

std::string_view inside_braces(std::string_view text)
{
    text = trim(text);
    return text.size() >= 2 && text.front() == '{' && text.back() == '}'
        ? trim(text.substr(1, text.size() - 2))
        : text;
}

namespace {

std::string_view kind_of_search(std::string_view word)
{
    return equal_ignoring_case(word, "cert_fingerprint")  ? "cert"
        : equal_ignoring_case(word, "pubkey_fingerprint") ? "key"
                                                          : word;
}

} // namespace

AccessTableFacts parse_access_argument(const std::string& argument)
{
    AccessTableFacts access;
    access.search_order = { "cert", "key" };
    const bool braced = !argument.empty() && argument.front() == '{';
    const auto words
        = braced ? split_list(inside_braces(argument)) : std::vector<std::string>{ argument };
    if (words.empty() || words.front().find(':') == std::string::npos) {
        access.malformed = true;
        return access;
    }
    access.table.name = words.front();
    std::string attributes;
    for (std::size_t i = 1; i < words.size(); ++i) {
        attributes += (i > 1 ? " " : "") + std::string(inside_braces(words[i]));
    }
    if (attributes.empty()) {
        return access;
    }
    const std::size_t equals = attributes.find('=');
    if (equals == std::string::npos
        || !equal_ignoring_case(trim(attributes.substr(0, equals)), "search_order")) {
        access.malformed = true;
        return access;
    }
    access.search_order.clear();
    for (const std::string& word : split_list(attributes.substr(equals + 1))) {
        access.search_order.emplace_back(kind_of_search(word));
        const std::string& kind = access.search_order.back();
        const bool known = kind == "cert" || kind == "key" || equal_ignoring_case(kind, "issuer_cn")
            || equal_ignoring_case(kind, "subject_cn");
        access.malformed = access.malformed || !known;
    }
    return access;
}

const std::vector<std::string>& judged_parameters()
{
    static const std::vector<std::string> names = { "mail_version", "mail_owner",
        "config_directory", "queue_directory", "default_database_type", "compatibility_level",
        "relay_clientcerts", "proxy_read_maps", "smtpd_tls_security_level", "smtpd_use_tls",
        "smtpd_enforce_tls", "smtpd_tls_wrappermode", "smtpd_tls_ask_ccert", "smtpd_tls_req_ccert",
        "smtpd_tls_ccert_verifydepth", "smtpd_tls_fingerprint_digest", "smtpd_tls_cert_file",
        "smtpd_tls_key_file", "smtpd_tls_eccert_file", "smtpd_tls_eckey_file",
        "smtpd_tls_dcert_file", "smtpd_tls_dkey_file", "smtpd_tls_chain_files", "smtpd_tls_CAfile",
        "smtpd_tls_CApath", "tls_append_default_CA", "smtpd_tls_enable_rpk",
        "smtpd_discard_ehlo_keywords", "smtpd_discard_ehlo_keyword_address_maps",
        "smtpd_delay_reject", "smtpd_milters", "smtpd_client_restrictions",
        "smtpd_helo_restrictions", "smtpd_sender_restrictions", "smtpd_relay_restrictions",
        "smtpd_recipient_restrictions", "smtpd_relay_before_recipient_restrictions",
        "smtpd_restriction_classes", "mynetworks", "inet_interfaces",
        "parent_domain_matches_subdomains", "smtpd_peername_lookup",
        "smtpd_authorized_xclient_hosts", "smtpd_sasl_auth_enable", "smtpd_upstream_proxy_protocol",
        "postscreen_upstream_proxy_protocol", "qmqpd_authorized_clients", "rewrite_service_name",
        "mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains",
        "smtpd_reject_unlisted_recipient", "local_recipient_maps", "virtual_alias_maps",
        "virtual_mailbox_maps", "relay_recipient_maps", "recipient_canonical_maps",
        "canonical_maps", "smtpd_null_access_lookup_key", "myhostname", "mydomain" };
    return names;
}

std::vector<std::string> restriction_lists(const ServiceFacts& facts)
{
    // Before 3.6 there is no parameter, and the relay list comes first.
    const bool recipient_first
        = facts.parameter("smtpd_relay_before_recipient_restrictions") == "no";
    return { "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions",
        recipient_first ? "smtpd_recipient_restrictions" : "smtpd_relay_restrictions",
        recipient_first ? "smtpd_relay_restrictions" : "smtpd_recipient_restrictions" };
}

} // namespace relayctl
