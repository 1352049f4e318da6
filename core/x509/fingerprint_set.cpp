#include "core/x509/fingerprint_set.hpp"

#include "core/base/text.hpp"

namespace relayctl {

bool FingerprintSet::insert(const Fingerprint& fingerprint)
{
    // Most keys of a table end in another byte than any member, so they need not be parsed.
    last_bytes_.set(fingerprint.bytes().back());
    return all_.insert(fingerprint).second;
}

std::optional<Fingerprint> FingerprintSet::find_written(std::string_view key) const noexcept
{
    if (key.size() < 2) {
        return std::nullopt;
    }
    // In every spelling the last two characters are the last byte, unless blanks follow it.
    const int high = hex_value(key[key.size() - 2]);
    const int low = hex_value(key[key.size() - 1]);
    if (high >= 0 && low >= 0 && !last_bytes_.test(static_cast<std::size_t>(high << 4 | low))) {
        return std::nullopt;
    }
    const auto meant = Fingerprint::from_written(key);
    return meant && all_.contains(*meant) ? meant : std::nullopt;
}

} // namespace relayctl
