#include "core/inspect/service_facts.hpp"

#include "core/base/text.hpp"
#include "core/postfix/parse_output.hpp"

namespace relayctl {

const std::string& ServiceFacts::parameter(const std::string& name) const
{
    static const std::string none;
    const auto found = service.parameters.find(name);
    return found == service.parameters.end() ? none : found->second;
}

bool ServiceFacts::is_on(const std::string& name) const
{
    return equal_ignoring_case(parameter(name), "yes");
}

bool ServiceFacts::has_changed(Change change) const
{
    return has_change(parameter("mail_version"), change);
}

bool ServiceFacts::asks_key_first() const
{
    return has_changed(Change::key_asked_first);
}

bool ServiceFacts::authenticates_by_xclient() const
{
    return is_on("smtpd_sasl_auth_enable")
        || has_fix(
            parameter("mail_version"), { { 3, 6, 16 }, { 3, 7, 12 }, { 3, 8, 7 }, { 3, 9, 1 } });
}

const std::vector<std::string>& judged_parameters()
{
    static const std::vector<std::string> names = { "mail_version", "mail_owner",
        "config_directory", "daemon_directory", "queue_directory", "default_database_type",
        "compatibility_level", "relay_clientcerts", "proxy_read_maps", "smtpd_tls_security_level",
        "smtpd_use_tls", "smtpd_enforce_tls", "smtpd_tls_wrappermode", "smtpd_tls_ask_ccert",
        "smtpd_tls_req_ccert", "smtpd_tls_ccert_verifydepth", "smtpd_tls_fingerprint_digest",
        "smtpd_tls_cert_file", "smtpd_tls_key_file", "smtpd_tls_eccert_file",
        "smtpd_tls_eckey_file", "smtpd_tls_dcert_file", "smtpd_tls_dkey_file",
        "smtpd_tls_chain_files", "smtpd_tls_CAfile", "smtpd_tls_CApath", "tls_append_default_CA",
        "smtpd_tls_enable_rpk", "smtpd_tls_protocols", "smtpd_tls_mandatory_protocols",
        "smtpd_tls_ciphers", "smtpd_tls_mandatory_ciphers", "tls_high_cipherlist",
        "tls_medium_cipherlist", "tls_low_cipherlist", "tls_eecdh_auto_curves",
        "tls_ffdhe_auto_groups", "smtpd_discard_ehlo_keywords",
        "smtpd_discard_ehlo_keyword_address_maps", "smtpd_delay_reject",
        "smtpd_client_connection_count_limit", "smtpd_client_connection_rate_limit",
        "smtpd_client_message_rate_limit", "smtpd_client_recipient_rate_limit",
        "smtpd_client_new_tls_session_rate_limit", "smtpd_client_auth_rate_limit", "smtpd_milters",
        "milter_default_action", "master_service_disable", "smtpd_client_restrictions",
        "smtpd_helo_restrictions", "smtpd_sender_restrictions", "smtpd_relay_restrictions",
        "smtpd_recipient_restrictions", "smtpd_relay_before_recipient_restrictions",
        "smtpd_restriction_classes", "mynetworks", "inet_interfaces",
        "parent_domain_matches_subdomains", "smtpd_peername_lookup",
        "smtpd_authorized_xclient_hosts", "smtpd_sasl_auth_enable", "smtpd_sender_login_maps",
        "smtpd_upstream_proxy_protocol", "postscreen_upstream_proxy_protocol",
        "qmqpd_authorized_clients", "rewrite_service_name", "mydestination",
        "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains",
        "smtpd_reject_unlisted_recipient", "local_recipient_maps", "virtual_alias_maps",
        "virtual_mailbox_maps", "relay_recipient_maps", "recipient_canonical_maps",
        "canonical_maps", "smtpd_null_access_lookup_key", "myhostname", "mydomain",
        "inet_protocols", "master_service_disable", "maillog_file", "lmdb_map_size" };
    return names;
}

std::vector<std::string> restriction_lists(const ServiceFacts& facts)
{
    // Before 3.6 there is no parameter, and the relay list comes first.
    const bool recipient_first
        = equal_ignoring_case(facts.parameter("smtpd_relay_before_recipient_restrictions"), "no");
    return { "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions",
        recipient_first ? "smtpd_recipient_restrictions" : "smtpd_relay_restrictions",
        recipient_first ? "smtpd_relay_restrictions" : "smtpd_recipient_restrictions" };
}

} // namespace relayctl
