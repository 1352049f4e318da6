// Any bytes as a file with certificates or keys: read, or refused by an Error.
#include "core/x509/certificate.hpp"

#include "core/base/error.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace relayctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Digest digest = Digest::by_name("sha256");
    try {
        const CertificateFile file = parse_certificates(text_of(data, size), "input");
        require(!file.certificates.empty() || !file.keys.empty());
        for (const Certificate& certificate : file.certificates) {
            require(!certificate.der.empty() && !certificate.key.as_written.empty());
            certificate.fingerprint(digest);
            certificate.key_fingerprint(digest, KeyEncoding::as_written);
            certificate.key_fingerprint(digest, KeyEncoding::anew);
            certificate.only_name();
        }
        require(file.presented() != nullptr || file.bare_key() != nullptr);
    } catch (const Error&) {
    }
    return 0;
}
