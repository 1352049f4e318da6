// What every file that sees OpenSSL needs: owners, and its error queue as text. Included by core/x509/*.cpp only.
#pragma once

#include <openssl/err.h>

#include <memory>
#include <string>

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

} // namespace relayctl::openssl
