#include "core/audit/restrictions.hpp"

#include "core/base/text.hpp"
#include "core/postfix/restriction_words.hpp"

#include <algorithm>

namespace relayctl {

namespace {

bool nobody_may_permit(const std::vector<UnknownRestriction>& unknown) noexcept
{
    return std::none_of(
        unknown.begin(), unknown.end(), [](const UnknownRestriction& u) { return u.may_permit; });
}

bool is_all_digits(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Goes through one list, and what it leads to, as generic_checks() does.
class ListWalk {
public:
    explicit ListWalk(const RestrictedClient& client)
        : client_(client)
    {
    }

    ListVerdict run(const std::vector<std::string>& words)
    {
        verdict_.outcome = run_list(words);
        return std::move(verdict_);
    }

private:
    // Returns the first decision of a list, which may be the value of a class or of a table.
    Outcome run_list(const std::vector<std::string>& words)
    {
        const int level = ++level_;
        Outcome outcome = Outcome::next;
        for (const std::string& word : words) {
            const std::string name = to_lower(std::string_view(word).substr(0, word.find(' ')));
            if (name == "warn_if_reject") { // what the next one would reject is only logged
                only_warns_ = only_warns_ == 0 ? level : only_warns_;
                continue;
            }
            outcome = judge(name, word);
            if (outcome == Outcome::reject || outcome == Outcome::try_again) {
                outcome = what_warning_leaves(outcome);
            }
            if (only_warns_ >= level) {
                only_warns_ = 0;
            }
            if (outcome != Outcome::next) {
                verdict_.innermost = verdict_.innermost.empty() ? word : verdict_.innermost;
                verdict_.decided_by = word; // the outermost list speaks last
                break;
            }
        }
        --level_;
        return outcome;
    }

    // "warn_if_reject" only logs a refusal, but not one for an error of the configuration or of a
    // table (smtpd_check_reject()).
    Outcome what_warning_leaves(Outcome outcome) const
    {
        return only_warns_ == 0 || is_error_ ? outcome : Outcome::next;
    }

    Outcome misconfigured(const std::string& why)
    {
        is_error_ = true;
        verdict_.misconfigured = true;
        verdict_.because = why;
        return Outcome::try_again;
    }

    Outcome unknown(const std::string& word, bool may_permit, bool may_reject)
    {
        verdict_.unknown.push_back({ word, may_permit, may_reject && only_warns_ == 0 });
        return Outcome::next;
    }

    Outcome permit_if(std::optional<bool> fact, const std::string& word)
    {
        return !fact ? unknown(word, true, false) : *fact ? Outcome::permit : Outcome::next;
    }

    // Refuses because of the recipient, if the client has named one already.
    Outcome refuse_unless(std::optional<bool> fact, Outcome refusal, const std::string& word)
    {
        if (!client_.names_recipient) {
            return Outcome::next;
        }
        return !fact ? unknown(word, false, true) : *fact ? Outcome::next : refusal;
    }

    // Behind warn_if_reject it is only logged (DEFER_IF_PERMIT2 in smtpd_check.c).
    Outcome defer_if_permit()
    {
        if (only_warns_ != 0) {
            return Outcome::next;
        }
        verdict_.defers_if_permitted = true;
        verdict_.surely_defers = verdict_.surely_defers || nobody_may_permit(verdict_.unknown);
        return Outcome::next;
    }

    Outcome judge(const std::string& name, const std::string& word)
    {
        const std::string argument = name.size() < word.size() ? word.substr(name.size() + 1) : "";
        if (takes_table(name) && argument.find(':') == std::string::npos) {
            return misconfigured("it needs a table, TYPE:NAME");
        }
        if (client_.knows_no_old_words && is_old_word(name, client_.names_recipient)) {
            return misconfigured("Postfix 3.9 has removed it");
        }
        if (name == "permit") {
            return Outcome::permit;
        }
        if (name == "reject") {
            return Outcome::reject;
        }
        if (name == "defer") {
            return Outcome::try_again;
        }
        if (looks_at_recipient(name)) {
            return judge_recipient(name, word);
        }
        if (name == "permit_sasl_authenticated") {
            return client_.authenticated ? Outcome::permit : Outcome::next;
        }
        if (name == "defer_if_permit") {
            return defer_if_permit();
        }
        if (name == "defer_if_reject") { // 4xx instead of 5xx is a refusal, too
            return Outcome::next;
        }
        if (name == "reject_plaintext_session") {
            return client_.encrypted ? Outcome::next : Outcome::try_again;
        }
        if (name == "permit_mynetworks") {
            return judge_networks(word);
        }
        if (name == "permit_inet_interfaces") {
            return permit_if(client_.in_inet_interfaces, word);
        }
        if (is_word_of(name, { "permit_tls_clientcerts", "permit_tls_all_clientcerts" })) {
            return judge_certificate(name == "permit_tls_all_clientcerts", word);
        }
        if (name == "check_ccert_access") {
            return judge_access(argument, word);
        }
        return judge_other(name, word);
    }

    Outcome judge_recipient(const std::string& name, const std::string& word)
    {
        if (name == "defer_unauth_destination") {
            return refuse_unless(client_.is_our_destination, Outcome::try_again, word);
        }
        if (is_word_of(name, { "reject_unlisted_recipient", "check_recipient_maps" })) {
            return refuse_unless(client_.has_recipient, Outcome::reject, word);
        }
        if (name == "permit_auth_destination") {
            return permit_if(
                client_.names_recipient ? client_.is_our_destination : std::optional(false), word);
        }
        return refuse_unless(client_.is_our_destination, Outcome::reject, word);
    }

    Outcome judge_networks(const std::string& word)
    {
        if (client_.mynetworks_fails && !client_.in_mynetworks.value_or(false)) {
            is_error_ = true;
            return Outcome::try_again;
        }
        return permit_if(client_.in_mynetworks, word);
    }

    // permit_tls_clientcerts() in smtpd_check.c serves both words: for a certificate that is not
    // trusted, permit_tls_all_clientcerts asks the tables, too.
    Outcome judge_certificate(bool all, const std::string& word)
    {
        verdict_.asked_listed = true;
        if (!client_.presents) {
            return Outcome::next;
        }
        // TLS_CERT_IS_TRUSTED() in permit_tls_clientcerts() comes before any lookup.
        if (all && client_.trusted.value_or(false)) {
            verdict_.because = "the certificate is issued by a CA that the server trusts";
            return Outcome::permit;
        }
        if (client_.listed == Listed::fails) {
            is_error_ = true;
            return Outcome::try_again;
        }
        if (client_.listed == Listed::yes) {
            return Outcome::permit;
        }
        const bool may_be_trusted = all && !client_.trusted;
        return may_be_trusted || client_.listed == Listed::unknown ? unknown(word, true, false)
                                                                   : Outcome::next;
    }

    Outcome judge_access(const std::string& argument, const std::string& word)
    {
        const auto found = client_.ccert_access.find(argument);
        if (found != client_.ccert_access.end() && found->second.malformed) {
            is_error_ = true;
            verdict_.because = "smtpd does not understand its argument";
            return Outcome::try_again;
        }
        if (!client_.presents) {
            return Outcome::next;
        }
        return found == client_.ccert_access.end() ? unknown(word, true, true)
                                                   : judge_answer(found->second, word, word);
    }

    // asked_as: the restriction with its name, where the list has only the table.
    Outcome judge_answer(
        const AccessResult& answer, const std::string& word, const std::string& asked_as)
    {
        for (const std::string& value : answer.values) {
            const Outcome outcome = judge_value(value);
            if (outcome != Outcome::next) {
                verdict_.because = value;
                verdict_.innermost = asked_as;
                return outcome;
            }
        }
        if (answer.fails) {
            verdict_.because = "the table cannot be asked"; // warn_if_reject only logs it
            return Outcome::try_again;
        }
        return answer.unknown ? unknown(word, true, true) : Outcome::next;
    }

    // Judges a table that is asked for what the client says of itself, or for its address. Before
    // it names a recipient, the client has said nothing.
    Outcome judge_other_access(
        const std::string& name, const std::string& argument, const std::string& word)
    {
        const std::string asked_as = name + ' ' + argument;
        const auto found = client_.access.find(asked_as);
        const bool has_spoken = client_.names_recipient || name == "check_client_access";
        if (name == "check_recipient_access" && !client_.names_recipient) {
            return Outcome::next;
        }
        return found == client_.access.end() || !has_spoken
            ? unknown(word, true, true)
            : judge_answer(found->second, word, asked_as);
    }

    // check_table_result(): the actions of access(5).
    Outcome judge_value(const std::string& value)
    {
        const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
        const std::string action = to_lower(std::string_view(value).substr(0, end));
        const bool has_text = !trim(std::string_view(value).substr(end)).empty();
        if (is_word_of(action,
                { "dunno", "info", "warn", "filter", "hold", "redirect", "bcc", "prepend",
                    "defer_if_reject" })) {
            return Outcome::next;
        }
        if (is_word_of(action, { "reject", "hangup" })) {
            return Outcome::reject;
        }
        if (action == "defer") {
            return Outcome::try_again;
        }
        if (action == "discard") {
            return Outcome::discard;
        }
        if (action == "defer_if_permit") {
            return defer_if_permit();
        }
        if (is_all_digits(value) || is_word_of(action, { "ok", "relay" })) {
            return Outcome::permit;
        }
        if (action.size() == 3 && is_all_digits(action) && has_text
            && (action[0] == '4' || action[0] == '5')) {
            return action[0] == '4' ? Outcome::try_again : Outcome::reject;
        }
        if (value.find(':') != std::string::npos) {
            return misconfigured(value);
        }
        return level_ > 100 ? misconfigured(value) : run_list(split_restrictions(value));
    }

    Outcome judge_other(const std::string& name, const std::string& word)
    {
        if (passes_good_manners(name)
            || (asks_owner_of_sender(name) && !client_.senders_have_owners)) {
            return Outcome::next;
        }
        if (is_access_by_claim(name)) {
            return judge_other_access(name, word.substr(name.size() + 1), word);
        }
        if (may_only_reject(name) || may_only_permit(name) || may_do_both(name)) {
            return unknown(word, !may_only_reject(name), !may_only_permit(name));
        }
        if (word.find(':') != std::string::npos) {
            return judge_other_access(client_.short_for, word, word);
        }
        const auto found = client_.classes.find(word);
        if (found == client_.classes.end() || level_ > 100) {
            return misconfigured("smtpd does not know it");
        }
        const Outcome outcome = run_list(found->second);
        if (outcome != Outcome::next && verdict_.because.empty()) {
            verdict_.because = verdict_.decided_by;
        }
        return outcome;
    }

    const RestrictedClient& client_;
    int level_ = 0;
    bool is_error_ = false;
    int only_warns_ = 0; // the level of the list whose "warn_if_reject" is in force
    ListVerdict verdict_;
};

} // namespace

bool ListVerdict::surely_stops() const noexcept
{
    return stops() && nobody_may_permit(unknown);
}

bool ListVerdict::surely_passes() const noexcept
{
    return !stops() && !defers_if_permitted
        && std::none_of(unknown.begin(), unknown.end(),
            [](const UnknownRestriction& u) { return u.may_reject; });
}

ListVerdict judge_restrictions(
    const std::vector<std::string>& words, const RestrictedClient& client)
{
    return ListWalk(client).run(words);
}

} // namespace relayctl
