#include "core/operations/desired_clients.hpp"

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/operations/certificate_directory.hpp"
#include "core/operations/client_host.hpp"
#include "core/x509/client_fingerprints.hpp"

#include <unordered_map>

namespace relayctl {

DesiredClients read_desired_clients(const std::string& path, bool labels,
    const ClientOptions& options, const Digest& digest, const Author& author, Observer& observer)
{
    DesiredClients desired;
    const CertificateDirectory directory = read_certificate_directory(path, labels);
    for (const std::string& file : directory.ignored) {
        desired.warnings.push_back(
            escape(file) + ": is not looked at, certificates end in .pem, .crt, .cer or .der");
    }
    std::vector<std::optional<NewClient>> clients(directory.files.size());
    observer.during("reading certificates", clients.size(), [&](const Observer::Advance& advance) {
        // Reading and digesting thousands of certificates is the work here. Each has a place of its
        // own, so the order stays that of the names.
        in_parallel(clients.size(), [&](std::size_t i) {
            clients[i] = client_from_file(
                load_certificates(directory.files[i].path), options, digest, author);
            clients[i]->entry.host = directory.files[i].host;
            clients[i]->host_warning = warning_about_host(*clients[i]).value_or("");
            clients[i]->certificate.reset(); // there may be many
            advance();
        });
    });
    desired.clients.reserve(clients.size());
    std::unordered_map<std::string, std::string> files; // by fingerprint
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const std::string& file = directory.files[i].path;
        const auto [same, is_new] = files.emplace(clients[i]->entry.fingerprint, file);
        // Two hosts for one client: which one its entry shall name is not for us to choose.
        if (!is_new) {
            throw Error(ErrorKind::input, escape(file) + ": the same as " + escape(same->second),
                { "one of the two has to go" });
        }
        for (const std::string& warning : clients[i]->warnings) {
            desired.warnings.push_back(escape(file) + ": " + warning);
        }
        desired.clients.push_back({ *std::move(clients[i]), file });
        clients[i].reset();
    }
    return desired;
}

OtherDigests::OtherDigests(const std::vector<DesiredClient>& clients, const Digest& current)
    : clients_(clients)
    , current_(current)
{
    for (const DesiredClient& desired : clients_) {
        if (desired.client.other_key_fingerprint) {
            origins_.emplace(*desired.client.other_key_fingerprint, Origin{ &desired, true });
        }
    }
}

const Origin* OtherDigests::find(const Fingerprint& fingerprint)
{
    // A fingerprint of this length can only come from digests of this length.
    if (known_sizes_.insert(fingerprint.size()).second) {
        read(fingerprint.size());
    }
    const auto found = origins_.find(fingerprint);
    return found == origins_.end() ? nullptr : &found->second;
}

void OtherDigests::read(std::size_t size)
{
    std::vector<Digest> digests = Digest::all();
    std::erase_if(
        digests, [&](const Digest& digest) { return digest == current_ || digest.size() != size; });
    std::vector<std::vector<std::pair<Fingerprint, Origin>>> found(
        digests.empty() ? 0 : clients_.size());
    in_parallel(found.size(), [&](std::size_t i) {
        const CertificateFile file = load_certificates(clients_[i].file);
        for (const ClientFingerprint& own : client_fingerprints(file, digests)) {
            found[i].emplace_back(own.fingerprint, Origin{ &clients_[i], own.is_of_key() });
        }
    });
    for (const auto& of_file : found) {
        origins_.insert(of_file.begin(), of_file.end());
    }
}

} // namespace relayctl
