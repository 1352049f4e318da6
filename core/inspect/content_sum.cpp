#include "core/inspect/content_sum.hpp"

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace relayctl {

void ContentSum::add(std::string_view record) noexcept
{
    ++count_;
    sum_ += std::hash<std::string_view>()(record);
}

void ContentSum::add(const ContentSum& other) noexcept
{
    count_ += other.count_;
    sum_ += other.sum_;
}

ContentSum content_of(const Document& document)
{
    constexpr std::size_t at_once = 50'000;
    const auto entries = document.entries();
    std::vector<ContentSum> parts((entries.size() + at_once - 1) / at_once);
    in_parallel(
        parts.size(),
        [&](std::size_t part) {
            std::string record;
            ContentSum sum; // not in the vector: neighbours there would share a cache line
            for (const Entry& entry : entries.subspan(
                     part * at_once, std::min(at_once, entries.size() - part * at_once))) {
                record = document.key(entry);
                std::transform(record.begin(), record.end(), record.begin(), lower);
                record += '\t';
                record += document.value(entry);
                sum.add(record);
            }
            parts[part] = sum;
        },
        1);
    ContentSum whole;
    for (const ContentSum& part : parts) {
        whole.add(part);
    }
    return whole;
}

} // namespace relayctl
