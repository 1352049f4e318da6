#include "core/audit/restrictions.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

bool any_of(std::string_view word, std::initializer_list<std::string_view> words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Does nothing to a client with good manners.
bool lets_good_manners_pass(std::string_view word)
{
    return any_of(word, {"reject_unauth_pipelining", "reject_invalid_helo_hostname", "reject_invalid_hostname",
                         "reject_non_fqdn_helo_hostname", "reject_non_fqdn_hostname", "reject_non_fqdn_sender",
                         "reject_non_fqdn_recipient", "reject_unlisted_sender", "reject_unlisted_recipient",
                         "reject_multi_recipient_bounce", "reject_plaintext_session", "reject_authenticated_sender_login_mismatch",
                         "permit_sasl_authenticated", "permit_auth_destination", "permit_naked_ip_address"});
}

// The first words of what takes a table, a server or a number as its second word.
bool takes_argument(std::string_view word)
{
    return (word.starts_with("check_") && word.ends_with("_access"))
        || any_of(word, {"check_policy_service", "reject_rbl_client", "reject_rhsbl_client", "reject_rhsbl_helo", "reject_rhsbl_reverse_client",
                         "reject_rhsbl_sender", "reject_rhsbl_recipient", "permit_dnswl_client", "permit_rhswl_client", "sleep"});
}

class Judge {
public:
    explicit Judge(const RestrictedClient& client) : client_(client) {}

    ListVerdict run(const std::vector<std::string>& words)
    {
        for (const std::string& word : words) {
            const std::string_view name = std::string_view(word).substr(0, word.find(' '));
            if (name == "warn_if_reject") { // the next one only logs what it would reject
                only_warns_ = true;
                continue;
            }
            const Outcome outcome = judge(name);
            const bool rejects = outcome == Outcome::reject || outcome == Outcome::try_again;
            if (outcome == Outcome::depends) {
                verdict_.unknown.push_back(word);
            } else if (outcome != Outcome::next && !(rejects && only_warns_)) {
                decide(outcome, word);
                break;
            }
            only_warns_ = false;
        }
        return std::move(verdict_);
    }

private:
    Outcome judge(std::string_view name) const
    {
        if (name == "permit") {
            return Outcome::permit;
        }
        if (any_of(name, {"reject", "reject_unauth_destination"})) {
            return Outcome::reject;
        }
        if (any_of(name, {"defer", "defer_unauth_destination"})) {
            return Outcome::try_again;
        }
        if (name == "permit_mynetworks") {
            return client_.in_mynetworks ? Outcome::permit : Outcome::next;
        }
        if (name == "permit_tls_clientcerts") {
            return client_.listed == Listed::yes ? Outcome::permit : client_.listed == Listed::fails ? Outcome::try_again : Outcome::next;
        }
        if (name == "permit_tls_all_clientcerts") {
            // permit_tls_clientcerts() serves both: without trust this one asks no table.
            return !client_.trust_is_known ? Outcome::depends : client_.trusted ? Outcome::permit : Outcome::next;
        }
        return lets_good_manners_pass(name) || name == "sleep" ? Outcome::next : Outcome::depends;
    }

    void decide(Outcome outcome, const std::string& word)
    {
        verdict_.outcome = outcome;
        verdict_.decided_by = word;
    }

    const RestrictedClient& client_;
    bool only_warns_ = false;
    ListVerdict verdict_;
};

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
        argument = !argument && takes_argument(word);
    }
    return words;
}

ListVerdict judge_restrictions(const std::vector<std::string>& words, const RestrictedClient& client)
{
    return Judge(client).run(words);
}

} // namespace relayctl
