// From bytes to certificates and keys: PEM blocks and DER, by OpenSSL.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace relayctl {

namespace {

using openssl::Ptr;

void free_bytes(void* bytes)
{
    OPENSSL_free(bytes);
}

template <typename T, typename Encode>
std::vector<std::uint8_t> encode(Encode encode_function, T* object)
{
    unsigned char* out = nullptr;
    const int size = encode_function(object, &out);
    const Ptr<unsigned char, free_bytes> owner(out);
    return size > 0 ? std::vector<std::uint8_t>(out, out + size) : std::vector<std::uint8_t>();
}

std::string to_utf8(const ASN1_STRING* value)
{
    unsigned char* out = nullptr;
    const int size = ASN1_STRING_to_UTF8(&out, value);
    const Ptr<unsigned char, free_bytes> owner(out);
    return size > 0 ? std::string(reinterpret_cast<char*>(out), static_cast<std::size_t>(size))
                    : std::string();
}

std::string name_text(const X509_NAME* name)
{
    const Ptr<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(
        out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::vector<std::string> common_names_of(const X509_NAME* name)
{
    std::vector<std::string> names;
    for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;) {
        names.push_back(to_utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))));
    }
    return names;
}

std::vector<std::string> dns_names_of(const X509* certificate)
{
    std::vector<std::string> names;
    const Ptr<GENERAL_NAMES, GENERAL_NAMES_free> all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(all.get(), i), &type);
        if (type == GEN_DNS) {
            names.push_back(to_utf8(static_cast<const ASN1_STRING*>(value)));
        }
    }
    return names;
}

std::optional<Time> time_of(const ASN1_TIME* time)
{
    struct tm parts { };
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
        return std::nullopt;
    }
    using namespace std::chrono;
    const auto date = year{ parts.tm_year + 1900 }
        / month{ static_cast<unsigned>(parts.tm_mon + 1) }
        / day{ static_cast<unsigned>(parts.tm_mday) };
    const Time read = sys_days{ date } + hours{ parts.tm_hour } + minutes{ parts.tm_min }
        + seconds{ parts.tm_sec };
    return date.ok() ? time_of_seconds(read.time_since_epoch().count()) : std::nullopt;
}

std::string serial_of(const X509* certificate)
{
    const Ptr<BIGNUM, BN_free> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    const Ptr<char, free_bytes> text(number ? BN_bn2hex(number.get()) : nullptr);
    return text ? text.get() : "";
}

// Whether it is meant to issue other certificates. The word CA:TRUE alone does not tell: a
// certificate that its own client signed has it as well, as "openssl req -x509" makes it, and is
// the client's. So it counts only together with the key usage keyCertSign, or where somebody else
// issued the certificate.
bool is_authority(X509* x509)
{
    constexpr int basic_constraints_say_so = 1; // X509_check_ca(3)
    const std::uint32_t flags = X509_get_extension_flags(x509);
    return X509_check_ca(x509) == basic_constraints_say_so
        && ((flags & EXFLAG_KUSAGE) != 0 || (flags & EXFLAG_SI) == 0);
}

Certificate facts_of(X509* x509)
{
    Certificate certificate;
    certificate.der = encode(i2d_X509, x509);
    certificate.key_der = encode(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(x509));
    certificate.subject = name_text(X509_get_subject_name(x509));
    certificate.issuer = name_text(X509_get_issuer_name(x509));
    certificate.serial = serial_of(x509);
    certificate.not_before = time_of(X509_get0_notBefore(x509));
    certificate.not_after = time_of(X509_get0_notAfter(x509));
    certificate.dns_names = dns_names_of(x509);
    certificate.common_names = common_names_of(X509_get_subject_name(x509));
    certificate.is_authority = is_authority(x509);
    if (EVP_PKEY* key = X509_get0_pubkey(x509)) {
        const char* type = EVP_PKEY_get0_type_name(key);
        certificate.key_type = type != nullptr ? type : "";
        certificate.key_bits = EVP_PKEY_bits(key);
    }
    return certificate;
}

class Parser {
public:
    explicit Parser(const std::string& name) { file_.name = name; }

    CertificateFile parse(std::string_view bytes)
    {
        if (bytes.starts_with(
                "\xEF\xBB\xBF")) { // a byte order mark would hide the first -----BEGIN
            bytes.remove_prefix(3);
        }
        if (trim(bytes).empty()) {
            fail("is empty");
        }
        if (bytes.find("-----BEGIN ") != std::string_view::npos) {
            parse_pem(bytes);
        } else {
            parse_der(bytes);
        }
        openssl::clear_errors();
        if (file_.certificates.empty() && file_.keys.empty()) {
            fail_empty();
        }
        return std::move(file_);
    }

private:
    [[noreturn]] void fail(const std::string& cause, std::vector<std::string> hints = {}) const
    {
        openssl::clear_errors();
        throw Error(ErrorKind::input, escape(file_.name) + ": " + cause, std::move(hints));
    }

    [[noreturn]] void fail_empty() const
    {
        if (encrypted_key_) {
            fail("the private key is encrypted",
                { "give the certificate, or the public key: openssl pkey -in KEY -pubout" });
        }
        fail("no certificate, certificate request or key in it");
    }

    void add(X509* x509) { file_.certificates.push_back(facts_of(x509)); }

    void add(EVP_PKEY* key, BareKey::Source source)
    {
        file_.keys.push_back({ source, encode(i2d_PUBKEY, key), {} });
    }

    void add(X509_REQ* request)
    {
        file_.keys.push_back(
            { BareKey::Source::request, encode(i2d_X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request)),
                name_text(X509_REQ_get_subject_name(request)) });
    }

    bool add(const PKCS7* bundle)
    {
        const STACK_OF(X509)* certificates = nullptr;
        if (PKCS7_type_is_signed(bundle) && bundle->d.sign != nullptr) {
            certificates = bundle->d.sign->cert;
        } else if (PKCS7_type_is_signedAndEnveloped(bundle)
            && bundle->d.signed_and_enveloped != nullptr) {
            certificates = bundle->d.signed_and_enveloped->cert;
        }
        for (int i = 0; certificates != nullptr && i < sk_X509_num(certificates); ++i) {
            add(sk_X509_value(certificates, i));
        }
        return certificates != nullptr;
    }

    // Each tries one kind at data; it adds what it found, moves data behind it and says whether it
    // found it.
    bool certificate(const unsigned char*& data, long size, bool with_trust)
    {
        X509* parsed = X509_new_ex(openssl::context_of_thread(), nullptr);
        X509* const wanted
            = with_trust ? d2i_X509_AUX(&parsed, &data, size) : d2i_X509(&parsed, &data, size);
        const Ptr<X509, X509_free> x509(parsed); // none where it failed
        return wanted != nullptr && x509 && (add(x509.get()), true);
    }
    bool request(const unsigned char*& data, long size)
    {
        const Ptr<X509_REQ, X509_REQ_free> request(d2i_X509_REQ(nullptr, &data, size));
        return request && (add(request.get()), true);
    }
    bool public_key(const unsigned char*& data, long size)
    {
        const Ptr<EVP_PKEY, EVP_PKEY_free> key(d2i_PUBKEY(nullptr, &data, size));
        return key && (add(key.get(), BareKey::Source::public_key), true);
    }
    bool private_key(const unsigned char*& data, long size)
    {
        const Ptr<EVP_PKEY, EVP_PKEY_free> key(d2i_AutoPrivateKey(nullptr, &data, size));
        return key && (add(key.get(), BareKey::Source::private_key), true);
    }
    bool pkcs7(const unsigned char*& data, long size)
    {
        const Ptr<PKCS7, PKCS7_free> bundle(d2i_PKCS7(nullptr, &data, size));
        return bundle && add(bundle.get());
    }

    // One PEM block by its label; false where the label is none of ours (parameters, revocation
    // lists, other programs' keys).
    bool parse_block(std::string_view label, std::string_view headers, const unsigned char* data,
        long size, bool& good)
    {
        if (label == "CERTIFICATE" || label == "X509 CERTIFICATE") {
            good = certificate(data, size, false);
        } else if (label == "TRUSTED CERTIFICATE") {
            good = certificate(data, size, true);
        } else if (label == "CERTIFICATE REQUEST" || label == "NEW CERTIFICATE REQUEST") {
            good = request(data, size);
        } else if (label == "PUBLIC KEY") {
            good = public_key(data, size);
        } else if (label == "PKCS7" || label == "CMS") {
            good = pkcs7(data, size);
        } else if (label == "ENCRYPTED PRIVATE KEY"
            || (label.ends_with("PRIVATE KEY")
                && headers.find("ENCRYPTED") != std::string_view::npos)) {
            encrypted_key_ = good = true;
        } else if (label == "PRIVATE KEY" || label == "RSA PRIVATE KEY" || label == "EC PRIVATE KEY"
            || label == "DSA PRIVATE KEY") {
            good = private_key(data, size);
        } else {
            return false;
        }
        return true;
    }

    void parse_pem(std::string_view bytes)
    {
        const Ptr<BIO, BIO_free_all> in(
            BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
        for (std::size_t block = 1;; ++block) {
            char* label = nullptr;
            char* headers = nullptr;
            unsigned char* data = nullptr;
            long size = 0;
            const int found = PEM_read_bio(in.get(), &label, &headers, &data, &size);
            const Ptr<char, free_bytes> label_owner(label);
            const Ptr<char, free_bytes> headers_owner(headers);
            const Ptr<unsigned char, free_bytes> data_owner(data);
            if (found != 1) {
                if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) {
                    return;
                }
                fail("PEM block " + std::to_string(block)
                    + " is cut off or corrupt: " + openssl::last_error());
            }
            bool good = false;
            if (parse_block(label, headers, data, size, good) && !good) {
                fail("PEM block " + std::to_string(block) + " (" + escape(label)
                    + ") is corrupt: " + openssl::last_error());
            }
        }
    }

    void parse_der(std::string_view bytes)
    {
        if (!bytes.starts_with('\x30')) {
            return; // all that we know is an ASN.1 SEQUENCE; trying every decoder on anything else
                    // is slow
        }
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        const auto* const end = data + bytes.size();
        const auto left = [&] { return static_cast<long>(end - data); };
        while (data < end && certificate(data, left(), false)) { }
        if (data == end) {
            return;
        }
        if (!file_.certificates.empty()) {
            fail("certificate " + std::to_string(file_.certificates.size() + 1)
                + " (DER) is cut off or corrupt");
        }
        const bool one = request(data, left()) || pkcs7(data, left()) || public_key(data, left())
            || private_key(data, left());
        if (one && data != end) {
            fail("more bytes behind the end of its content");
        }
        const auto* probe = data;
        if (!one && Ptr<X509_SIG, X509_SIG_free>(d2i_X509_SIG(nullptr, &probe, left()))) {
            encrypted_key_ = true; // PKCS#8 EncryptedPrivateKeyInfo (RFC 5958)
            return;
        }
        if (!one && Ptr<PKCS12, PKCS12_free>(d2i_PKCS12(nullptr, &probe, left()))) {
            fail("is a PKCS#12 file, which only its password opens",
                { "take the certificate out of it: openssl pkcs12 -in FILE -clcerts -nokeys -out "
                  "cert.pem" });
        }
        // 0x30 0x82: an ASN.1 SEQUENCE with a two-byte length, as nearly every certificate begins.
        if (!one && bytes.starts_with("\x30\x82")) {
            fail(
                "looks like DER but is cut off or corrupt, or of a kind that holds no certificate");
        }
    }

    CertificateFile file_;
    bool encrypted_key_ = false;
};

} // namespace

CertificateFile parse_certificates(std::string_view bytes, const std::string& name)
{
    openssl::clear_errors();
    return Parser(name).parse(bytes);
}

} // namespace relayctl
