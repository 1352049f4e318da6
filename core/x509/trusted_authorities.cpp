// The certificate is verified by OpenSSL with the CAs that the server's parameters name, as smtpd
// does it (tls_set_ca_certificate_info() in tls_certkey.c). Two things make the answer uncertain,
// and then there is none: files that this user may not read, and a chain that the client may
// complete in the handshake.
#include "core/x509/trusted_authorities.hpp"

#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace relayctl {

namespace {

using openssl::Ptr;

// These free a list with what is in it, in the form that Ptr takes.
void free_stack(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}

// Returns true if the file or directory exists but this user may not read it.
bool is_hidden(const std::string& path)
{
    return !path.empty() && ::access(path.c_str(), R_OK) != 0 && errno == EACCES;
}

// Loads the CAs. Returns nullptr if OpenSSL cannot load them.
Ptr<X509_STORE, X509_STORE_free> store_of(const TrustedAuthorities& authorities)
{
    Ptr<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    if (authorities.defaults) {
        X509_STORE_set_default_paths(store.get());
    }
    const auto name_or_null
        = [](const std::string& name) { return name.empty() ? nullptr : name.c_str(); };
    const bool any = !authorities.file.empty() || !authorities.path.empty();
    if (any
        && X509_STORE_load_locations(
               store.get(), name_or_null(authorities.file), name_or_null(authorities.path))
            != 1) {
        store.reset();
    }
    openssl::clear_errors();
    return store;
}

// Returns true if verifying failed because an issuer is neither among the CAs nor in the file. The
// client may send the certificates in between along.
bool lacks_issuer(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
        || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
        || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

// Returns true if there is any CA at all. OpenSSL loads those of a directory only when it needs
// them, so the store does not show them.
bool has_any(X509_STORE& store, const TrustedAuthorities& authorities)
{
    std::error_code none;
    const bool has_directory = authorities.defaults
        || (!authorities.path.empty()
            && std::filesystem::directory_iterator(authorities.path, none)
                != std::filesystem::directory_iterator());
    return has_directory || sk_X509_OBJECT_num(X509_STORE_get0_objects(&store)) > 0;
}

} // namespace

std::string problem_with_authorities(const TrustedAuthorities& authorities)
{
    if (!hidden_authorities(authorities).empty() || store_of(authorities)) {
        return "";
    }
    // OpenSSL does not read a directory before it needs a CA, so only the file can be at fault.
    return escape(authorities.file) + ": holds no CA certificates that OpenSSL can load";
}

std::vector<std::string> hidden_authorities(const TrustedAuthorities& authorities)
{
    std::vector<std::string> hidden;
    for (const std::string& path : { authorities.file, authorities.path }) {
        if (is_hidden(path)) {
            hidden.push_back(path);
        }
    }
    return hidden;
}

std::optional<bool> is_trusted(const Certificate& certificate, const CertificateFile& chain,
    const TrustedAuthorities& authorities)
{
    if (!hidden_authorities(authorities).empty()) {
        return std::nullopt;
    }
    const auto store = store_of(authorities);
    if (!store) {
        return false;
    }
    // The certificates of the file help to build a chain, but only those of the store end it.
    const auto leaf = openssl::decode_certificate(certificate.der);
    const Ptr<STACK_OF(X509), free_stack> others(sk_X509_new_null());
    for (const Certificate& other : chain.certificates) {
        if (auto decoded = openssl::decode_certificate(other.der)) {
            sk_X509_push(others.get(), decoded.release());
        }
    }
    const Ptr<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    if (!leaf || X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), others.get()) != 1) {
        openssl::clear_errors();
        return false;
    }
    // This checks the purpose, too: a certificate with an extended key usage must have clientAuth.
    X509_STORE_CTX_set_default(context.get(), "ssl_client");
    X509_STORE_CTX_set_depth(context.get(), authorities.depth);
    bool trusted = X509_verify_cert(context.get()) == 1;
    if (trusted && authorities.depth_counts_all) {
        const int top = sk_X509_num(X509_STORE_CTX_get0_chain(context.get())) - 1;
        trusted = top <= authorities.depth;
    }
    const bool chain_is_cut_off = lacks_issuer(X509_STORE_CTX_get_error(context.get()));
    openssl::clear_errors();
    return !trusted && chain_is_cut_off && has_any(*store, authorities) ? std::nullopt
                                                                        : std::optional(trusted);
}

std::optional<bool> is_issuer_named(const CertificateFile& client, const std::string& authorities)
{
    if (authorities.empty()) {
        return true;
    }
    const Ptr<STACK_OF(X509_NAME), openssl::free_names> names(
        SSL_load_client_CA_file(authorities.c_str()));
    openssl::clear_errors();
    if (!names) {
        return std::nullopt;
    }
    // A server that names nobody takes a certificate of any issuer.
    bool found = sk_X509_NAME_num(names.get()) == 0;
    for (const Certificate& certificate : client.certificates) {
        const auto x509 = openssl::decode_certificate(certificate.der);
        for (int i = 0; x509 && i < sk_X509_NAME_num(names.get()); ++i) {
            found = found
                || X509_NAME_cmp(
                       X509_get_issuer_name(x509.get()), sk_X509_NAME_value(names.get(), i))
                    == 0;
        }
    }
    openssl::clear_errors();
    return found;
}

} // namespace relayctl
