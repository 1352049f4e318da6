#include "core/base/file_text.hpp"

#include "core/base/parallel.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>

namespace relayctl {

namespace {

// Refused where somebody has it open for writing, where the file is another user's, and by many file systems.
bool take_lease(int fd)
{
    // Who wants to write is announced by SIGIO, which would end us. For good: as long as the text lives somebody may come.
    ::signal(SIGIO, SIG_IGN);
    return ::fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

// Has all pages there; false where one cannot be read, which would be SIGBUS later.
bool populate(char* begin, std::size_t size)
{
    constexpr std::size_t at_once = std::size_t{4} << 20;
    std::atomic<bool> good = true;
    in_parallel((size + at_once - 1) / at_once, [&](std::size_t i) {
        if (::madvise(begin + i * at_once, std::min(at_once, size - i * at_once), MADV_POPULATE_READ) != 0) {
            good = false;
        }
    }, 1);
    return good;
}

} // namespace

FileText::~FileText()
{
    if (leased_) {
        ::munmap(const_cast<char*>(view_.data()), view_.size());
    }
}

std::shared_ptr<const FileText> FileText::map(OpenFile& file)
{
    constexpr off_t worth_it = off_t{8} << 20;
    struct stat now {};
    if (file.status.st_size < worth_it || !take_lease(file.fd.get())) {
        return nullptr;
    }
    const auto size = static_cast<std::size_t>(file.status.st_size);
    if (::fstat(file.fd.get(), &now) == 0 && FileIdentity::of(now) == FileIdentity::of(file.status)) { // nobody came before the lease
        void* const begin = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd.get(), 0);
        if (begin != MAP_FAILED) {
            if (populate(static_cast<char*>(begin), size)) {
                return std::shared_ptr<const FileText>(new FileText(std::move(file.fd), {static_cast<const char*>(begin), size}));
            }
            ::munmap(begin, size);
        }
    }
    ::fcntl(file.fd.get(), F_SETLEASE, F_UNLCK);
    return nullptr;
}

std::shared_ptr<const FileText> FileText::read(OpenFile file, const std::string& subject)
{
    if (auto mapped = map(file)) {
        return mapped;
    }
    return std::make_shared<const FileText>(read_whole(file, subject));
}

} // namespace relayctl
