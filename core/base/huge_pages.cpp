#include "core/base/huge_pages.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>

namespace relayctl {

void prefer_huge_pages(void* begin, std::size_t size) noexcept
{
    constexpr std::uintptr_t huge_page = std::uintptr_t{ 2 } << 20;
    constexpr std::uintptr_t page = 4096;
    if (size < 2 * huge_page) {
        return;
    }
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(begin);
    const std::uintptr_t first = (address + page - 1) / page * page;
    const std::uintptr_t last = (address + size) / page * page;
    // The advice may fail; errno belongs to the caller.
    const int saved = errno;
    ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
    errno = saved;
}

} // namespace relayctl
