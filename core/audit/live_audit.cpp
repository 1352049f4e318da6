// What the running smtpd showed is compared with what the configuration says. Where the two differ
// the running one counts, since it serves the clients, and usually only a reload is missing.
#include "core/audit/live_audit.hpp"

#include "core/audit/service_audit.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

using Names = std::vector<std::string>;

// Returns the first few names, quoted.
std::string some_of(const Names& names)
{
    constexpr std::size_t most = 3;
    Names shown;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
        shown.push_back(quote(names[i], 200));
    }
    return names.empty() ? "none"
                         : join(shown, ", ")
            + (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : "");
}

// Compares what the running smtpd showed with what its configuration says, and has the transport
// say what runs.
class LiveAudit : ServiceAudit {
public:
    LiveAudit(Transport& transport, const ServiceFacts& facts, const Repair& repair)
        : ServiceAudit(facts, repair)
        , transport_(transport)
        , live_(*facts.live)
    {
    }

    std::vector<Finding> run()
    {
        if (live_.status == LiveStatus::dead) {
            judge_death();
        } else if (live_.status == LiveStatus::alive && !facts_.service.name.ends_with("/pass")) {
            judge_start();
            judge_tls();
        }
        return take();
    }

private:
    // Of a difference that a reload ends, for the better or as somebody has configured it.
    // Adds a finding about a difference that a reload takes away.
    void differ(Severity severity, const std::string& message)
    {
        add(severity, "running-differs", message + ": a reload is due", repair_.reload());
    }

    // Of a client that relays as long as smtpd runs as it was configured before. A reload would do
    // harm; the finding behind this one says what to mend first.
    void outlast(const std::string& message)
    {
        add(Severity::warning, "running-differs",
            message + ": at the next reload, or when Postfix starts again, this ends", "");
    }

    // What smtpd has written about it.
    std::string logged() const
    {
        return live_.logged.empty()
            ? ""
            : "; the last such message of an smtpd in the mail log: " + quote(live_.logged, 300);
    }

    // What was seen is said also where the configuration says why: its findings come next.
    void judge_death()
    {
        const bool is_explained = !transport_.starts && !live_.is_refused;
        transport_.runs = false;
        if (is_explained) {
            add(Severity::error, "service-not-running",
                "Postfix runs, but this service does not: " + escape(live_.problem), "");
        } else if (!live_.disabled_by.empty()) {
            add(Severity::error, "service-not-running",
                "Postfix runs without this service: master_service_disable = "
                    + quote(live_.disabled_by, 200),
                "take it out of master_service_disable, then reload Postfix");
        } else if (live_.is_refused) {
            add(Severity::error, "service-not-running",
                "Postfix runs, but " + escape(live_.problem)
                    + ": master(8) has not read this line of master.cf, or cannot listen there",
                repair_.reload());
        } else {
            add(Severity::error, "service-not-running",
                "Postfix runs, but this service does not: " + escape(live_.problem) + logged(),
                "mend what smtpd complains of in the mail log, then reload Postfix");
        }
    }

    // Compares how the conversation began.
    void judge_start()
    {
        if (!transport_.starts) {
            // It runs, and serves until somebody reloads or restarts it.
            transport_.starts = true;
            is_outdated_ = true;
            outlast(
                "smtpd still runs as it was configured before; a new one dies of a fatal error");
        }
        if (live_.from_the_start != transport_.from_the_start && live_.offers_tls) {
            transport_.from_the_start = live_.from_the_start;
            differ(Severity::warning,
                live_.from_the_start
                    ? "the running smtpd wants TLS before its greeting, and smtpd_tls_wrappermode "
                      "= no"
                    : "the running smtpd greets without TLS, and smtpd_tls_wrappermode = yes");
        }
    }

    // Compares what came of STARTTLS. Without an answer to it nothing is compared.
    void judge_tls()
    {
        if (!live_.offers_tls) {
            return;
        }
        if (!*live_.offers_tls) {
            judge_no_offer();
        } else if (!live_.tls_problem.empty()) {
            const bool is_explained = !transport_.encrypts;
            add(Severity::error, "running-differs",
                is_explained ? "TLS does not come up: " + escape(live_.tls_problem)
                             : "TLS does not come up, although the configuration shows no reason: "
                        + escape(live_.tls_problem) + logged(),
                is_explained
                    ? ""
                    : "mend what smtpd complains of in the mail log, then reload Postfix; if it "
                      "has been mended, the reload is enough");
            transport_.encrypts = false;
        } else {
            judge_session();
        }
    }

    // The running smtpd has no TLS for this client.
    void judge_no_offer()
    {
        if (!facts_.parameter("smtpd_discard_ehlo_keyword_address_maps").empty()) {
            return; // it may be hidden from this address alone
        }
        if (transport_.encrypts) {
            differ(Severity::error,
                "the running smtpd does not offer TLS, although the configuration has it");
            transport_.enforces = false; // who enforces TLS offers it
        }
        transport_.encrypts = false;
    }

    // TLS came up.
    void judge_session()
    {
        const bool asks = live_.asks_for_certificate.value_or(false);
        if (!transport_.encrypts && !is_outdated_) {
            outlast("the running smtpd offers TLS, which the configuration does not have any more");
        }
        if (transport_.asks && !asks) {
            differ(Severity::error,
                "the running smtpd does not ask for a certificate, although the configuration says "
                "so");
        } else if (!transport_.asks && asks) {
            outlast("the running smtpd asks for a certificate, although the configuration says no");
        } else if (asks && transport_.encrypts) {
            compare_authorities();
        }
        transport_.encrypts = true;
        transport_.demands_trust = transport_.demands_trust && asks;
        transport_.asks = asks;
    }

    // smtpd reads the CAs when it starts, so a changed file shows here.
    void compare_authorities()
    {
        if (!live_.configured_authorities) {
            return;
        }
        // The order of the names means nothing to a client.
        const auto as_set
            = [](const Names& names) { return std::set<std::string>(names.begin(), names.end()); };
        if (as_set(live_.authorities) != as_set(*live_.configured_authorities)) {
            differ(Severity::warning,
                "the running smtpd names other CAs to clients than smtpd_tls_CAfile has: "
                    + some_of(live_.authorities) + " instead of "
                    + some_of(*live_.configured_authorities));
        }
    }

    Transport& transport_;
    const LiveFacts& live_;
    bool is_outdated_ = false; // it runs, and a smtpd that starts now would die
};

} // namespace

std::vector<Finding> follow_running_service(
    Transport& transport, const ServiceFacts& facts, const Repair& repair)
{
    return facts.live ? LiveAudit(transport, facts, repair).run() : std::vector<Finding>();
}

std::vector<std::string> unseen_services(const std::vector<LiveService>& services)
{
    std::vector<std::pair<std::string, Names>> by_problem;
    for (const auto& [name, live] : services) {
        if (!live || live->status != LiveStatus::unseen) {
            continue;
        }
        // Services with the same reason are named in one sentence.
        const auto same = std::find_if(by_problem.begin(), by_problem.end(),
            [&](const auto& group) { return group.first == live->problem; });
        if (same == by_problem.end()) {
            by_problem.push_back({ live->problem, { escape(name) } });
        } else {
            same->second.push_back(escape(name));
        }
    }
    std::vector<std::string> sentences;
    for (const auto& [problem, names] : by_problem) {
        const bool is_all = names.size() == services.size();
        sentences.push_back((is_all ? "" : join(names, ", ") + ": ")
            + "judged by the configuration alone, since " + escape(problem));
    }
    return sentences;
}

} // namespace relayctl
