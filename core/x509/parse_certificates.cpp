// Finds certificates, requests and keys in the bytes of a file: PEM blocks, DER and PKCS#7.
// The bytes tell what they are, never the name of the file: if there is a "-----BEGIN " in them,
// each PEM block is decoded by its label; other bytes are tried as DER of one kind after the other.
// What is damaged is an error even if the rest would do. A file of which only a part can be read
// may be about another client than its name says.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

namespace relayctl {

namespace {

using openssl::free_bytes;
using openssl::name_text;
using openssl::Ptr;

// Collects what one file holds, block by block.
class Parser {
public:
    explicit Parser(const std::string& name) { file_.name = name; }

    // Returns all that is in the bytes. Errors: ErrorKind::input.
    CertificateFile parse(std::string_view bytes)
    {
        if (bytes.starts_with("\xEF\xBB\xBF")) {
            bytes.remove_prefix(3); // a byte order mark would hide the first -----BEGIN
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
    // Throws the error with the name of the file. What OpenSSL has to say of earlier attempts is
    // forgotten.
    [[noreturn]] void fail(const std::string& cause, std::vector<Hint> hints = {}) const
    {
        openssl::clear_errors();
        throw Error(ErrorKind::input, escape(file_.name) + ": " + cause, std::move(hints));
    }

    // Throws the error for a file in which nothing was found that has a fingerprint.
    [[noreturn]] void fail_empty() const
    {
        if (encrypted_key_) {
            fail("the private key is encrypted",
                { "give the certificate, or the public key: openssl pkey -in KEY -pubout" });
        }
        fail("no certificate, certificate request or key in it");
    }

    // Each of these adds one decoded object to the result.
    void add(X509* x509) { file_.certificates.push_back(openssl::certificate_from(x509)); }

    void add(X509_REQ* request)
    {
        file_.keys.push_back(
            { BareKey::Source::request, openssl::public_key_of(X509_REQ_get_X509_PUBKEY(request)),
                name_text(X509_REQ_get_subject_name(request)) });
    }

    // Adds the certificates of a PKCS#7 bundle. Returns false if it is of a kind that has none.
    bool add(const PKCS7* bundle)
    {
        const STACK_OF(X509)* certificates = nullptr;
        // "openssl crl2pkcs7 -nocrl" and Windows write certificates as signed data without any
        // signature.
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

    // Each of these tries to decode one kind of object at `data`. If it succeeds it adds the
    // object, moves `data` behind it and returns true.
    bool certificate(const unsigned char*& data, long size, bool with_trust)
    {
        X509* parsed = X509_new_ex(openssl::context_of_thread(), nullptr);
        // OpenSSL's own form "TRUSTED CERTIFICATE" has settings of trust behind the certificate,
        // which d2i_X509_AUX() reads. They are no part of the fingerprint.
        X509* const wanted
            = with_trust ? d2i_X509_AUX(&parsed, &data, size) : d2i_X509(&parsed, &data, size);
        const Ptr<X509, X509_free> x509(parsed); // null if it failed
        return wanted != nullptr && x509 && (add(x509.get()), true);
    }
    bool request(const unsigned char*& data, long size)
    {
        const Ptr<X509_REQ, X509_REQ_free> request(d2i_X509_REQ(nullptr, &data, size));
        return request && (add(request.get()), true);
    }
    bool public_key(const unsigned char*& data, long size)
    {
        const Ptr<X509_PUBKEY, X509_PUBKEY_free> key(d2i_X509_PUBKEY(nullptr, &data, size));
        if (!key || X509_PUBKEY_get0(key.get()) == nullptr) {
            return false;
        }
        file_.keys.push_back(
            { BareKey::Source::public_key, openssl::public_key_of(key.get()), {} });
        return true;
    }
    bool private_key(const unsigned char*& data, long size)
    {
        // d2i_AutoPrivateKey() moves `data`, and the bytes in front of it say how the algorithm is
        // written.
        const unsigned char* const begin = data;
        const Ptr<EVP_PKEY, EVP_PKEY_free> key(d2i_AutoPrivateKey(nullptr, &data, size));
        if (key) {
            file_.keys.push_back({ BareKey::Source::private_key,
                openssl::public_key_of_private(key.get(), begin, data - begin), {} });
        }
        return key != nullptr;
    }
    bool pkcs7(const unsigned char*& data, long size)
    {
        const Ptr<PKCS7, PKCS7_free> bundle(d2i_PKCS7(nullptr, &data, size));
        return bundle && add(bundle.get());
    }

    // Decodes one PEM block as its label says; good: receives whether that worked. Returns false
    // for a label that is none of ours: parameters, revocation lists, keys of other programs.
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

    // Decodes one block after the other. Text between them is ignored, and so are blocks of other
    // kinds.
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
                // There is no further block: that is the usual end.
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

    // Tries the kinds one after the other: only certificates may stand several behind each other.
    void parse_der(std::string_view bytes)
    {
        // Everything that we know is an ASN.1 SEQUENCE. To try every decoder on other bytes is
        // slow.
        if (!bytes.starts_with('\x30')) {
            return;
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
        // Nearly every certificate begins with 0x30 0x82: a SEQUENCE whose length has two bytes.
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
