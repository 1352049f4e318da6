// Room for a large table: the kernel gives it in pages of 2 MiB where it can. Touching 128 MB for
// the first time costs as much as reading a file of that size, if each page has 4 KiB.
#pragma once

#include <cstddef>

namespace relayctl {

// madvise(2), MADV_HUGEPAGE. Nothing but speed: where the kernel has none, nothing happens.
void prefer_huge_pages(void* begin, std::size_t size) noexcept;

// container: a string or vector. Its reserve().
template <typename Container> void reserve_large(Container& container, std::size_t count)
{
    container.reserve(count);
    prefer_huge_pages(container.data(), container.capacity() * sizeof *container.data());
}

} // namespace relayctl
