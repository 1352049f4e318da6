#include "core/x509/client_fingerprints.hpp"

namespace relayctl {

std::vector<ClientFingerprint> fingerprints_of(
    const Certificate& certificate, const Digest& digest, KeyEncoding encoding)
{
    return { { "cert", certificate.fingerprint(digest) },
        { "key", certificate.key_fingerprint(digest, encoding) } };
}

std::vector<ClientFingerprint> fingerprints_of(
    const BareKey& key, const Digest& digest, KeyEncoding encoding)
{
    return { { "key", key.key_fingerprint(digest, encoding) } };
}

namespace {

void append(std::vector<ClientFingerprint>& all, const std::vector<ClientFingerprint>& more)
{
    all.insert(all.end(), more.begin(), more.end());
}

} // namespace

std::vector<ClientFingerprint> all_fingerprints(
    const CertificateFile& file, const Digest& digest, KeyEncoding encoding)
{
    std::vector<ClientFingerprint> all;
    for (const Certificate& certificate : file.certificates) {
        append(all, fingerprints_of(certificate, digest, encoding));
    }
    // A request or a key counts only where there is no certificate, since it is that of one of them
    // otherwise.
    if (all.empty()) {
        for (const BareKey& key : file.keys) {
            append(all, fingerprints_of(key, digest, encoding));
        }
    }
    return all;
}

const PublicKey& client_key(const CertificateFile& file)
{
    const Certificate* const certificate = file.presented();
    return certificate != nullptr ? certificate->key : file.bare_key()->key;
}

std::vector<ClientFingerprint> client_fingerprints(
    const CertificateFile& file, std::span<const Digest> digests)
{
    std::vector<ClientFingerprint> all;
    const Certificate* const certificate = file.presented();
    const PublicKey& key = client_key(file);
    for (const Digest& digest : digests) {
        if (certificate != nullptr) {
            all.push_back({ "cert", certificate->fingerprint(digest) });
        }
        // Which encoding counts depends on the version of Postfix, so an entry may have either of
        // them.
        all.push_back({ "key", key.fingerprint(digest, KeyEncoding::as_written) });
        if (key.has_two_encodings()) {
            all.push_back({ "key", key.fingerprint(digest, KeyEncoding::anew) });
        }
    }
    return all;
}

std::vector<ClientFingerprint> client_fingerprints(const CertificateFile& file)
{
    return client_fingerprints(file, Digest::all());
}

Fingerprint fingerprint_of_nobody(std::size_t bytes)
{
    const std::vector<std::uint8_t> zeros(bytes);
    return Fingerprint(zeros);
}

} // namespace relayctl
