#include "core/x509/client_identity.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <algorithm>
#include <cstring>

namespace relayctl {

namespace {

using openssl::Ptr;

void free_certificates(STACK_OF(X509) * certificates)
{
    sk_X509_pop_free(certificates, X509_free);
}

using Key = Ptr<EVP_PKEY, EVP_PKEY_free>;

// A library with the old algorithms, too: many PKCS#12 files are encrypted with RC2 of 40 bits.
OSSL_LIB_CTX* library_with_old_algorithms()
{
    static const Ptr<OSSL_LIB_CTX, OSSL_LIB_CTX_free> library = [] {
        Ptr<OSSL_LIB_CTX, OSSL_LIB_CTX_free> made(OSSL_LIB_CTX_new());
        OSSL_PROVIDER_load(made.get(), "default");
        OSSL_PROVIDER_load(made.get(), "legacy"); // which may not be installed
        return made;
    }();
    return library.get();
}

// What a password callback of OpenSSL is given.
struct PasswordQuestion {
    const AskPassword& ask;
    const std::string& file;
    std::exception_ptr thrown; // by ask: an exception must not pass through OpenSSL
};

int answer_password(char* buffer, int size, int /*writes*/, void* data) noexcept
{
    auto& question = *static_cast<PasswordQuestion*>(data);
    try {
        const std::string password = question.ask(question.file);
        const int length = std::min(static_cast<int>(password.size()), size);
        std::memcpy(buffer, password.data(), static_cast<std::size_t>(length));
        return length;
    } catch (...) {
        question.thrown = std::current_exception();
        return -1;
    }
}

class IdentityReader {
public:
    explicit IdentityReader(const AskPassword& ask_password)
        : ask_password_(ask_password)
    {
    }

    ClientIdentity read(const std::string& certificate_file, const std::string& key_file)
    {
        openssl::clear_errors();
        const std::string bytes = read_file(certificate_file, max_certificate_bytes).text;
        if (!read_pkcs12(bytes, certificate_file)) {
            identity_.file = parse_certificates(bytes, certificate_file);
            identity_.file.keys.clear();
            if (key_file.empty()) {
                read_keys(bytes, certificate_file);
            }
        }
        identity_.file.name = certificate_file;
        if (!key_file.empty()) {
            keys_.clear();
            identity_.file.keys.clear();
            read_keys(read_file(key_file, max_certificate_bytes).text, key_file);
            if (keys_.empty()) {
                fail(key_file, "holds no private key");
            }
        }
        if (identity_.file.certificates.empty()) {
            throw Error(ErrorKind::input, escape(certificate_file) + ": holds no certificate",
                { "a client shows a certificate beside its key; relayctl check says what would "
                  "be with the key alone" });
        }
        if (!key_file.empty()) {
            require_fitting_key(certificate_file, key_file);
        }
        choose();
        openssl::clear_errors();
        return std::move(identity_);
    }

private:
    [[noreturn]] static void fail(const std::string& file, const std::string& cause)
    {
        openssl::clear_errors();
        throw Error(ErrorKind::input, escape(file) + ": " + cause);
    }

    // Returns false if the bytes are no PKCS#12.
    bool read_pkcs12(const std::string& bytes, const std::string& name)
    {
        if (!bytes.starts_with('\x30')) {
            return false;
        }
        PKCS12* empty = PKCS12_init_ex(NID_pkcs7_data, library_with_old_algorithms(), nullptr);
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        const Ptr<PKCS12, PKCS12_free> bag(
            d2i_PKCS12(&empty, &data, static_cast<long>(bytes.size())));
        openssl::clear_errors();
        if (!bag) {
            return false;
        }
        identity_.is_pkcs12 = true;
        // No password at all and an empty one are encrypted differently (RFC 7292, B.1).
        const bool has_none = PKCS12_verify_mac(bag.get(), nullptr, 0) == 1;
        std::string password;
        if (!has_none && PKCS12_verify_mac(bag.get(), "", 0) != 1) {
            password = ask_password_(name);
        }
        EVP_PKEY* key = nullptr;
        X509* certificate = nullptr;
        STACK_OF(X509)* others = nullptr;
        openssl::clear_errors();
        if (PKCS12_parse(
                bag.get(), has_none ? nullptr : password.c_str(), &key, &certificate, &others)
            != 1) {
            const bool is_wrong = ERR_GET_REASON(ERR_peek_error()) == PKCS12_R_MAC_VERIFY_FAILURE;
            fail(name,
                is_wrong ? "the password is wrong"
                         : "cannot be decrypted: " + openssl::last_error());
        }
        const Key key_owner(key);
        const Ptr<X509, X509_free> certificate_owner(certificate);
        const Ptr<STACK_OF(X509), free_certificates> others_owner(others);
        if (certificate != nullptr) {
            identity_.file.certificates.push_back(openssl::certificate_from(certificate));
        }
        for (int i = 0; others != nullptr && i < sk_X509_num(others); ++i) {
            identity_.file.certificates.push_back(
                openssl::certificate_from(sk_X509_value(others, i)));
        }
        add(key, name);
        return true;
    }

    void read_keys(const std::string& bytes, const std::string& name)
    {
        for (std::size_t at = 0; (at = bytes.find("-----BEGIN ", at)) != std::string::npos;) {
            const std::size_t end = std::min(bytes.find("-----BEGIN ", at + 1), bytes.size());
            const std::string_view block(bytes.data() + at, end - at);
            if (block.substr(0, block.find('\n')).find("PRIVATE KEY-----")
                != std::string_view::npos) {
                read_pem_key(block, name);
            }
            at = end;
        }
        if (bytes.starts_with('\x30')) {
            const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
            const Key key(d2i_AutoPrivateKey(nullptr, &data, static_cast<long>(bytes.size())));
            add(key.get(), name);
        }
        openssl::clear_errors();
    }

    void read_pem_key(std::string_view block, const std::string& name)
    {
        PasswordQuestion question{ ask_password_, name, {} };
        const Ptr<BIO, BIO_free_all> in(
            BIO_new_mem_buf(block.data(), static_cast<int>(block.size())));
        const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, answer_password, &question));
        if (question.thrown) {
            openssl::clear_errors();
            std::rethrow_exception(question.thrown);
        }
        if (!key) {
            fail(name, "the private key cannot be read: " + openssl::last_error());
        }
        add(key.get(), name);
    }

    void add(EVP_PKEY* key, const std::string& name)
    {
        if (key == nullptr) {
            return;
        }
        keys_.push_back(openssl::encode(i2d_PrivateKey, key));
        identity_.file.keys.push_back({ BareKey::Source::private_key,
            openssl::public_key_of_private(
                key, keys_.back().data(), static_cast<long>(keys_.back().size())),
            {} });
        identity_.key_file = name;
    }

    void require_fitting_key(const std::string& certificate_file, const std::string& key_file) const
    {
        const CertificateFile& file = identity_.file;
        const bool fits = std::any_of(
            file.certificates.begin(), file.certificates.end(), [&](const Certificate& own) {
                return std::any_of(file.keys.begin(), file.keys.end(),
                    [&](const BareKey& key) { return is_same_key(own.key, key.key); });
            });
        if (!fits) {
            fail(key_file, "is not the key of " + escape(certificate_file));
        }
    }

    // Takes the client's certificate, the key that belongs to it, and the rest as its chain.
    void choose()
    {
        const CertificateFile& file = identity_.file;
        const Certificate* own = file.presented();
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (!is_same_key(own->key, file.keys[i].key)) {
                continue;
            }
            TlsIdentity tls{ own->der, {}, keys_[i] };
            for (const Certificate& other : file.certificates) {
                if (other.der != own->der) {
                    tls.chain.push_back(other.der);
                }
            }
            identity_.tls = std::move(tls);
            return;
        }
    }

    const AskPassword& ask_password_;
    ClientIdentity identity_;
    std::vector<std::vector<std::uint8_t>> keys_; // DER, in the order of identity_.file.keys
};

} // namespace

ClientIdentity load_client_identity(const std::string& certificate_file,
    const std::string& key_file, const AskPassword& ask_password)
{
    return IdentityReader(ask_password).read(certificate_file, key_file);
}

} // namespace relayctl
