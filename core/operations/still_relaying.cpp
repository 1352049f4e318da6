// After a removal every smtpd of this machine is asked whether it would still relay for the client:
// by another table, a CA, an address, or another Postfix instance. What cannot be asked is noted as
// such; it is never taken for a no.
#include "core/operations/still_relaying.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/inspect/ask_services.hpp"
#include "core/postfix/services.hpp"
#include "core/x509/client_fingerprints.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace relayctl {

namespace {

// Clients to ask the services for, with the file of each; no file where they come from entries.
struct AskedClients {
    RevokedClients clients;
    const CertificateFile* file = nullptr;
};

// Returns the clients to ask for: one for each certificate, and one for all entries together, which
// are only fingerprints.
std::vector<AskedClients> clients_of(const Revoked& revoked)
{
    std::vector<AskedClients> clients;
    for (const CertificateFile* file : revoked.files) {
        Client client;
        client.name = escape(file->name);
        client.certificate = file->presented();
        client.key = client.certificate == nullptr ? file->bare_key() : nullptr;
        clients.push_back({ { std::move(client), {} }, file });
    }
    RevokedClients of_entries;
    for (const EntryView& entry : revoked.entries) {
        const auto fingerprint = Fingerprint::from_written(entry.fingerprint);
        const std::string name = escape(entry.host.empty() ? entry.fingerprint : entry.host);
        if (fingerprint && of_entries.names.emplace(*fingerprint, name).second) {
            of_entries.client.listed.push_back({ entry.annotation.kind, *fingerprint });
        }
    }
    if (!of_entries.client.listed.empty()) {
        clients.push_back({ std::move(of_entries), nullptr });
    }
    return clients;
}

// The directory without symbolic links, for comparisons.
std::string canonical(const std::string& directory)
{
    std::error_code failed;
    const auto path = std::filesystem::canonical(directory, failed);
    return failed ? directory : path.string();
}

// One call of ask_whether_still_relaying().
struct Inquiry {
    const InstanceOpener& open_instance;
    const std::vector<AskedClients> clients;
    const Time now;
    RevocationReport report = {};

    RevocationReport run(const PostfixInstance& own)
    {
        const std::string directory = ask(own, "the services of Postfix");
        for (const std::string& other : other_instances(own, directory)) {
            open_instance(other, [&](const PostfixInstance& instance) {
                ask(instance, "the Postfix instance " + escape(other));
            });
        }
        return std::move(report);
    }

    // Returns the configuration directory of the instance; empty if it could not be asked for.
    std::string ask(const PostfixInstance& instance, const std::string& name)
    {
        std::string directory;
        attempt(name, instance.config_directory, [&] {
            directory = instance.postfix.parameters().config_directory;
            // It is a copy, because each instance may digest another encoding of the key.
            for (AskedClients asked : clients) {
                asked.clients.client.key_encoding = instance.postfix.key_encoding();
                ServiceQuery query;
                query.client = &asked.clients.client;
                query.chain = asked.file;
                // What counts now is what smtpd is answered, which is in the maps.
                query.reads_sources = false;
                for (const ServiceFacts& facts : ask_services(instance.postfix, query)) {
                    report.asked_any = true;
                    judge_revocation(facts, asked.clients, now, instance.repair, report.verdict);
                }
            }
        });
        return directory;
    }

    // Notes a failure of the work, and goes on. directory: that of the instance in hints.
    template <typename Work>
    void attempt(const std::string& name, const std::string& directory, Work work)
    {
        try {
            work();
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            const std::string what = error.what();
            report.unasked.push_back(
                "whether " + name + " would relay for the client is not known: " + what);
            report.verdict.unsure.push_back(
                { directory, "", {}, { Severity::warning, "unseen", "", 0, 0, what, "" } });
        }
    }

    // Returns the configuration directories of the instances that were not asked yet, as this one
    // and the default one name them. asked: the directory of the one that was.
    std::vector<std::string> other_instances(const PostfixInstance& own, const std::string& asked)
    {
        std::vector<std::string> named;
        const auto add_those_of = [&](const PostfixInstance& instance) {
            if (instance.postfix.is_configured()) {
                const Parameters& parameters = instance.postfix.parameters();
                named.push_back(parameters.config_directory);
                named.insert(named.end(), parameters.other_instances.begin(),
                    parameters.other_instances.end());
            }
        };
        // The instances are named in the main.cf of the default one (multi_instance_directories),
        // which this one may not be.
        attempt("another Postfix instance", "", [&] { add_those_of(own); });
        attempt("another Postfix instance", "", [&] { open_instance("", add_those_of); });
        std::vector<std::string> others;
        std::vector<std::string> known = { canonical(asked) };
        for (const std::string& directory : named) {
            const std::string path = canonical(directory);
            if (std::find(known.begin(), known.end(), path) == known.end()) {
                known.push_back(path);
                others.push_back(directory);
            }
        }
        return others;
    }
};

} // namespace

Revoked revoked_clients(
    const std::vector<TableOutcome>& outcomes, const std::vector<const CertificateFile*>* files)
{
    Revoked revoked;
    revoked.are_named = files != nullptr;
    revoked.files = files != nullptr ? *files : revoked.files;
    std::set<Fingerprint> known;
    for (const CertificateFile* file : revoked.files) {
        for (const ClientFingerprint& own : client_fingerprints(*file)) {
            known.insert(own.fingerprint);
        }
    }
    for (const TableOutcome& outcome : outcomes) {
        for (const EntryView& entry : outcome.report.revoked) {
            const auto fingerprint = Fingerprint::from_written(entry.fingerprint);
            if (!fingerprint || !known.contains(*fingerprint)) {
                revoked.entries.push_back(entry);
            }
        }
    }
    return revoked;
}

bool Revoked::is_anybody() const
{
    return !clients_of(*this).empty();
}

RevocationReport ask_whether_still_relaying(const PostfixInstance& own,
    const InstanceOpener& open_instance, const Revoked& revoked, Time now)
{
    return Inquiry{ open_instance, clients_of(revoked), now }.run(own);
}

std::vector<std::string> relaying_services(
    const RevocationVerdict& verdict, const std::string& service)
{
    std::vector<std::string> services;
    for (const StillRelaying& found : verdict.relaying) {
        if (!service.empty() && !is_service_named(found.service, service)) {
            continue;
        }
        const std::string name = escape(found.service) + " of " + escape(found.instance);
        if (std::find(services.begin(), services.end(), name) == services.end()) {
            services.push_back(name);
        }
    }
    return services;
}

} // namespace relayctl
