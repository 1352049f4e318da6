// What every file that sees OpenSSL needs: owners, and its error queue as text. Included by
// core/x509/*.cpp only.
#pragma once

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace relayctl::openssl {

template <auto function> struct Free {
    template <typename T> void operator()(T* object) const noexcept { function(object); }
};

template <typename T, auto function> using Ptr = std::unique_ptr<T, Free<function>>;

inline void clear_errors() noexcept
{
    ERR_clear_error();
}

// The reason of the last error in lower-case words as OpenSSL has it, and empties the queue.
inline std::string last_error()
{
    const unsigned long code = ERR_peek_last_error();
    const char* reason = ERR_reason_error_string(code);
    ERR_clear_error();
    return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
}

// The certificate as OpenSSL's object; nullptr where it is none.
inline Ptr<X509, X509_free> decode_certificate(const std::vector<std::uint8_t>& der)
{
    const unsigned char* data = der.data();
    return Ptr<X509, X509_free>(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
}

// Where this thread looks for decoders and algorithms. The first thread has the default; others
// have one of their own each, as OpenSSL 3.0 takes locks of the context for every decoder that it
// tries, and threads would wait for one another.
inline OSSL_LIB_CTX* context_of_thread()
{
    thread_local const Ptr<OSSL_LIB_CTX, OSSL_LIB_CTX_free> own(
        ::gettid() == ::getpid() ? nullptr : OSSL_LIB_CTX_new());
    return own.get();
}

} // namespace relayctl::openssl
