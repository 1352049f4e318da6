#include "app/wanted_clients.hpp"

#include "app/certificate_directory.hpp"
#include "app/cli/progress.hpp"
#include "app/new_host.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

#include <unordered_map>

namespace relayctl {

std::vector<WantedClient> read_wanted_clients(const std::string& path, bool labels,
    const ClientOptions& options, Context& context, std::vector<std::string>& warnings)
{
    const CertificateDirectory directory = read_certificate_directory(path, labels);
    for (const std::string& file : directory.ignored) {
        warnings.push_back(
            escape(file) + ": is not looked at, certificates end in .pem, .crt, .cer or .der");
    }
    const Digest digest = context.digest_of_table();
    std::vector<std::optional<NewClient>> clients(directory.files.size());
    {
        Progress progress(context, "reading certificates", clients.size());
        in_parallel(clients.size(), [&](std::size_t i) {
            clients[i] = client_from_file(
                load_certificates(directory.files[i].path), options, digest, context);
            clients[i]->entry.host = directory.files[i].host;
            clients[i]->host_warning = warning_about_host(*clients[i]).value_or("");
            clients[i]->certificate.reset(); // there may be many
            progress.advance();
        });
    }
    std::vector<WantedClient> wanted;
    wanted.reserve(clients.size());
    std::unordered_map<std::string, std::string> files;
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const std::string& file = directory.files[i].path;
        const auto [same, is_new] = files.emplace(clients[i]->entry.fingerprint, file);
        if (!is_new) {
            throw Error(ErrorKind::input, escape(file) + ": the same as " + escape(same->second),
                { "one of the two has to go" });
        }
        for (const std::string& warning : clients[i]->warnings) {
            warnings.push_back(escape(file) + ": " + warning);
        }
        wanted.push_back({ *std::move(clients[i]), file });
        clients[i].reset();
    }
    return wanted;
}

const Origin* OtherDigests::find(const Fingerprint& fingerprint)
{
    if (known_sizes_.insert(fingerprint.size()).second) {
        read(fingerprint.size());
    }
    const auto found = origins_.find(fingerprint);
    return found == origins_.end() ? nullptr : &found->second;
}

void OtherDigests::read(std::size_t size)
{
    std::vector<Digest> digests;
    for (const std::string& name : usable_digests()) {
        const Digest digest = Digest::by_name(name);
        if (!(digest == current_) && digest.size() == size) {
            digests.push_back(digest);
        }
    }
    std::vector<std::vector<std::pair<Fingerprint, Origin>>> found(
        digests.empty() ? 0 : wanted_.size());
    in_parallel(found.size(), [&](std::size_t i) {
        const CertificateFile file = load_certificates(wanted_[i].file);
        const Certificate* certificate = file.presented();
        for (const Digest& digest : digests) {
            if (certificate != nullptr) {
                found[i].emplace_back(
                    certificate->fingerprint(digest), Origin{ &wanted_[i], false });
            }
            found[i].emplace_back(certificate != nullptr ? certificate->key_fingerprint(digest)
                                                         : file.bare_key()->key_fingerprint(digest),
                Origin{ &wanted_[i], true });
        }
    });
    for (const auto& of_file : found) {
        origins_.insert(of_file.begin(), of_file.end());
    }
}

} // namespace relayctl
