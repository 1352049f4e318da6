#include "core/store/entry_sum.hpp"

#include "core/base/text.hpp"

#include <cstring>
#include <string>

namespace relayctl {

void EntrySum::add(std::string_view key, std::string_view value, Annotation annotation)
{
    annotation.for_fingerprint.clear();
    std::string record = to_lower(key);
    record.append(1, '\0').append(value).append(1, '\0').append(to_line(annotation));
    const Fingerprint hash
        = digest_.of({ reinterpret_cast<const std::uint8_t*>(record.data()), record.size() });
    std::uint64_t words[2];
    std::memcpy(words, hash.bytes().data(), sizeof words);
    ++count_;
    low_ += words[0];
    high_ += words[1];
}

} // namespace relayctl
