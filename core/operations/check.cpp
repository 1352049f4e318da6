#include "core/operations/check.hpp"

#include "core/base/error.hpp"
#include "core/base/open_answer.hpp"
#include "core/base/text.hpp"
#include "core/inspect/ask_services.hpp"
#include "core/inspect/live_look.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// A fingerprint of a length that no service computes can only be a mistake.
void require_usable_fingerprint(const Client& client, const std::vector<ServiceFacts>& services)
{
    const auto fits = [&](const ServiceFacts& facts) {
        return facts.digest && facts.digest->size() == client.fingerprint->size();
    };
    if (!client.fingerprint || std::any_of(services.begin(), services.end(), fits)) {
        return;
    }
    const auto digest = digest_of_size(client.fingerprint->size());
    const std::string computed
        = services.front().digest ? services.front().digest->name() : "no known digest";
    throw Error(ErrorKind::input,
        "fingerprint " + quote(client.name, 100) + ": has "
            + count_of(client.fingerprint->size(), "byte", "bytes")
            + (digest.empty() ? "" : ", which fits " + std::string(digest))
            + ", but smtpd computes " + computed,
        { "compute it from the certificate: relayctl fingerprint CERT" });
}

// Asks everything that the first client needs, and looks at the running services.
std::vector<ServiceFacts> ask_all(Postfix& postfix, const ServiceQuery& query, bool is_offline)
{
    std::vector<ServiceFacts> services = ask_services(postfix, query);
    if (services.empty()) {
        throw Error(ErrorKind::postfix, "master.cf: has no smtpd service",
            { "see what it has: postconf -M" });
    }
    if (!is_offline) {
        // What the running service says and offers is added to the facts that were read from its
        // files.
        look_at_services(postfix, services);
    }
    return services;
}

// The sources of the tables are read once for all clients.
void keep_sources(const std::vector<ServiceFacts>& services, ServiceQuery& query)
{
    for (const ServiceFacts& facts : services) {
        for (const TableFacts& table : facts.tables) {
            if (table.source && !table.is_database) {
                query.sources.emplace(table.source_path, table.source);
            }
        }
    }
}

// Returns what the history of the tables tells of a client that the service does not find. A listed
// client costs no look at it.
std::optional<PastRemoval> removal_of(
    const ServiceFacts& facts, const Client& client, const Verdict& verdict, const OpenStore& open)
{
    const auto would_list = [](const Finding& reason) {
        return reason.id == "not-listed" || reason.id == "other-certificate";
    };
    if (!open || verdict.match || !facts.digest
        || std::none_of(verdict.reasons.begin(), verdict.reasons.end(), would_list)) {
        return std::nullopt;
    }
    std::vector<TableName> tables;
    for (const TableFacts& table : facts.tables) {
        if (auto name = TableName::parse_if_any(table.name)) {
            tables.push_back(std::move(*name));
        }
    }
    const auto known = client.fingerprints(*facts.digest);
    const auto is_client = [&](const EntryView& entry) {
        const auto fingerprint = Fingerprint::from_written(entry.fingerprint);
        return std::any_of(known.begin(), known.end(),
            [&](const ClientFingerprint& one) { return one.fingerprint == fingerprint; });
    };
    return last_removal(tables, open, is_client, known.size());
}

// Judges the client, and once more where it was removed, which changes what its hint is.
Verdict judge_with_history(
    const ServiceFacts& facts, const Client& client, const CheckOptions& options)
{
    Verdict verdict = judge(facts, { client, std::nullopt, options.now }, options.repair);
    if (auto removal = removal_of(facts, client, verdict, options.open)) {
        Client removed = client;
        removed.removal = std::move(removal);
        verdict = judge(facts, { removed, std::nullopt, options.now }, options.repair);
    }
    return verdict;
}

} // namespace

std::vector<CheckAnswer> check_clients(
    Postfix& postfix, const std::vector<CheckedClient>& clients, const CheckOptions& options)
{
    ServiceQuery query;
    query.service = options.service;
    query.asks_smtpd = true;
    query.address = options.address;
    query.assumed_table = options.table;
    query.assumed_digest = options.digest;
    std::vector<ServiceFacts> services;
    std::vector<CheckAnswer> answers;
    for (const CheckedClient& checked : clients) {
        // Postfix is only asked for its version if the key has two encodings, of which it digests
        // one.
        Client client = checked.client;
        if (client.public_key() != nullptr && client.public_key()->has_two_encodings()) {
            client.key_encoding = postfix.key_encoding();
        }
        query.client = &client;
        query.chain = checked.file.get();
        if (answers.empty()) {
            services = ask_all(postfix, query, options.is_offline);
            keep_sources(services, query);
        } else {
            services = ask_for_another_client(postfix, query, std::move(services));
        }
        require_usable_fingerprint(client, services);
        CheckAnswer& answer = answers.emplace_back();
        answer.name = client.name;
        answer.subject = client.certificate != nullptr ? client.certificate->subject : "";
        for (const ServiceFacts& facts : services) {
            answer.verdicts.push_back(judge_with_history(facts, client, options));
        }
        answer.would_relay = joined(answer.verdicts, true, &Verdict::would_relay);
    }
    return answers;
}

std::optional<bool> would_all_relay(const std::vector<CheckAnswer>& answers)
{
    return joined(answers, false, &CheckAnswer::would_relay);
}

} // namespace relayctl
