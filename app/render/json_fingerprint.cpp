#include "app/render/json.hpp"
#include "app/render/json_value.hpp"
#include "core/base/error.hpp"

#include <ostream>

namespace relayctl {

namespace {

// The certificate that the client presents; nullptr where the file does not tell.
const Certificate* presented_if_clear(const CertificateFile& file)
{
    try {
        return file.presented();
    } catch (const Error&) {
        return nullptr;
    }
}

// The fingerprints of a key: that of the server here, and those by version.
Json key_fingerprints(const PublicKey& key, const Digest& digest, KeyEncoding encoding)
{
    const auto text = [&](KeyEncoding one) { return key.fingerprint(digest, one).to_string(); };
    return { { "key", text(encoding) }, { "key_up_to_3_8", text(KeyEncoding::as_written) },
        { "key_from_3_9", text(KeyEncoding::anew) } };
}

// One certificate. index: its place in the file, from 0. client: true if it is the one that the
// client presents, null if the file does not tell.
Json certificate_json(const CertificateFile& file, std::size_t index, const Certificate* presented,
    const Digest& digest, KeyEncoding encoding)
{
    const Certificate& certificate = file.certificates[index];
    Json json = { { "file", file.name }, { "index", index }, { "subject", certificate.subject },
        { "issuer", certificate.issuer }, { "serial", certificate.serial },
        { "not_before", or_null(certificate.not_before) },
        { "not_after", or_null(certificate.not_after) },
        { "cert", certificate.fingerprint(digest).to_string() } };
    json.update(key_fingerprints(certificate.key, digest, encoding));
    json["client"] = presented == nullptr ? Json() : Json(presented->der == certificate.der);
    return json;
}

// One key without a certificate, with the same names, so that a program reads both alike.
Json key_json(const CertificateFile& file, std::size_t index, const BareKey& key,
    const Digest& digest, KeyEncoding encoding)
{
    Json json = { { "file", file.name }, { "index", index }, { "subject", or_null(key.subject) },
        { "issuer", nullptr }, { "serial", nullptr }, { "not_before", nullptr },
        { "not_after", nullptr }, { "cert", nullptr } };
    json.update(key_fingerprints(key.key, digest, encoding));
    json["client"] = nullptr;
    return json;
}

} // namespace

void write_json_fingerprints(std::ostream& out, const Digest& digest, KeyEncoding encoding,
    const std::vector<CertificateFile>& files)
{
    Json list = Json::array();
    for (const CertificateFile& file : files) {
        const Certificate* const presented = presented_if_clear(file);
        for (std::size_t i = 0; i < file.certificates.size(); ++i) {
            list.push_back(certificate_json(file, i, presented, digest, encoding));
        }
        for (std::size_t i = 0; file.certificates.empty() && i < file.keys.size(); ++i) {
            list.push_back(key_json(file, i, file.keys[i], digest, encoding));
        }
    }
    write_json(out, { { "schema", 1 }, { "digest", digest.name() }, { "certificates", list } });
}

} // namespace relayctl
