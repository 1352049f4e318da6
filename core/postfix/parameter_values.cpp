// Postfix reads each parameter by its kind, and ends with a fatal error if a value is not of that
// kind: then there is no smtpd at all, whoever is listed. The names of each kind are taken from its
// sources; a parameter that is in none of the lists is not judged.
#include "core/postfix/parameter_values.hpp"

#include "core/base/edit_distance.hpp"
#include "core/base/text.hpp"
#include "core/postfix/parse_output.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>

namespace relayctl {

namespace {

// The boolean, numeric and time tables of smtpd.c, and those that every daemon reads
// (mail_params_init() in mail_params.c, tls_param_init() in tls_misc.c).
constexpr std::string_view booleans
    = " allow_untrusted_routing broken_sasl_auth_clients disable_vrfy_command "
      "show_user_unknown_table_name smtpd_client_port_logging smtpd_delay_open_until_valid_rcpt "
      "smtpd_delay_reject smtpd_enforce_tls smtpd_helo_required smtpd_peername_lookup "
      "smtpd_reject_unlisted_recipient smtpd_reject_unlisted_sender smtpd_sasl_auth_enable "
      "smtpd_sasl_authenticated_header smtpd_tls_always_issue_session_ids smtpd_tls_ask_ccert "
      "smtpd_tls_auth_only smtpd_tls_received_header smtpd_tls_req_ccert smtpd_tls_wrappermode "
      "smtpd_use_tls strict_rfc821_envelopes smtputf8_enable soft_bounce enable_long_queue_ids "
      "helpful_warnings disable_dns_lookups multi_instance_enable strict_7bit_headers "
      "strict_8bitmime strict_smtputf8 tls_append_default_CA tls_preempt_cipherlist "
      "tls_wildcard_matches_multiple_labels ";
constexpr std::string_view times
    = " address_verify_poll_delay address_verify_sender_ttl milter_command_timeout "
      "milter_connect_timeout milter_content_timeout smtpd_error_sleep_time "
      "smtpd_policy_service_max_idle smtpd_policy_service_max_ttl "
      "smtpd_policy_service_retry_delay smtpd_policy_service_timeout smtpd_proxy_timeout "
      "smtpd_starttls_timeout smtpd_timeout smtpd_upstream_proxy_timeout daemon_timeout "
      "in_flow_delay ipc_idle ipc_timeout ipc_ttl max_idle trigger_timeout ";
constexpr std::string_view numbers
    = " access_map_defer_code access_map_reject_code defer_code invalid_hostname_reject_code "
      "maps_rbl_reject_code multi_recipient_bounce_reject_code non_fqdn_reject_code "
      "plaintext_reject_code reject_code relay_domains_reject_code smtpd_client_auth_rate_limit "
      "smtpd_client_connection_count_limit smtpd_client_connection_rate_limit "
      "smtpd_client_message_rate_limit smtpd_client_new_tls_session_rate_limit "
      "smtpd_client_recipient_rate_limit smtpd_history_flush_threshold smtpd_recipient_limit "
      "smtpd_policy_service_request_limit smtpd_policy_service_try_limit "
      "smtpd_recipient_overshoot_limit smtpd_tls_ccert_verifydepth unknown_address_reject_code "
      "unknown_client_reject_code unknown_hostname_reject_code "
      "unknown_local_recipient_reject_code unknown_relay_recipient_reject_code "
      "unknown_virtual_alias_reject_code unknown_virtual_mailbox_reject_code "
      "unverified_recipient_defer_code unverified_recipient_reject_code "
      "unverified_sender_defer_code unverified_sender_reject_code header_size_limit "
      "line_length_limit max_use default_process_limit queue_minfree message_size_limit "
      "tls_daemon_random_bytes ";

// Those that decide about clients with certificates, for names that were mistyped.
constexpr std::string_view deciding
    = "relay_clientcerts smtpd_tls_ask_ccert smtpd_tls_req_ccert smtpd_tls_security_level "
      "smtpd_tls_cert_file smtpd_tls_key_file smtpd_tls_eccert_file smtpd_tls_eckey_file "
      "smtpd_tls_chain_files smtpd_tls_CAfile smtpd_tls_CApath smtpd_tls_ccert_verifydepth "
      "smtpd_tls_fingerprint_digest smtpd_tls_wrappermode smtpd_tls_protocols "
      "smtpd_tls_mandatory_protocols smtpd_tls_ciphers smtpd_tls_mandatory_ciphers "
      "smtpd_tls_exclude_ciphers smtpd_tls_mandatory_exclude_ciphers smtpd_tls_loglevel "
      "smtpd_tls_auth_only smtpd_use_tls smtpd_enforce_tls smtpd_tls_enable_rpk "
      "tls_append_default_CA tls_config_file tls_config_name smtpd_relay_restrictions "
      "smtpd_recipient_restrictions smtpd_client_restrictions smtpd_helo_restrictions "
      "smtpd_sender_restrictions smtpd_delay_reject smtpd_discard_ehlo_keywords mynetworks "
      "master_service_disable inet_interfaces compatibility_level proxy_read_maps";

// Returns true if the name is one of the words of the list.
bool is_among(std::string_view names, std::string_view name)
{
    const std::size_t at = name.empty() ? std::string_view::npos : names.find(name);
    for (std::size_t found = at; found != std::string_view::npos;
         found = names.find(name, found + 1)) {
        // The lists begin and end with a blank, so that whole names are compared.
        if (names[found - 1] == ' ' && names[found + name.size()] == ' ') {
            return true;
        }
    }
    return false;
}

// Returns what strtol(3) leaves of the value; no value if it reads no number, or one outside.
std::optional<std::string_view> behind_number(std::string_view value, long& number)
{
    // strtol(3) takes a plus sign, std::from_chars() does not.
    value.remove_prefix(value.size() > 1 && value[0] == '+' && is_digit(value[1]) ? 1 : 0);
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc()) {
        return std::nullopt;
    }
    return value.substr(static_cast<std::size_t>(end - value.data()));
}

// Returns true for a value that conv_time() takes: a number, perhaps with a unit, without overflow.
bool is_time(std::string_view value)
{
    constexpr std::string_view units = "smhdw";
    constexpr std::array<long, 5> seconds = { 1, 60, 3600, 86400, 604800 };
    long number = 0;
    const auto rest = behind_number(value, number);
    if (!rest || number < 0 || number > INT_MAX) {
        return false;
    }
    // Whatever stands behind the letter does not count: "5minutes" are 5 minutes.
    // Without a letter this takes seconds; the default unit of the parameter may be another.
    const std::size_t unit = rest->empty() ? 0 : units.find(rest->front());
    return unit == 0 || (unit != std::string_view::npos && number < INT_MAX / seconds[unit]);
}

// Returns true for a whole number with nothing behind it.
bool is_number(std::string_view value)
{
    long number = 0;
    const auto rest = behind_number(value, number);
    return rest && rest->empty();
}

} // namespace

std::optional<std::string> value_problem(std::string_view name, std::string_view value)
{
    if (is_among(booleans, name)) {
        return equal_ignoring_case(value, "yes") || equal_ignoring_case(value, "no")
            ? std::nullopt
            : std::optional("is neither yes nor no");
    }
    if (name == "smtpd_upstream_proxy_protocol" && !value.empty() && value != "haproxy") {
        return "is no protocol that smtpd knows";
    }
    if (is_among(times, name) && !is_time(value)) {
        return "is no time: a number and s, m, h, d or w, without a blank between them";
    }
    if (is_among(numbers, name) && !is_number(value)) {
        return "is no number";
    }
    return std::nullopt;
}

std::optional<std::string> tls_value_problem(
    std::string_view what, std::string_view value, std::string_view version)
{
    constexpr std::string_view grades = " export low medium high null ";
    constexpr std::string_view protocols = " sslv2 sslv3 tlsv1 tlsv1.1 tlsv1.2 tlsv1.3 ";
    if (what == "ciphers") {
        return is_among(grades, to_lower(value)) ? std::nullopt
                                                 : std::optional("there is no such cipher grade");
    }
    std::string words(value);
    // Protocols may be separated by colons, too (tls_protocol_mask() in tls_misc.c).
    std::replace(words.begin(), words.end(), ':', ' ');
    for (const std::string& word : split_list(words)) {
        const bool is_limit = word.starts_with(">=") || word.starts_with("<=");
        if (is_limit && !version_is_at_least(version, 3, 6)) {
            return quote(word) + " is known from Postfix 3.6 on";
        }
        const std::string name = to_lower(word.substr(is_limit ? 2
                : word.starts_with('!')                        ? 1
                                                               : 0));
        const bool is_hexadecimal = is_limit && name.size() == 4
            && std::all_of(name.begin(), name.end(), [](char c) { return hex_value(c) >= 0; });
        if (!is_hexadecimal && !(is_limit && name == "0") && !is_among(protocols, name)) {
            return quote(word) + " is no protocol";
        }
    }
    return std::nullopt;
}

std::string meant_value(std::string_view name, std::string_view value)
{
    // main.cf knows comments at the beginning of a line only; one behind a value becomes part of
    // it.
    const std::size_t comment = value.find('#');
    if (comment != std::string_view::npos && comment > 0 && is_blank(value[comment - 1])) {
        const std::string_view before = trim(value.substr(0, comment));
        return before.empty() || value_problem(name, before) ? "" : std::string(before);
    }
    if (is_among(times, name)) {
        std::string packed(value);
        std::erase_if(packed, is_blank);
        return is_time(packed) ? packed.substr(0, packed.find_first_not_of("0123456789") + 1) : "";
    }
    if (is_among(booleans, name)) {
        for (const char* word : { "on", "true", "1", "enable", "enabled" }) {
            if (equal_ignoring_case(value, word)) {
                return "yes";
            }
        }
        for (const char* word : { "off", "false", "0", "disable", "disabled" }) {
            if (equal_ignoring_case(value, word)) {
                return "no";
            }
        }
    }
    return "";
}

std::string meant_parameter(std::string_view name)
{
    // With more differences any short name would look like a mistyped one.
    constexpr std::size_t most = 2; // letters
    std::string best;
    std::size_t least = most + 1;
    for (const std::string& known : split_list(deciding)) {
        const std::size_t letters = edit_distance(to_lower(name), to_lower(known));
        if (letters < least) {
            least = letters;
            best = known;
        }
    }
    return best;
}

} // namespace relayctl
