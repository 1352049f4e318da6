// Finds out which certificate of a file is the client's, and which hosts it names.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

using openssl::Ptr;

using Candidates = std::vector<const Certificate*>;

// No client's file has more certificates than this. A larger one is a list of CAs, and checking
// each signature of it against all others would take too long.
constexpr std::size_t most_certificates = 200;

// Leaves out copies of a certificate.
Candidates distinct(const std::vector<Certificate>& certificates)
{
    // The first of several copies stays, so the order of the file does, too.
    Candidates found;
    std::set<std::string_view> known;
    for (const Certificate& certificate : certificates) {
        const auto* bytes = reinterpret_cast<const char*>(certificate.der.data());
        if (known.emplace(bytes, certificate.der.size()).second) {
            found.push_back(&certificate);
        }
    }
    return found;
}

// Returns true if the issuer has signed the subject. If OpenSSL does not know the algorithm of the
// signature, names and extensions decide.
bool issued(X509* issuer, X509* subject)
{
    if (X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(subject)) != 0) {
        return false;
    }
    EVP_PKEY* const key = X509_get0_pubkey(issuer);
    // A CA that was renewed with another key has the same name but has not signed this one.
    const int verified = key != nullptr ? X509_verify(subject, key) : -1;
    const bool result
        = verified == 1 || (verified < 0 && X509_check_issued(issuer, subject) == X509_V_OK);
    openssl::clear_errors();
    return result;
}

// Returns those of `candidates` that issued no other certificate of the file.
Candidates without_issuers(const Candidates& candidates, const Candidates& all)
{
    // Each certificate is decoded once, although it is compared with all others.
    std::vector<Ptr<X509, X509_free>> decoded;
    std::transform(
        all.begin(), all.end(), std::back_inserter(decoded), [](const Certificate* certificate) {
            return openssl::decode_certificate(certificate->der);
        });
    Candidates left;
    for (const Certificate* candidate : candidates) {
        const auto own
            = static_cast<std::size_t>(std::find(all.begin(), all.end(), candidate) - all.begin());
        bool is_issuer = false;
        for (std::size_t other = 0; other < all.size() && !is_issuer; ++other) {
            is_issuer = other != own && decoded[own] && decoded[other]
                && issued(decoded[own].get(), decoded[other].get());
        }
        if (!is_issuer) {
            left.push_back(candidate);
        }
    }
    return left;
}

// Names a certificate in a message: "CN=zen.example (AA:BB:CC:DD:...)", by sha256, which tools show
// most often.
std::string named(const Certificate& certificate)
{
    const std::string beginning
        = certificate.fingerprint(Digest::by_name("sha256")).to_string().substr(0, 11);
    return (certificate.subject.empty() ? "no subject" : escape(certificate.subject)) + " ("
        + beginning + ":...)";
}

// Names several certificates, at most five of them.
std::string named(const Candidates& candidates)
{
    constexpr std::size_t most = 5;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(candidates.size(), most); ++i) {
        names.push_back(named(*candidates[i]));
    }
    return join(names, ", ") + (candidates.size() > most ? ", ..." : "");
}

// Returns the keys that say whose file it is: the private ones or, if there are none, the requests
// and public keys.
std::vector<const BareKey*> deciding_keys(const std::vector<BareKey>& keys)
{
    std::vector<const BareKey*> found;
    const auto take = [&](bool is_private) {
        for (const BareKey& key : keys) {
            if ((key.source == BareKey::Source::private_key) == is_private) {
                found.push_back(&key);
            }
        }
    };
    take(true);
    if (found.empty()) {
        take(false);
    }
    return found;
}

constexpr const char* how_to_choose = "give a file that holds only the client's certificate, or "
                                      "its fingerprint; relayctl fingerprint shows those of all";

// Returns the certificates that a key in the file belongs to, or all if the file has no key.
Candidates owned(const CertificateFile& file, const Candidates& all)
{
    const auto keys = deciding_keys(file.keys);
    if (keys.empty()) {
        return all;
    }
    Candidates found;
    std::copy_if(
        all.begin(), all.end(), std::back_inserter(found), [&](const Certificate* certificate) {
            return std::any_of(keys.begin(), keys.end(),
                [&](const BareKey* key) { return is_same_key(certificate->key, key->key); });
        });
    if (found.empty()) {
        const BareKey& key = *keys.front();
        const std::string subject = key.subject.empty() ? "" : ' ' + escape(key.subject);
        throw Error(ErrorKind::input,
            escape(file.name) + ": the " + std::string(key.source_name()) + subject
                + " in it (key fingerprint "
                + key.key_fingerprint(Digest::by_name("sha256"), KeyEncoding::anew)
                      .to_string()
                      .substr(0, 11)
                + ":...) belongs to none of its certificates: " + named(all),
            { how_to_choose });
    }
    return found;
}

} // namespace

const Certificate* CertificateFile::presented() const
{
    // A bundle often has the same certificate twice, which leaves no doubt.
    const Candidates all = distinct(certificates);
    if (all.empty()) {
        return nullptr;
    }
    Candidates candidates = owned(*this, all);
    if (candidates.size() > 1 && all.size() <= most_certificates) {
        // If all certificates have issued another one, as in a loop, none is left and the question
        // stays open.
        Candidates left = without_issuers(candidates, all);
        if (!left.empty()) {
            candidates = std::move(left);
        }
    }
    if (candidates.size() > 1) {
        throw Error(ErrorKind::input,
            escape(name) + ": holds " + std::to_string(candidates.size())
                + " certificates that may be the client's: " + named(candidates),
            { how_to_choose });
    }
    return candidates.front();
}

bool Certificate::names_host(const std::string& host) const
{
    const auto x509 = openssl::decode_certificate(der);
    // X509_check_host() leaves out the common name where there is a subjectAltName, but for the
    // flag.
    const bool found = x509
        && (X509_check_host(
                x509.get(), host.data(), host.size(), X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, nullptr)
                == 1
            || X509_check_ip_asc(x509.get(), host.c_str(), 0) == 1);
    openssl::clear_errors();
    return found;
}

} // namespace relayctl
