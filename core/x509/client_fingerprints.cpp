#include "core/x509/client_fingerprints.hpp"

namespace relayctl {

namespace {

void append(
    std::vector<ClientFingerprint>& all, const Certificate& certificate, const Digest& digest)
{
    all.push_back({ "cert", certificate.fingerprint(digest) });
    all.push_back({ "key", certificate.key_fingerprint(digest) });
}

void append(std::vector<ClientFingerprint>& all, const BareKey& key, const Digest& digest)
{
    all.push_back({ "key", key.key_fingerprint(digest) });
}

} // namespace

std::vector<ClientFingerprint> all_fingerprints(const CertificateFile& file, const Digest& digest)
{
    std::vector<ClientFingerprint> all;
    for (const Certificate& certificate : file.certificates) {
        append(all, certificate, digest);
    }
    if (all.empty()) {
        for (const BareKey& key : file.keys) {
            append(all, key, digest);
        }
    }
    return all;
}

std::vector<ClientFingerprint> client_fingerprints(
    const CertificateFile& file, std::span<const Digest> digests)
{
    std::vector<ClientFingerprint> all;
    const Certificate* const certificate = file.presented();
    for (const Digest& digest : digests) {
        if (certificate != nullptr) {
            append(all, *certificate, digest);
        } else if (const BareKey* const key = file.bare_key()) {
            append(all, *key, digest);
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
