#include "core/x509/trust.hpp"

#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <unistd.h>

#include <cerrno>

namespace relayctl {

namespace {

using openssl::Ptr;

void free_stack(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}

// Whether the file or directory is there but not for this user.
bool is_hidden(const std::string& path)
{
    return !path.empty() && ::access(path.c_str(), R_OK) != 0 && errno == EACCES;
}

Ptr<X509_STORE, X509_STORE_free> store_of(const TrustedAuthorities& authorities)
{
    Ptr<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    if (authorities.defaults) {
        X509_STORE_set_default_paths(store.get());
    }
    const auto name_or_null = [](const std::string& name) { return name.empty() ? nullptr : name.c_str(); };
    const bool any = !authorities.file.empty() || !authorities.path.empty();
    if (any && X509_STORE_load_locations(store.get(), name_or_null(authorities.file), name_or_null(authorities.path)) != 1) {
        store.reset();
    }
    openssl::clear_errors();
    return store;
}

} // namespace

std::string problem_with_authorities(const TrustedAuthorities& authorities)
{
    if (!hidden_authorities(authorities).empty() || store_of(authorities)) {
        return "";
    }
    return escape(authorities.file) + ": holds no CA certificates that OpenSSL can load";
}

std::vector<std::string> hidden_authorities(const TrustedAuthorities& authorities)
{
    std::vector<std::string> hidden;
    for (const std::string& path : {authorities.file, authorities.path}) {
        if (is_hidden(path)) {
            hidden.push_back(path);
        }
    }
    return hidden;
}

std::optional<bool> is_trusted(const Certificate& certificate, const CertificateFile& chain, const TrustedAuthorities& authorities)
{
    if (!hidden_authorities(authorities).empty()) {
        return std::nullopt;
    }
    const auto store = store_of(authorities);
    if (!store) {
        return false;
    }
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
    X509_STORE_CTX_set_default(context.get(), "ssl_client");
    X509_STORE_CTX_set_depth(context.get(), authorities.depth);
    const bool trusted = X509_verify_cert(context.get()) == 1;
    openssl::clear_errors();
    return trusted;
}

} // namespace relayctl
