// Memory for a large table in pages of 2 MiB. With pages of 4 KiB, touching 128 MB for the first
// time takes as long as reading a file of that size.
#pragma once

#include <cstddef>

namespace relayctl {

// Asks the kernel for huge pages (madvise(2), MADV_HUGEPAGE). This only affects speed: nothing
// happens if the kernel has none.
void prefer_huge_pages(void* begin, std::size_t size) noexcept;

// Calls reserve() of a string or vector, and asks for huge pages.
template <typename Container> void reserve_large(Container& container, std::size_t count)
{
    container.reserve(count);
    prefer_huge_pages(container.data(), container.capacity() * sizeof *container.data());
}

} // namespace relayctl
