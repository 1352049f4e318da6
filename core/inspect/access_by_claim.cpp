#include "core/inspect/access_by_claim.hpp"

#include "core/base/text.hpp"
#include "core/inspect/address_lists.hpp"
#include "core/inspect/claimed_keys.hpp"
#include "core/postfix/restriction_words.hpp"

#include <array>

namespace relayctl {

namespace {

// The names of this server's domains that stand in its lists as they are, which everybody knows.
std::vector<std::string> own_names(const ServiceFacts& facts)
{
    std::vector<std::string> names = { facts.parameter("myhostname"), facts.parameter("mydomain") };
    for (const char* list :
        { "mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains" }) {
        for (const std::string& name : split_list(facts.parameter(list))) {
            if (name.find_first_of(":/!") == std::string::npos) {
                names.push_back(name);
            }
        }
    }
    return names;
}

} // namespace

void AccessByClaim::ask(ServiceFacts& facts)
{
    static constexpr std::array<const char*, 3> implied_words
        = { "check_client_access", "check_helo_access", "check_sender_access" };
    const auto lists = restriction_lists(facts);
    for (std::size_t i = 0; i < lists.size(); ++i) {
        ask_tables_in(split_restrictions(facts.parameter(lists[i])),
            i < implied_words.size() ? implied_words[i] : "check_recipient_access", facts);
    }
    // In a class a table without a word is asked as in the list that names the class, which is not
    // known here.
    for (const auto& [name, words] : facts.classes) {
        ask_tables_in(words, "", facts);
    }
}

void AccessByClaim::ask_tables_in(
    const std::vector<std::string>& words, const std::string& implied_word, ServiceFacts& facts)
{
    for (const std::string& restriction : words) {
        const std::size_t blank = restriction.find(' ');
        std::string word = to_lower(std::string_view(restriction).substr(0, blank));
        std::string table = blank == std::string::npos ? "" : restriction.substr(blank + 1);
        // A table alone is short for the word of its list, as smtpd takes it (smtpd_check.c,
        // generic_checks()).
        if (blank == std::string::npos && restriction.find(':') != std::string::npos) {
            word = implied_word;
            table = restriction;
        }
        // What has no table, or is written in braces, is not looked up here.
        if (!is_access_by_claim(word) || table.find(':') == std::string::npos
            || table.starts_with('{')) {
            continue;
        }
        // The chroot matters: from inside it some tables cannot be asked.
        const auto [known, is_new]
            = known_.try_emplace(word + ' ' + table + (facts.service.chroot ? " y" : " n"));
        if (is_new) {
            known->second = ask_table(word, table, facts);
        }
        facts.access[word + ' ' + table] = known->second;
    }
}

ClaimTableFacts AccessByClaim::ask_table(
    const std::string& word, const std::string& table, const ServiceFacts& facts)
{
    const ClaimSource source{ label_, client_name(facts), query_.address,
        facts.parameter("smtpd_null_access_lookup_key"), own_names(facts),
        matches_below(facts, "smtpd_access_maps") };
    const Claims claims = claims_of(word, table, source);
    std::vector<std::string> keys;
    for (const auto& group : { claims.clients, claims.guesses }) {
        for (const Claim& claim : group) {
            keys.insert(keys.end(), claim.begin(), claim.end());
        }
    }
    const KeyValues values = tables_.values_of(table, keys, facts);
    ClaimTableFacts result;
    if (!values.was_asked()) {
        result.answer.unknown = true;
        return result;
    }
    result = facts_of_claims(claims, values.values);
    // Of a HELO name or a sender the client can claim any that the table has, so all its keys are
    // needed.
    const bool is_free_text = word == "check_sender_access" || word == "check_helo_access";
    if (is_free_text && result.answer.unknown) {
        result.key_by_value = tables_.key_by_value(table, facts);
    }
    return result;
}

} // namespace relayctl
