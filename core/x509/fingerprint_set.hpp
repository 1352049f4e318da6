// A set of fingerprints that finds its members among the keys of a large table.
#pragma once

#include "core/x509/fingerprint.hpp"

#include <bitset>
#include <optional>
#include <set>
#include <string_view>

namespace relayctl {

class FingerprintSet {
public:
    // Returns false if the fingerprint is in the set already.
    bool insert(const Fingerprint& fingerprint);
    bool empty() const noexcept { return all_.empty(); }
    bool contains(const Fingerprint& fingerprint) const { return all_.contains(fingerprint); }

    // Returns the member that this key means, in whatever spelling (Fingerprint::from_written). Has
    // no value if it means none of them.
    std::optional<Fingerprint> find_written(std::string_view key) const noexcept;

private:
    std::set<Fingerprint> all_;
    std::bitset<256> last_bytes_; // of the members: they rule out most keys without parsing them
};

} // namespace relayctl
