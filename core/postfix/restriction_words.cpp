#include "core/postfix/restriction_words.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

bool is_word_of(std::string_view word, std::initializer_list<std::string_view> words) noexcept
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool passes_good_manners(std::string_view name) noexcept
{
    return is_word_of(name,
        { "reject_unauth_pipelining", "reject_invalid_helo_hostname", "reject_invalid_hostname",
            "reject_non_fqdn_helo_hostname", "reject_non_fqdn_hostname", "reject_non_fqdn_sender",
            "reject_non_fqdn_recipient", "reject_unlisted_sender", "reject_multi_recipient_bounce",
            "reject_authenticated_sender_login_mismatch", "permit_naked_ip_address",
            "check_sasl_access", "check_etrn_access", "sleep" });
}

bool looks_at_recipient(std::string_view name) noexcept
{
    return is_word_of(name,
        { "reject_unauth_destination", "check_relay_domains", "defer_unauth_destination",
            "reject_unlisted_recipient", "check_recipient_maps", "permit_auth_destination" });
}

bool asks_owner_of_sender(std::string_view name) noexcept
{
    return is_word_of(name,
        { "reject_sender_login_mismatch", "reject_known_sender_login_mismatch",
            "reject_unauthenticated_sender_login_mismatch" });
}

bool may_only_reject(std::string_view name) noexcept
{
    const bool looks_up_servers = name.starts_with("check_")
        && (name.ends_with("_a_access") || name.ends_with("_mx_access")
            || name.ends_with("_ns_access"));
    return looks_up_servers || name.starts_with("reject_rhsbl_")
        || is_word_of(name,
            { "reject_unknown_client_hostname", "reject_unknown_client",
                "reject_unknown_reverse_client_hostname", "reject_maps_rbl", "reject_rbl_client",
                "reject_rbl", "reject_unknown_helo_hostname", "reject_unknown_hostname",
                "reject_unknown_address", "reject_unknown_sender_domain",
                "reject_unknown_recipient_domain", "reject_unverified_sender",
                "reject_unverified_recipient", "reject_known_sender_login_mismatch",
                "reject_unauthenticated_sender_login_mismatch", "reject_sender_login_mismatch" });
}

bool may_only_permit(std::string_view name) noexcept
{
    return is_word_of(name, { "permit_dnswl_client", "permit_rhswl_client", "permit_mx_backup" });
}

bool may_do_both(std::string_view name) noexcept
{
    return is_word_of(name, { "check_reverse_client_hostname_access", "check_policy_service" });
}

bool is_access_by_claim(std::string_view name) noexcept
{
    return is_word_of(name,
        { "check_client_access", "check_helo_access", "check_sender_access",
            "check_recipient_access" });
}

bool takes_table(std::string_view name) noexcept
{
    return (name.starts_with("check_") && name.ends_with("_access"))
        || name == "check_policy_service";
}

bool is_old_word(std::string_view name, bool names_recipient) noexcept
{
    return is_word_of(name, { "permit_naked_ip_address", "reject_maps_rbl" })
        || (name == "check_relay_domains" && names_recipient);
}

namespace {

// Returns true if the word behind this one belongs to it.
bool takes_argument(std::string_view name) noexcept
{
    return takes_table(name) || name == "sleep"
        || is_word_of(name,
            { "reject_rbl_client", "reject_rbl", "permit_dnswl_client", "permit_rhswl_client" })
        || name.starts_with("reject_rhsbl_");
}

} // namespace

std::vector<std::string> split_restrictions(std::string_view text)
{
    std::vector<std::string> words;
    bool argument = false;
    for (std::string& word : split_list(text)) {
        if (argument) {
            words.back() += ' ' + word;
        } else {
            words.push_back(word);
        }
        argument = !argument && takes_argument(to_lower(word));
    }
    return words;
}

bool names_restriction(const std::vector<std::string>& words,
    const std::map<std::string, std::vector<std::string>>& classes, std::string_view name)
{
    std::set<std::string> entered; // a class may name itself, and must not be entered twice
    std::vector<const std::vector<std::string>*> lists = { &words };
    while (!lists.empty()) {
        const std::vector<std::string>& list = *lists.back();
        lists.pop_back();
        for (const std::string& word : list) {
            if (equal_ignoring_case(std::string_view(word).substr(0, word.find(' ')), name)) {
                return true;
            }
            const auto found = classes.find(word);
            if (found != classes.end() && entered.insert(word).second) {
                lists.push_back(&found->second);
            }
        }
    }
    return false;
}

} // namespace relayctl
