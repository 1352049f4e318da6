// What every file that uses OpenSSL needs: owners of its objects, its error queue as text, and the
// facts of its certificates. Included by core/x509/*.cpp only.
#pragma once

#include "core/x509/certificate.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace relayctl::openssl {

// Owns an object of OpenSSL; function frees it.
template <auto function> struct Free {
    template <typename T> void operator()(T* object) const noexcept { function(object); }
};

template <typename T, auto function> using Ptr = std::unique_ptr<T, Free<function>>;

// Frees what OpenSSL allocated as an array of bytes, in the form that Ptr takes.
inline void free_bytes(void* bytes)
{
    OPENSSL_free(bytes);
}

// Frees a list with the certificates in it, likewise.
inline void free_certificates(STACK_OF(X509) * certificates)
{
    sk_X509_pop_free(certificates, X509_free);
}

// Frees a list with the names in it, likewise.
inline void free_names(STACK_OF(X509_NAME) * names)
{
    sk_X509_NAME_pop_free(names, X509_NAME_free);
}

// Empties the error queue of this thread, so that the next error is the one that is read.
inline void clear_errors() noexcept
{
    ERR_clear_error();
}

// Returns OpenSSL's own words for an error for the end of a sentence, where they help to find more
// about it: " (OpenSSL: unsupported)"; nothing where it has none.
inline std::string words_of(unsigned long code)
{
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason != nullptr ? std::string(" (OpenSSL: ") + reason + ')' : "";
}

// Takes the last error from the queue, and empties it. 0 if there was none.
inline unsigned long take_last_error() noexcept
{
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    return code;
}

// Returns words_of() the last error, and empties the queue.
inline std::string last_words()
{
    return words_of(take_last_error());
}

// Returns the certificate as OpenSSL's object, or nullptr if the bytes are no certificate.
inline Ptr<X509, X509_free> decode_certificate(const std::vector<std::uint8_t>& der)
{
    const unsigned char* data = der.data();
    return Ptr<X509, X509_free>(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
}

// Returns the context in which this thread looks for decoders and algorithms: the default one for
// the first thread, one of its own for each other thread. OpenSSL 3.0 locks the context for every
// decoder that it tries, so threads that share one would wait for each other.
inline OSSL_LIB_CTX* context_of_thread()
{
    thread_local const Ptr<OSSL_LIB_CTX, OSSL_LIB_CTX_free> own(
        ::gettid() == ::getpid() ? nullptr : OSSL_LIB_CTX_new());
    return own.get();
}

// SSL_CTX_set1_groups_list() and SSL_CTX_set1_sigalgs_list(), which as macros cast const away.
// They return false if the list is empty or OpenSSL does not know one of its names.
inline bool set_groups_list(SSL_CTX* context, const std::string& names)
{
    return SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, const_cast<char*>(names.c_str()))
        == 1;
}

inline bool set_signatures_list(SSL_CTX* context, const std::string& names)
{
    return SSL_CTX_ctrl(context, SSL_CTRL_SET_SIGALGS_LIST, 0, const_cast<char*>(names.c_str()))
        == 1;
}

// Returns the DER encoding of an object by its i2d_ function, and no bytes if that fails.
template <typename Encode, typename T>
std::vector<std::uint8_t> encode(Encode encode_function, T* object)
{
    unsigned char* out = nullptr;
    const int size = encode_function(object, &out);
    const Ptr<unsigned char, free_bytes> owner(out);
    return size > 0 ? std::vector<std::uint8_t>(out, out + size) : std::vector<std::uint8_t>();
}

// Returns the key of a certificate or a request, or that of a file with a public key.
PublicKey public_key_of(X509_PUBKEY* written);

// Returns the public half of a private key. data, size: the file that it was decoded from.
PublicKey public_key_of_private(EVP_PKEY* decoded, const unsigned char* data, long size);

// Returns a name as RFC 2253 writes it, with UTF-8 left as it is: "CN=zen.suse.co.uk,O=SUSE".
std::string name_text(const X509_NAME* name);

// Fills in all fields of Certificate. A field that cannot be read stays empty.
Certificate certificate_from(X509* x509);

} // namespace relayctl::openssl
