// To find out why a client passes, the same lists are judged for other clients: one without any
// right, one whose destination is not ours. What changes the outcome is the reason.
#include "core/audit/openness.hpp"

#include "core/audit/service_audit.hpp"
#include "core/base/text.hpp"
#include "core/postfix/address_pattern.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// A client without a certificate, a login and an address of ours.
RestrictedClient anybody_at(const Stage& stage)
{
    RestrictedClient anybody = stage.client;
    anybody.presents = false;
    anybody.in_mynetworks = false;
    anybody.in_inet_interfaces = false;
    anybody.authenticated = false;
    return anybody;
}

// Goes through the lists of a client that relays, and names what else than its entry permits it.
class Explanation : ServiceAudit {
public:
    Explanation(const ServiceFacts& facts, const std::vector<Stage>& stages,
        const PermitQuestion& question, const Repair& repair)
        : ServiceAudit(facts, repair)
        , stages_(stages)
        , question_(question)
    {
    }

    std::vector<Finding> run()
    {
        // If no list would stop a client without any right, the server is open, and that is told. A
        // service that enforces TLS is left out, since not every client gets through to its lists.
        const auto stops = [&](const Stage& stage) { return would_stop(stage, anybody_at(stage)); };
        if (!question_.needs_tls && std::none_of(stages_.begin(), stages_.end(), stops)) {
            explain_openness();
        }
        for (const Stage& stage : stages_) {
            // A permission in another list only spares the client a refusal there.
            const bool lets_relay = stage.list == "smtpd_relay_restrictions"
                || stage.list == "smtpd_recipient_restrictions";
            if (lets_relay && stage.verdict.outcome == Outcome::permit && is_last_word(stage)) {
                explain_permit(stage);
            }
        }
        return take();
    }

private:
    bool would_stop(const Stage& stage, const RestrictedClient& client) const
    {
        return !passes(judge_restrictions(stage.words, client), question_.unseen_is_silent);
    }

    // Says why any client passes: its destination counts as ours, a table permits whatever it is
    // asked, or nothing refuses it.
    void explain_openness()
    {
        // It is the destination if the same client would be stopped as soon as the destination is
        // not ours.
        const bool by_destination = facts_.elsewhere.is_ours.value_or(false)
            && std::any_of(stages_.begin(), stages_.end(), [&](const Stage& stage) {
                   RestrictedClient client = anybody_at(stage);
                   client.is_our_destination = false;
                   return would_stop(stage, client);
               });
        if (by_destination) {
            add(Severity::error, "destination-anywhere",
                facts_.elsewhere.parameter + " = "
                    + quote(facts_.parameter(facts_.elsewhere.parameter), 200)
                    + " takes in every destination, also invented ones: anybody may send mail "
                      "anywhere",
                "name in " + facts_.elsewhere.parameter
                    + " only the domains that this server is to take mail for");
            return;
        }
        for (const Stage& stage : stages_) {
            const std::string& word = stage.verdict.innermost;
            if (stage.verdict.outcome == Outcome::permit && is_access_by_claim(first_word(word))) {
                add(Severity::error, "access-open",
                    stage.list + ": " + quote(word, 200) + " says " + quote(stage.verdict.because)
                        + " to everybody: any client may relay",
                    "take the entry or the pattern that permits everybody out of that table");
                return;
            }
        }
        add(Severity::error, "open-relay", "any client may relay, with or without a certificate",
            closing_command());
    }

    // Gives the relay list a refusal in the place of what permits everybody.
    std::string closing_command() const
    {
        const std::string list = "smtpd_relay_restrictions";
        return repair_.set(facts_, list, refusing_at_the_end(facts_, list));
    }

    // Returns whether the permission decides: the list refuses a client without the certificate and
    // without the address.
    static bool is_last_word(const Stage& stage)
    {
        return judge_restrictions(stage.words, anybody_at(stage)).stops();
    }

    void explain_permit(const Stage& stage)
    {
        const ListVerdict& verdict = stage.verdict;
        const std::string decider = first_word(verdict.innermost);
        // Only a trusted certificate is permitted by this word alone, see permit_tls_clientcerts()
        // in smtpd_check.c. Otherwise the tables have decided.
        if (decider == "permit_tls_all_clientcerts" && facts_.trusted.value_or(false)) {
            add(Severity::error, "permit-all-clientcerts",
                stage.list
                    + " has permit_tls_all_clientcerts: every certificate of a CA that the server "
                      "trusts relays, listed or not",
                listed_only_command(facts_, stage.list, repair_));
        } else if (decider == "permit_mynetworks") {
            // An own network in mynetworks is what the parameter is for, so that is a note.
            const bool wide = facts_.mynetworks_width >= Width::wide;
            add(wide ? Severity::error : Severity::note, "mynetworks-wide",
                "mynetworks = " + quote(facts_.parameter("mynetworks"), 200)
                    + " takes in the client's address" + (wide ? " and those of strangers" : "")
                    + ": it relays without being listed",
                wide ? networks_hint("mynetworks") : "");
        } else if (decider == "check_ccert_access") {
            explain_access(stage);
        } else if (decider != "permit_tls_clientcerts" && decider != "permit_tls_all_clientcerts"
            && decider != "permit") {
            // "permit" at the end of a list decides nothing that was not open before, so it is not
            // named.
            add(Severity::note, "permitted-otherwise",
                stage.list + " permits by " + quote(verdict.innermost, 200)
                    + (verdict.because.empty() || decider == verdict.because
                            ? ""
                            : ", which says " + quote(verdict.because)));
        }
    }

    // Says which table permits. It is an error if that table permits a certificate that nobody has.
    void explain_access(const Stage& stage)
    {
        const std::string& word = stage.verdict.innermost;
        const auto access = facts_.ccert_access.find(argument_of(word));
        const std::string what
            = stage.list + ": " + quote(word, 200) + " says " + quote(stage.verdict.because);
        if (access != facts_.ccert_access.end() && access->second.table.lists_anybody) {
            add(Severity::error, "ccert-access-open",
                what
                    + " to every certificate, also to one that somebody makes himself: whoever has "
                      "one relays",
                "take the entry or the pattern that permits everybody out of that table");
        } else {
            add(Severity::note, "ccert-access-permits", what);
        }
    }

    const std::vector<Stage>& stages_;
    const PermitQuestion& question_;
};

} // namespace

std::vector<Finding> explain_permits(const ServiceFacts& facts, const std::vector<Stage>& stages,
    const PermitQuestion& question, const Repair& repair)
{
    return Explanation(facts, stages, question, repair).run();
}

bool passes(const ListVerdict& verdict, bool unseen_is_silent)
{
    const bool goes_on = !verdict.stops() && !verdict.defers_if_permitted;
    return unseen_is_silent ? goes_on : verdict.surely_passes();
}

std::string networks_hint(const std::string& parameter)
{
    return "name in " + parameter + " only the addresses of your own hosts";
}

namespace {

// Returns the hint for an entry that smtpd cannot read. The entry is a missing file, a table, an
// IPv6 network without brackets, or a network whose address has bits behind its mask.
std::string networks_fault_hint(const std::string& fault)
{
    constexpr std::string_view no_file = "nofile:";
    if (fault.starts_with(no_file)) {
        return "make the file " + quote(fault.substr(no_file.size()), 200)
            + ", or take it out of mynetworks";
    }
    const AddressPattern network = parse_address_pattern(fault);
    if (network.network.bits == 0) {
        return "mend the table " + quote(fault, 200)
            + " (postmap says what is wrong with it), or take it out of mynetworks";
    }
    return network.network.bits == 128 && !fault.starts_with('[')
        ? "write an IPv6 address or network in mynetworks with brackets: [2001:db8::]/32"
        : "write the network with its first address, such as 192.0.2.0/24, not with that of a "
          "host in it";
}

} // namespace

Finding networks_fault(const ServiceFacts& facts, const std::string& list)
{
    const std::string& fault = facts.mynetworks_fault;
    const std::string entry
        = fault.starts_with("nofile:") ? fault.substr(fault.find(':') + 1) : fault;
    return finding(Severity::error, "mynetworks-fails",
        list + ": smtpd cannot read the entry " + quote(entry, 200)
            + " of mynetworks, and answers 451 at permit_mynetworks to every client that no entry "
              "in front of it takes in, listed or not",
        networks_fault_hint(fault));
}

namespace {

// Returns the list with the listed clients in the place of all; the word is not repeated if it was
// there already. No value if the list does not have permit_tls_all_clientcerts.
std::optional<std::string> listed_only(std::vector<std::string> words)
{
    const std::string listed = "permit_tls_clientcerts";
    bool is_changed = false;
    for (std::string& word : words) {
        if (equal_ignoring_case(word, "permit_tls_all_clientcerts")) {
            word = listed;
            is_changed = true;
        }
    }
    if (!is_changed) {
        return std::nullopt;
    }
    const auto first = std::find(words.begin(), words.end(), listed);
    words.erase(std::remove(first + 1, words.end(), listed), words.end());
    return join(words, ", ");
}

} // namespace

std::string listed_only_command(
    const ServiceFacts& facts, const std::string& list, const Repair& repair)
{
    const auto words = split_restrictions(facts.parameter(list));
    std::vector<Setting> settings;
    if (const auto value = listed_only(words)) {
        settings.push_back({ list, *value });
    }
    // A class is changed only if this list names it, directly or through another class.
    for (const auto& [name, inside] : facts.classes) {
        const auto value
            = names_restriction(words, facts.classes, name) ? listed_only(inside) : std::nullopt;
        if (value) {
            settings.push_back({ name, *value });
        }
    }
    return repair.set(facts, settings);
}

} // namespace relayctl
