#include "core/x509/pkcs12_content.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <openssl/pkcs12.h>
#include <openssl/provider.h>

namespace relayctl::openssl {

namespace {

void free_parts(STACK_OF(PKCS7) * parts)
{
    sk_PKCS7_pop_free(parts, PKCS7_free);
}

void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags)
{
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

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

// Takes everything out of the file. Returns false if that fails; OpenSSL's queue says why. An empty
// password stands for no password as well, which is encrypted in another way (RFC 7292, B.1).
bool open_with(PKCS12* file, const std::string& password, Pkcs12Content& content)
{
    clear_errors();
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    const bool has_no_password = password.empty() && PKCS12_verify_mac(file, nullptr, 0) == 1;
    clear_errors();
    if (PKCS12_parse(
            file, has_no_password ? nullptr : password.c_str(), &key, &certificate, &others)
        != 1) {
        return false;
    }
    content.key.reset(key);
    if (certificate != nullptr) {
        content.certificates.emplace_back(certificate);
    }
    const Ptr<STACK_OF(X509), free_certificates> others_owner(others);
    while (others != nullptr && sk_X509_num(others) > 0) {
        content.certificates.emplace_back(sk_X509_shift(others));
    }
    return true;
}

// Returns true if the failure says that the password is not the right one, and that nothing else is
// wrong.
bool is_wrong_password()
{
    return ERR_GET_REASON(ERR_peek_error()) == PKCS12_R_MAC_VERIFY_FAILURE;
}

// Takes out the certificates that are not encrypted.
void read_open_certificates(PKCS12* file, Pkcs12Content& content)
{
    const Ptr<STACK_OF(PKCS7), free_parts> parts(PKCS12_unpack_authsafes(file));
    for (int i = 0; parts && i < sk_PKCS7_num(parts.get()); ++i) {
        PKCS7* const part = sk_PKCS7_value(parts.get(), i);
        const Ptr<STACK_OF(PKCS12_SAFEBAG), free_bags> bags(
            PKCS7_type_is_data(part) ? PKCS12_unpack_p7data(part) : nullptr);
        for (int j = 0; bags && j < sk_PKCS12_SAFEBAG_num(bags.get()); ++j) {
            PKCS12_SAFEBAG* const bag = sk_PKCS12_SAFEBAG_value(bags.get(), j);
            X509* const certificate = PKCS12_SAFEBAG_get_nid(bag) == NID_certBag
                ? PKCS12_SAFEBAG_get1_cert(bag)
                : nullptr;
            if (certificate != nullptr) {
                content.certificates.emplace_back(certificate);
            }
        }
    }
}

} // namespace

std::optional<Pkcs12Content> read_pkcs12(
    std::string_view bytes, const std::string& name, const std::function<std::string()>& ask)
{
    if (!bytes.starts_with('\x30')) {
        return std::nullopt;
    }
    PKCS12* empty = PKCS12_init_ex(NID_pkcs7_data, library_with_old_algorithms(), nullptr);
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const Ptr<PKCS12, PKCS12_free> file(d2i_PKCS12(&empty, &data, static_cast<long>(bytes.size())));
    clear_errors();
    if (!file) {
        return std::nullopt;
    }
    Pkcs12Content content;
    bool is_open = open_with(file.get(), "", content);
    if (!is_open && !ask) {
        content.is_locked = true;
        read_open_certificates(file.get(), content);
    } else if (!is_open && is_wrong_password()) {
        is_open = open_with(file.get(), ask(), content);
    }
    if (!is_open && !content.is_locked) {
        const bool is_wrong = is_wrong_password();
        clear_errors();
        throw Error(ErrorKind::input,
            escape(name)
                + (is_wrong ? ": the password is wrong"
                            : ": is PKCS#12, but is damaged or encrypted in a way that "
                              "OpenSSL does not know here"));
    }
    clear_errors();
    return content;
}

} // namespace relayctl::openssl
