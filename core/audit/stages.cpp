#include "core/audit/stages.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns what an access table says to these fingerprints, in the search order of
// check_ccert_access. A kind that cannot be asked, such as issuer_cn, is an error for smtpd.
AccessResult answer_of(
    const AccessTableFacts& access, const std::vector<ClientFingerprint>& fingerprints)
{
    AccessResult answer;
    answer.malformed = access.malformed;
    for (const std::string& kind : access.search_order) {
        const auto found_kind = std::find_if(fingerprints.begin(), fingerprints.end(),
            [&](const ClientFingerprint& p) { return p.kind == kind; });
        const auto i = static_cast<std::size_t>(found_kind - fingerprints.begin());
        // These two are all that relay_clientcerts knows of a client.
        const bool can_be_asked = kind == "cert" || kind == "key";
        const LookupStatus found = !can_be_asked ? LookupStatus::fails
            : i < access.table.answers.size()    ? access.table.answers[i]
                                                 : LookupStatus::unseen;
        if (found == LookupStatus::found) {
            answer.values.push_back(access.table.values[i]);
        }
        answer.fails = found == LookupStatus::fails;
        answer.unknown = found == LookupStatus::unseen;
        // smtpd stops at an error; what is unseen may be one, so nothing behind it is certain.
        if (answer.fails || answer.unknown) {
            break;
        }
    }
    return answer;
}

// Returns the client as a list meets it. connected: it has only just connected, before STARTTLS.
RestrictedClient client_of(const ServiceFacts& facts, const Transport& transport, bool connected)
{
    RestrictedClient client;
    client.encrypted = transport.encrypts && (!connected || transport.from_the_start);
    // A certificate is shown in the handshake, and only to a server that asks for it.
    client.presents = client.encrypted && transport.asks;
    client.trusted = facts.trusted;
    client.in_mynetworks = facts.in_mynetworks;
    client.mynetworks_fails = !facts.mynetworks_fault.empty();
    client.in_inet_interfaces = facts.in_inet_interfaces;
    client.authenticated = facts.authenticated;
    client.senders_have_owners = facts.is_on("smtpd_sasl_auth_enable")
        && !facts.parameter("smtpd_sender_login_maps").empty();
    client.knows_no_old_words = facts.has_changed(Change::old_words_removed);
    client.is_our_destination = facts.elsewhere.is_ours;
    client.has_recipient = facts.elsewhere.has_recipient;
    client.classes = facts.classes;
    for (const auto& [word, table] : facts.access) {
        client.access[word] = table.answer;
    }
    return client;
}

} // namespace

std::vector<Stage> judge_stages(const ServiceFacts& facts, const Transport& transport,
    Listed listed, const std::vector<ClientFingerprint>& fingerprints)
{
    std::vector<Stage> stages;
    const auto look_at = [&](const std::string& list, bool connected, bool names_recipient) {
        Stage stage{ list, split_restrictions(facts.parameter(list)),
            client_of(facts, transport, connected), {} };
        stage.client.listed = listed;
        stage.client.names_recipient = names_recipient;
        // A table alone in a list stands for this word with it.
        stage.client.short_for = list == "smtpd_client_restrictions" ? "check_client_access"
            : list == "smtpd_helo_restrictions"                      ? "check_helo_access"
            : list == "smtpd_sender_restrictions"                    ? "check_sender_access"
                                                                     : "check_recipient_access";
        for (const auto& [argument, access] : facts.ccert_access) {
            stage.client.ccert_access[argument] = answer_of(access, fingerprints);
        }
        stage.verdict = judge_restrictions(stage.words, stage.client);
        stages.push_back(std::move(stage));
    };
    // The order is client, HELO, sender, relay, recipient, or with
    // smtpd_relay_before_recipient_restrictions = no recipient before relay.
    const auto lists = restriction_lists(facts);
    const bool delayed = facts.parameter("smtpd_delay_reject") != "no";
    // With smtpd_delay_reject all lists wait for RCPT TO, when everything about the client is
    // known.
    look_at(lists[0], !delayed, delayed);
    // smtpd looks at the HELO list when HELO comes, once before STARTTLS and once within TLS.
    if (!delayed) {
        look_at(lists[1], true, false);
    }
    look_at(lists[1], false, delayed);
    look_at(lists[2], false, delayed);
    look_at(lists[3], false, true);
    look_at(lists[4], false, true);
    // This check comes at the end of smtpd_check_rcpt() without a word in any list.
    if (facts.is_on("smtpd_reject_unlisted_recipient")) {
        Stage last = stages.back();
        last.list = "smtpd_reject_unlisted_recipient";
        last.words = { "reject_unlisted_recipient" };
        last.verdict = judge_restrictions(last.words, last.client);
        stages.push_back(std::move(last));
    }
    return stages;
}

std::string first_word(const std::string& restriction)
{
    return to_lower(std::string_view(restriction).substr(0, restriction.find(' ')));
}

std::string argument_of(const std::string& restriction)
{
    return restriction.substr(std::min(restriction.find(' ') + 1, restriction.size()));
}

} // namespace relayctl
