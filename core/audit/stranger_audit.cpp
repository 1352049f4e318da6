// A stranger is a client that no table lists and that has no right of its own. Whether he relays is
// judged by the same rules as for any client. Then he is given, one by one, what many strangers can
// have: an address that a wide list takes in, a name or sender that he only has to claim, a
// destination.
#include "core/audit/stranger_audit.hpp"

#include "core/audit/openness.hpp"
#include "core/audit/restrictions.hpp"
#include "core/audit/service_audit.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns the width as the end of a sentence about a list.
const char* width_in_words(Width width)
{
    return width == Width::all ? "takes in every address"
        : width == Width::wide ? "takes in far more addresses than anybody's own networks have"
                               : "takes in as many public addresses as one /8";
}

// Judges one service by strangers. If a stranger relays as he comes, that is all there is to say;
// else he tries an address, a claim and a destination that many strangers can have.
class StrangerAudit : ServiceAudit {
public:
    StrangerAudit(const ServiceFacts& facts, Time now, const Repair& repair)
        : ServiceAudit(facts, repair)
        , now_(now)
    {
    }

    std::vector<Finding> run()
    {
        // The proxy and XCLIENT are looked at alone, since they would make every answer a maybe.
        ServiceFacts undisguised = facts_;
        undisguised.disguise = {};
        const Verdict verdict = judged(undisguised);
        if (verdict.would_relay.value_or(false)) {
            for (const Finding& reason : verdict.reasons) {
                if (reason.severity == Severity::error) {
                    add(reason);
                }
            }
        } else {
            audit_networks();
            audit_claims();
            audit_destinations();
        }
        audit_disguise();
        audit_authorities();
        return take();
    }

private:
    // Returns the verdict for a stranger whom no table lists. Destinations that cannot be seen
    // count as not ours, since audit_destinations() reports them.
    Verdict judged(ServiceFacts facts) const
    {
        // What the configuration lets in counts, also while smtpd is down or refuses to start.
        facts.live.reset();
        facts.reading = ReadingFacts();
        facts.elsewhere.is_ours = facts.elsewhere.is_ours.value_or(false);
        return judge(facts, { unknown_client(), Listed::no, now_, true }, repair_);
    }

    // The same service, whoever comes by its proxy.
    bool lets_in(ServiceFacts facts) const
    {
        facts.disguise = {};
        return judged(facts).would_relay.value_or(false);
    }

    // What an address in mynetworks would gain is asked first, so that a wide mynetworks is no
    // finding where no list permits by it.
    void audit_networks()
    {
        // A copy of the facts is changed in one point, and the answer is compared.
        ServiceFacts inside = facts_;
        inside.in_mynetworks = true;
        if (!lets_in(inside)) {
            return;
        }
        // Names have no width; they are judged one by one.
        if (facts_.mynetworks_width == Width::narrow) {
            audit_names();
            return;
        }
        add(facts_.mynetworks_width == Width::broad ? Severity::warning : Severity::error,
            "mynetworks-wide",
            "mynetworks = " + quote(facts_.parameter("mynetworks"), 200) + ' '
                + width_in_words(facts_.mynetworks_width)
                + ": who has one of them relays without being listed",
            networks_hint("mynetworks"));
    }

    // The name of a client is what the DNS says of its address, and of which the DNS says that
    // address.
    void audit_names()
    {
        const auto below = split_list(facts_.parameter("parent_domain_matches_subdomains"));
        // parent_domain_matches_subdomains decides whether a name takes in what is below it with or
        // without a dot in front. A name of one label is open: it takes in a top level domain.
        const bool without_dot = std::find(below.begin(), below.end(), "mynetworks") != below.end();
        for (const std::string& name : facts_.mynetworks_names) {
            const bool is_open = name.rfind('.') == (without_dot ? std::string::npos : 0);
            add(is_open ? Severity::error : Severity::warning, "mynetworks-wide",
                "mynetworks has the name " + quote(name, 200) + ", which is no address: "
                    + (is_open ? "every client whose name in the DNS ends in it, and many "
                                 "strangers have such a name, relays without being listed"
                               : "every client that has this name in the DNS, or one below it, "
                                 "relays without being listed"),
                networks_hint("mynetworks"));
        }
    }

    // (key, value) of what strangers may claim, of all entries of the table only those that permit.
    std::vector<std::pair<std::string, std::string>> claims_to_try(
        const std::string& word, const ClaimTableFacts& table) const
    {
        auto claims = table.on_claim;
        if (!table.key_by_value) {
            return claims;
        }
        // What an entry says is judged as check_sender_access, which has the same actions as all
        // access tables.
        const std::string as_sender = "check_sender_access" + word.substr(word.find(' '));
        RestrictedClient anybody;
        anybody.classes = facts_.classes;
        for (const auto& [value, key] : *table.key_by_value) {
            anybody.access[as_sender].values = { value };
            const ListVerdict verdict = judge_restrictions({ as_sender }, anybody);
            if (verdict.outcome == Outcome::permit || !verdict.unknown.empty()) {
                claims.emplace_back(key, value);
            }
        }
        return claims;
    }

    // Tables that are asked for what a client says of itself.
    void audit_claims()
    {
        for (const auto& [word, table] : facts_.access) {
            for (const auto& [claim, value] : claims_to_try(word, table)) {
                ServiceFacts claimed = facts_;
                // The table is taken to answer this client as it answers the claim.
                claimed.access[word].answer = {};
                claimed.access[word].answer.values = { value };
                if (lets_in(claimed)) {
                    const bool by_address = word.starts_with("check_client_access");
                    add(Severity::error, "access-open",
                        quote(word, 200) + " says " + quote(value) + " to " + quote(claim)
                            + (by_address ? ", as to many other strangers: they relay"
                                          : ", which every client may claim to be or to write to: "
                                            "it relays"),
                        "let no restriction before reject_unauth_destination permit by what a "
                        "client says of itself");
                    // One claim that lets strangers in is enough for the table.
                    break;
                }
            }
        }
    }

    // The destination is taken to be ours only to see whether a list permits by it.
    void audit_destinations()
    {
        ServiceFacts ours = facts_;
        ours.elsewhere = { true, facts_.elsewhere.parameter, true, {} };
        if (!lets_in(ours)) {
            return;
        }
        for (const auto& [parameter, value, domain] : facts_.elsewhere.wide) {
            add(Severity::error, "destination-anywhere",
                parameter + " = " + quote(value, 200) + " takes in all of " + domain
                    + ": anybody may send mail to all of them",
                "name only the domains that this server is to take mail for");
        }
        if (!facts_.elsewhere.is_ours) {
            add(Severity::warning, "destination-unseen",
                facts_.elsewhere.parameter + " = "
                    + quote(facts_.parameter(facts_.elsewhere.parameter), 200)
                    + " takes in some invented destinations, or cannot be asked",
                "run relayctl as root, and see what the list says of a domain that is not yours");
        }
    }

    // Judges who can pass itself off as another client: by the protocol of a proxy, or by XCLIENT.
    void audit_disguise()
    {
        ServiceFacts ours = facts_;
        ours.in_mynetworks = true;
        ours.in_inet_interfaces = true;
        if (!facts_.disguise.parameter.empty() && lets_in(ours)) {
            add(Severity::error, "proxy-protocol",
                facts_.disguise.parameter + " = "
                    + quote(facts_.parameter(facts_.disguise.parameter))
                    + ": whoever reaches this port may claim any address, also one that is "
                      "permitted without a certificate",
                "let nobody but the proxy reach the port, or permit by no address here "
                "(permit_mynetworks, permit_inet_interfaces)");
        }
        // Observed: XCLIENT does not change what permit_inet_interfaces sees.
        ours.in_inet_interfaces = facts_.in_inet_interfaces;
        ours.authenticated = facts_.authenticates_by_xclient();
        if (facts_.disguise.xclient_width == Width::narrow) {
            return;
        }
        const bool relays = lets_in(ours);
        add(relays && facts_.disguise.xclient_width >= Width::wide ? Severity::error
                                                                   : Severity::warning,
            "xclient-wide",
            "smtpd_authorized_xclient_hosts = "
                + quote(facts_.parameter("smtpd_authorized_xclient_hosts"), 200) + ' '
                + width_in_words(facts_.disguise.xclient_width)
                + ": who has one of them may claim any address and any login by XCLIENT"
                + (relays ? ", and then relays" : ""),
            networks_hint("smtpd_authorized_xclient_hosts"));
    }

    // permit_tls_all_clientcerts is an error where a table lists clients, which then decides
    // nothing for certificates of a trusted CA. Without a table it is a choice that verify warns
    // of.
    void audit_authorities()
    {
        for (const std::string& list : restriction_lists(facts_)) {
            const auto words = split_restrictions(facts_.parameter(list));
            if (!names_restriction(words, facts_.classes, "permit_tls_all_clientcerts")) {
                continue;
            }
            const bool beside_a_table = !facts_.tables.empty();
            add(beside_a_table ? Severity::error : Severity::warning, "permit-all-clientcerts",
                list
                    + " has permit_tls_all_clientcerts: every certificate of a CA that the server "
                      "trusts relays, listed or not",
                listed_only_command(facts_, list, repair_));
        }
    }

    Time now_;
};

} // namespace

std::vector<Finding> audit_strangers(const ServiceFacts& facts, Time now, const Repair& repair)
{
    return StrangerAudit(facts, now, repair).run();
}

std::vector<Finding> audit_qmqp(const QmqpService& service)
{
    if (service.width == Width::narrow) {
        return {};
    }
    return { finding(service.width == Width::broad ? Severity::warning : Severity::error,
        "qmqpd-open",
        escape(service.name) + ": qmqpd_authorized_clients = " + quote(service.clients, 200) + ' '
            + width_in_words(service.width)
            + ", and qmqpd takes mail for anywhere from all of them",
        networks_hint("qmqpd_authorized_clients")) };
}

} // namespace relayctl
