#include "core/x509/client_identity.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/text_encoding.hpp"
#include "core/x509/openssl.hpp"
#include "core/x509/pem_blocks.hpp"
#include "core/x509/pkcs12_content.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <cstring>

namespace relayctl {

namespace {

using openssl::Ptr;

using Key = Ptr<EVP_PKEY, EVP_PKEY_free>;

// What a password callback of OpenSSL is given.
struct PasswordQuestion {
    const AskPassword& ask;
    const std::string& file;
    std::exception_ptr thrown; // by ask: an exception must not pass through OpenSSL
    bool was_asked = false;
};

int answer_password(char* buffer, int size, int /*writes*/, void* data) noexcept
{
    auto& question = *static_cast<PasswordQuestion*>(data);
    question.was_asked = true;
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
        const std::string bytes = read_certificate_file(certificate_file);
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
        const auto content = openssl::read_pkcs12(bytes, name, [&] { return ask_password_(name); });
        if (!content) {
            return false;
        }
        identity_.is_pkcs12 = true;
        for (const auto& certificate : content->certificates) {
            identity_.file.certificates.push_back(openssl::certificate_from(certificate.get()));
        }
        add(content->key.get(), name);
        return true;
    }

    void read_keys(const std::string& bytes, const std::string& name)
    {
        for (const PemBlock& block : pem_blocks(in_utf8(bytes))) {
            // OpenSSH and others have private keys of a form of their own.
            if (block.problem.empty() && block.label.ends_with("PRIVATE KEY")
                && block.label != "OPENSSH PRIVATE KEY") {
                read_pem_key(block.text(), name);
            }
        }
        if (bytes.starts_with('\x30')) {
            const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
            const Key key(d2i_AutoPrivateKey(nullptr, &data, static_cast<long>(bytes.size())));
            add(key.get(), name);
        }
        openssl::clear_errors();
    }

    void read_pem_key(const std::string& block, const std::string& name)
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
            fail(name,
                question.was_asked
                    ? "the private key cannot be decrypted: the password is wrong"
                    : "the private key is damaged, or of a kind that OpenSSL does not know here");
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
