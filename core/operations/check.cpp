#include "core/operations/check.hpp"

#include "core/base/error.hpp"
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

} // namespace

CheckedClient client_in_file(const std::string& path)
{
    return client_of(load_certificates(path));
}

CheckedClient client_of(CertificateFile content)
{
    CheckedClient checked;
    const std::string path = content.name;
    checked.file = std::make_unique<CertificateFile>(std::move(content));
    Client& client = checked.client;
    client.name = escape(path);
    client.certificate = checked.file->presented();
    client.key = client.certificate == nullptr ? checked.file->bare_key() : nullptr;
    const std::string file = command_line({ file_operand(path) });
    client.add_words = file.empty() || client.key == nullptr ? file : "--key " + file;
    return checked;
}

CheckedClient client_with_fingerprint(const std::string& text)
{
    CheckedClient checked;
    Client& client = checked.client;
    client.fingerprint = Fingerprint::parse(text);
    client.name = client.fingerprint->to_string();
    client.add_words = "--fingerprint " + client.name;
    return checked;
}

std::vector<Verdict> check_client(
    Postfix& postfix, const CheckedClient& checked, const CheckOptions& options)
{
    Client client = checked.client;
    if (client.public_key() != nullptr && client.public_key()->has_two_encodings()) {
        client.key_encoding = postfix.key_encoding();
    }
    ServiceQuery query;
    query.service = options.service;
    query.asks_smtpd = true;
    query.address = options.address;
    query.client = &client;
    query.chain = checked.file.get();
    query.assumed_table = options.table;
    query.assumed_digest = options.digest;
    std::vector<ServiceFacts> services = ask_services(postfix, query);
    if (services.empty()) {
        throw Error(ErrorKind::postfix, "master.cf: has no smtpd service",
            { "see what it has: postconf -M" });
    }
    require_usable_fingerprint(client, services);
    if (!options.is_offline) {
        look_at_services(postfix, services);
    }
    const Question question{ client, std::nullopt, options.now };
    std::vector<Verdict> verdicts;
    for (const ServiceFacts& facts : services) {
        verdicts.push_back(judge(facts, question, options.repair));
    }
    return verdicts;
}

std::optional<bool> would_relay_through_any(const std::vector<Verdict>& verdicts)
{
    const auto any = [&](std::optional<bool> answer) {
        return std::any_of(verdicts.begin(), verdicts.end(),
            [&](const Verdict& v) { return v.would_relay == answer; });
    };
    return any(true)        ? std::optional(true)
        : any(std::nullopt) ? std::nullopt
                            : std::optional(false);
}

} // namespace relayctl
