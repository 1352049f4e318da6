#include "core/x509/server_certificate.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/certificate.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace relayctl {

namespace {

// Loads a file, or notes in the check why that is not possible.
std::optional<CertificateFile> load(const std::string& path, ServerCertificateCheck& check)
{
    try {
        return load_certificates(path);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::permission) {
            check.unseen.push_back(path);
        } else if (check.problem.empty()) {
            check.problem = error.what();
        }
    }
    return std::nullopt;
}

// Returns true for a private key. A server needs one; public keys and requests in its files are
// ignored.
bool is_private(const BareKey& key)
{
    return key.source == BareKey::Source::private_key;
}

} // namespace

ServerCertificateCheck check_server_certificate(
    const std::string& certificate_file, const std::string& key_file)
{
    ServerCertificateCheck check;
    // Often one file holds both, and then it is read once: a finding must not be about two states
    // of it.
    const auto certificates = load(certificate_file, check);
    const auto keys = key_file == certificate_file ? certificates : load(key_file, check);
    // A file that cannot be parsed explains more than what would follow from it.
    if (!check.problem.empty()) {
        return check;
    }
    if (certificates && certificates->certificates.empty()) {
        check.problem = escape(certificate_file) + ": holds no certificate";
    } else if (keys && std::none_of(keys->keys.begin(), keys->keys.end(), is_private)) {
        check.problem = escape(key_file) + ": holds no private key";
    } else if (certificates && keys) {
        const PublicKey& own = certificates->certificates.front().key;
        const bool fits = std::any_of(keys->keys.begin(), keys->keys.end(),
            [&](const BareKey& key) { return is_private(key) && is_same_key(key.key, own); });
        if (!fits) {
            check.problem = escape(key_file) + ": is not the key of " + escape(certificate_file);
        }
    }
    return check;
}

ServerCertificateCheck check_server_chain(const std::vector<std::string>& files)
{
    ServerCertificateCheck check;
    CertificateFile all;
    for (const std::string& path : files) {
        if (auto file = load(path, check)) {
            std::move(file->certificates.begin(), file->certificates.end(),
                std::back_inserter(all.certificates));
            std::move(file->keys.begin(), file->keys.end(), std::back_inserter(all.keys));
        }
    }
    // Without one of the files nobody can tell which keys lack a certificate.
    if (!check.problem.empty() || !check.unseen.empty()) {
        return check;
    }
    if (all.certificates.empty() || std::none_of(all.keys.begin(), all.keys.end(), is_private)) {
        check.problem = escape(join(files, ", ")) + ": holds no private key with a certificate";
    }
    for (const BareKey& key : all.keys) {
        const bool fits = std::any_of(all.certificates.begin(), all.certificates.end(),
            [&](const Certificate& c) { return is_same_key(c.key, key.key); });
        if (is_private(key) && !fits && check.problem.empty()) {
            check.problem = escape(join(files, ", ")) + ": a private key has no certificate";
        }
    }
    return check;
}

} // namespace relayctl
