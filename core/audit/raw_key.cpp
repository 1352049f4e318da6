#include "core/audit/raw_key.hpp"

#include "core/audit/stages.hpp"
#include "core/audit/table_finding.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// A client without a certificate has no fingerprint of it that could be found.
void forget_certificate(TableFacts& table, std::size_t place)
{
    if (place < table.answers.size() && table.answers[place] == LookupStatus::found) {
        table.answers[place] = LookupStatus::missing;
    }
}

// Returns whether the client relays with its raw key; no value if it depends.
std::optional<bool> relays_by_raw_key(
    ServiceFacts facts, const Client& client, const Transport& transport)
{
    if (transport.demands_trust) {
        return false;
    }
    facts.trusted = false;
    const auto fingerprints = client.fingerprints(*facts.digest);
    for (std::size_t i = 0; i < fingerprints.size(); ++i) {
        if (fingerprints[i].is_of_key()) {
            continue;
        }
        for (TableFacts& table : facts.tables) {
            forget_certificate(table, i);
        }
        for (auto& [argument, access] : facts.ccert_access) {
            forget_certificate(access.table, i);
        }
    }
    const Listing listing = look_up(facts, client);
    const auto stages = judge_stages(facts, transport, listing.listed, fingerprints);
    const auto any
        = [&](auto&& predicate) { return std::any_of(stages.begin(), stages.end(), predicate); };
    if (any([](const Stage& s) { return s.verdict.surely_stops() || s.verdict.surely_defers; })) {
        return false;
    }
    return any([](const Stage& s) { return !s.verdict.surely_passes(); }) ? std::nullopt
                                                                          : std::optional(true);
}

} // namespace

std::vector<Finding> remarks_on_raw_key(const ServiceFacts& facts, const Client& client,
    const Transport& transport, std::optional<bool> would_relay, const std::optional<Match>& match)
{
    const bool is_taken = facts.is_on("smtpd_tls_enable_rpk")
        && facts.has_changed(Change::raw_public_keys) && transport.encrypts && transport.asks;
    if (!is_taken || !facts.digest || (client.certificate == nullptr && client.key == nullptr)) {
        return {};
    }
    const auto by_raw_key = relays_by_raw_key(facts, client, transport);
    if (by_raw_key.value_or(false) && !would_relay.value_or(true)) {
        return { finding(Severity::warning, "rpk-relays",
            "smtpd_tls_enable_rpk = yes: with its raw public key instead of its certificate the "
            "client relays all the same",
            "refuse the fingerprint of the key, too, or set smtpd_tls_enable_rpk = no") };
    }
    const bool is_said = match && match->kind == "cert";
    if (!by_raw_key.value_or(true) && would_relay.value_or(false) && !is_said) {
        return { finding(Severity::note, "rpk-refused",
            "smtpd_tls_enable_rpk = yes: with its raw public key instead of its certificate the "
            "client does not relay",
            "list the client by its key (relayctl add --key); smtpd_tls_req_ccert and "
            "permit_tls_all_clientcerts take certificates only") };
    }
    return {};
}

} // namespace relayctl
