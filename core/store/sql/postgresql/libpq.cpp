#include "core/store/sql/postgresql/libpq.hpp"

#include "core/base/error.hpp"

#include <dlfcn.h>

#include <string>

namespace relayctl::postgresql {

namespace {

// What libpq() has returned, for functions that must not throw.
const Libpq* loaded = nullptr;

[[noreturn]] void throw_missing(const std::string& cause)
{
    throw Error(ErrorKind::database, "libpq: " + cause,
        { "PostgreSQL's client library, 14 or later, is needed for pgsql: tables: apt install "
          "libpq5" });
}

} // namespace

LibpqFunction::LibpqFunction(const char* name)
{
    // The 5 is the version of the library's interface. It is never unloaded.
    static void* const library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        throw_missing("cannot be loaded");
    }
    address_ = ::dlsym(library, name);
    // Older versions lack the functions of the pipeline mode.
    if (address_ == nullptr) {
        throw_missing("has no " + std::string(name));
    }
}

const Libpq& libpq()
{
    // If one function is missing, the constructor throws, and the next call tries again.
    static const Libpq pq;
    loaded = &pq;
    return pq;
}

const Libpq& loaded_libpq() noexcept
{
    return *loaded;
}

} // namespace relayctl::postgresql
