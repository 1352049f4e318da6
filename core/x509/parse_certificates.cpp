// Finds certificates, requests and keys in the bytes of a file. The bytes tell what they are, never
// the name of the file: PEM blocks are taken if there are any; other bytes are tried as DER, or as
// DER in hexadecimal digits; at last base64 is searched that is DER, wherever it stands.
// What is damaged of our kinds is an error even if the rest would do: a file of which only a part
// can be read may be about another client than its name says. What is not of our kinds is passed
// over.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/text_encoding.hpp"
#include "core/x509/der_objects.hpp"
#include "core/x509/embedded_der.hpp"
#include "core/x509/foreign_file.hpp"
#include "core/x509/pem_blocks.hpp"
#include "core/x509/pkcs12_content.hpp"

namespace relayctl {

namespace {

// What a PEM block holds by its label.
enum class Content { certificates, trusted_certificate, request, public_key, private_key, other };

Content content_of(std::string_view label)
{
    if (label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "PKCS7" || label == "CMS"
        || label == "PKCS #7 SIGNED DATA") {
        return Content::certificates;
    }
    if (label == "TRUSTED CERTIFICATE") {
        return Content::trusted_certificate;
    }
    if (label == "CERTIFICATE REQUEST" || label == "NEW CERTIFICATE REQUEST") {
        return Content::request;
    }
    if (label == "PUBLIC KEY" || label == "RSA PUBLIC KEY") {
        return Content::public_key;
    }
    // "OPENSSH PRIVATE KEY" and those of other programs are not ours.
    for (const std::string_view ours : { "", "RSA ", "EC ", "DSA ", "ENCRYPTED " }) {
        if (label == std::string(ours) + "PRIVATE KEY") {
            return Content::private_key;
        }
    }
    return Content::other;
}

// Returns true for bytes that may stand behind an object without a meaning: line ends that an
// editor or a mail added, and padding.
bool is_padding(std::string_view bytes)
{
    return bytes.find_first_not_of(std::string_view(" \t\r\n\0\x1a", 6)) == std::string_view::npos;
}

std::string_view as_text(const std::vector<std::uint8_t>& bytes)
{
    return { reinterpret_cast<const char*>(bytes.data()), bytes.size() };
}

// Collects what one file holds.
class Parser {
public:
    explicit Parser(const std::string& name) { file_.name = name; }

    // Returns all that is in the bytes. Errors: ErrorKind::input.
    CertificateFile parse(std::string_view bytes)
    {
        const std::string text = in_utf8(std::string(bytes));
        if (trim(text).empty()) {
            fail("is empty");
        }
        const std::vector<PemBlock> blocks = pem_blocks(text);
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            read_block(blocks[i], i + 1);
        }
        if (blocks.empty()) {
            read_without_blocks(text);
        }
        openssl::clear_errors();
        if (file_.certificates.empty() && file_.keys.empty()) {
            fail_empty(bytes, text);
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
    [[noreturn]] void fail_empty(std::string_view bytes, std::string_view text) const
    {
        if (is_locked_) {
            fail("is a PKCS#12 file, which only its password opens",
                { hint_for_pkcs12(file_.name, !bytes.starts_with('\x30')) });
        }
        if (has_encrypted_key_) {
            fail("the private key is encrypted",
                { "give the certificate, or the public key: openssl pkey -in KEY -pubout" });
        }
        if (has_unknown_key_) {
            fail("holds a private key of a kind that OpenSSL does not know here",
                { "give its certificate, or its public key" });
        }
        std::vector<std::string> labels = other_labels_;
        auto foreign = foreign_file(bytes, labels, file_.name);
        foreign = foreign ? foreign : foreign_file(text, labels, file_.name);
        if (foreign) {
            fail(foreign->what, std::move(foreign->hints));
        }
        fail(has_empty_bundle_ ? "holds a PKCS#7 bundle without a certificate in it"
                               : "no certificate, certificate request or key in it");
    }

    // Reads one PEM block. number: from 1.
    void read_block(const PemBlock& block, std::size_t number)
    {
        const Content content = content_of(block.label);
        const std::string what
            = "PEM block " + std::to_string(number) + " (" + escape(block.label) + ") ";
        if (content == Content::other) {
            // Other labels for bundles and certificates are in use; any other content is not ours.
            other_labels_.push_back(block.label);
            const std::string_view der = as_text(block.der);
            if (block.problem.empty() && openssl::add_certificate(file_, der) == 0) {
                openssl::add_bundle(file_, der);
            }
            return;
        }
        if (block.headers.find("ENCRYPTED") != std::string::npos) {
            has_encrypted_key_ = true;
            return;
        }
        if (!block.problem.empty()) {
            fail(what + block.problem);
        }
        if (!read_content(content, as_text(block.der))) {
            fail(what + "is damaged, or holds something else than its label says");
        }
    }

    // Reads the content of a block of ours. A label may say less than the content: certificates of
    // Windows and Java stand in bundles under the label of a certificate. Returns false if it is
    // damaged.
    bool read_content(Content content, std::string_view der)
    {
        if (content == Content::trusted_certificate) {
            return openssl::add_trusted_certificate(file_, der) > 0;
        }
        if (content == Content::public_key && openssl::add_rsa_public_key(file_, der) > 0) {
            return true;
        }
        if (read_object(der) > 0) {
            return true;
        }
        // A key of an algorithm that this OpenSSL does not have spoils nothing.
        has_unknown_key_ = content == Content::private_key && openssl::is_one_object(der);
        return has_unknown_key_;
    }

    // Reads the object of any of our kinds at the beginning of the bytes. Returns how many bytes it
    // has, or 0 if there is none.
    std::size_t read_object(std::string_view der)
    {
        for (const auto& add : { openssl::add_certificate, openssl::add_request }) {
            if (const std::size_t size = add(file_, der)) {
                return size;
            }
        }
        const std::size_t certificates = file_.certificates.size();
        if (const std::size_t size = openssl::add_bundle(file_, der)) {
            has_empty_bundle_ = file_.certificates.size() == certificates;
            return size;
        }
        for (const auto& add : { openssl::add_public_key, openssl::add_private_key }) {
            if (const std::size_t size = add(file_, der)) {
                return size;
            }
        }
        if (auto content = openssl::read_pkcs12(der, file_.name, {})) {
            add(*content);
            return der.size();
        }
        if (openssl::is_encrypted_key(der)) {
            has_encrypted_key_ = true;
            return der.size();
        }
        return 0;
    }

    void add(openssl::Pkcs12Content& content)
    {
        is_locked_ = content.is_locked;
        for (const auto& certificate : content.certificates) {
            file_.certificates.push_back(openssl::certificate_from(certificate.get()));
        }
        if (content.key) {
            const auto der = openssl::encode(i2d_PrivateKey, content.key.get());
            openssl::add_private_key(file_, as_text(der));
        }
    }

    // Reads DER, or looks for it in a text.
    void read_without_blocks(std::string_view text)
    {
        if (read_der(text)) {
            return;
        }
        for (const std::string& der : embedded_der(text)) {
            read_object(der);
        }
    }

    // Reads objects that stand behind each other. Returns false if the bytes do not begin with one.
    bool read_der(std::string_view bytes)
    {
        // Everything that we know is an ASN.1 SEQUENCE. To try every decoder on other bytes is
        // slow.
        bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
        if (!bytes.starts_with('\x30')) {
            return false;
        }
        std::size_t count = 0;
        for (; !is_padding(bytes); ++count) {
            const std::size_t size = read_object(bytes);
            if (size == 0) {
                break;
            }
            bytes.remove_prefix(size);
        }
        if (is_padding(bytes)) {
            return true;
        }
        if (count > 0) {
            fail("object " + std::to_string(count + 1) + " (DER) is cut off or corrupt");
        }
        // Nearly every certificate begins with 0x30 0x82: a SEQUENCE whose length has two bytes.
        if (bytes.starts_with("\x30\x82")) {
            fail(
                "looks like DER but is cut off or corrupt, or of a kind that holds no certificate");
        }
        return false;
    }

    CertificateFile file_;
    std::vector<std::string> other_labels_;
    bool has_encrypted_key_ = false;
    bool has_unknown_key_ = false;
    bool has_empty_bundle_ = false;
    bool is_locked_ = false; // a PKCS#12 file that needs a password
};

} // namespace

CertificateFile parse_certificates(std::string_view bytes, const std::string& name)
{
    openssl::clear_errors();
    return Parser(name).parse(bytes);
}

} // namespace relayctl
