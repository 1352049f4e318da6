#include "core/store/sql/postgresql/libpq.hpp"

#include "core/base/error.hpp"

#include <dlfcn.h>

#include <string>

namespace relayctl::postgresql {

namespace {

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
    static void* const library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        throw_missing("cannot be loaded");
    }
    address_ = ::dlsym(library, name);
    if (address_ == nullptr) {
        throw_missing("has no " + std::string(name));
    }
}

const Libpq& libpq()
{
    static const Libpq pq;
    loaded = &pq;
    return pq;
}

const Libpq& loaded_libpq() noexcept
{
    return *loaded;
}

} // namespace relayctl::postgresql
