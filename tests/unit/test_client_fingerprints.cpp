#include "catch.hpp"
#include "core/x509/client_fingerprints.hpp"

#include <algorithm>

using namespace relayctl;

namespace {

Certificate certificate_with(std::vector<std::uint8_t> der, std::vector<std::uint8_t> key_der)
{
    Certificate certificate;
    certificate.der = std::move(der);
    certificate.key.as_written = std::move(key_der);
    return certificate;
}

std::vector<std::string> in_words(const std::vector<ClientFingerprint>& fingerprints)
{
    std::vector<std::string> words;
    std::transform(fingerprints.begin(), fingerprints.end(), std::back_inserter(words),
        [](const ClientFingerprint& f) { return f.kind + ' ' + f.fingerprint.to_string(); });
    return words;
}

// printf a | md5sum, and so on.
const std::string md5_of_a = "0C:C1:75:B9:C0:F1:B6:A8:31:C3:99:E2:69:77:26:61";
const std::string md5_of_b = "92:EB:5F:FE:E6:AE:2F:EC:3A:D7:1C:77:75:31:57:8F";
const std::string md5_of_c = "4A:8A:08:F0:9D:37:B7:37:95:64:90:38:40:8B:5F:33";

} // namespace

TEST_CASE("a client is known by its certificate and by its key")
{
    const Digest md5 = Digest::by_name("md5");
    CertificateFile file;
    file.certificates = { certificate_with({ 'a' }, { 'b' }) };
    CHECK(in_words(client_fingerprints(file, std::span(&md5, 1)))
        == std::vector<std::string>{ "cert " + md5_of_a, "key " + md5_of_b });
    CHECK(client_fingerprints(file).size() == 2 * Digest::all().size());
}

TEST_CASE("a client without a certificate is known by its key")
{
    const Digest md5 = Digest::by_name("md5");
    CertificateFile file;
    file.keys = { { BareKey::Source::request, { { 'a' }, {} }, {} },
        { BareKey::Source::public_key, { { 'b' }, {} }, {} } };
    CHECK(in_words(client_fingerprints(file, std::span(&md5, 1)))
        == std::vector<std::string>{ "key " + md5_of_a });
    CHECK(in_words(all_fingerprints(file, md5, KeyEncoding::anew))
        == std::vector<std::string>{ "key " + md5_of_a, "key " + md5_of_b });
}

TEST_CASE("every certificate of a file has its fingerprints, and keys beside them have none")
{
    CertificateFile file;
    file.certificates = { certificate_with({ 'a' }, { 'b' }), certificate_with({ 'c' }, { 'b' }) };
    file.keys = { { BareKey::Source::private_key, { { 'b' }, {} }, {} } };
    CHECK(in_words(all_fingerprints(file, Digest::by_name("md5"), KeyEncoding::anew))
        == std::vector<std::string>{
            "cert " + md5_of_a, "key " + md5_of_b, "cert " + md5_of_c, "key " + md5_of_b });
}

TEST_CASE("every digest that works here makes a client's fingerprints once")
{
    CertificateFile file;
    file.keys = { { BareKey::Source::public_key, { { 'a' }, {} }, {} } };
    const auto found = in_words(client_fingerprints(file));
    CHECK(std::count(found.begin(), found.end(), "key " + md5_of_a) == 1);
    CHECK(found.size() == Digest::all().size());
    CHECK(fingerprint_of_nobody(2).to_string() == "00:00");
}
