// The lock of a source in the hands of the postmaps that work on it.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/store/text_table/lock.hpp"

namespace relayctl {

// Has every postmap hold the lock as well, and run as the owner of the source.
class SharedLock {
public:
    SharedLock(Postfix& postfix, const FileLock& lock)
        : postfix_(postfix)
    {
        postfix_.let_inherit(lock.descriptor());
    }
    ~SharedLock()
    {
        postfix_.let_inherit(-1);
        postfix_.let_own({});
    }
    SharedLock(const SharedLock&) = delete;
    SharedLock& operator=(const SharedLock&) = delete;

private:
    Postfix& postfix_;
};

} // namespace relayctl
