// Fingerprints that are looked for among the keys of a whole table.
#pragma once

#include "core/x509/fingerprint.hpp"

#include <bitset>
#include <optional>
#include <set>
#include <string_view>

namespace relayctl {

class FingerprintSet {
public:
    // False where it is in already.
    bool insert(const Fingerprint& fingerprint);
    bool empty() const noexcept { return all_.empty(); }
    bool contains(const Fingerprint& fingerprint) const { return all_.contains(fingerprint); }

    // The member that this key means, in whatever spelling (Fingerprint::from_written); no value
    // where there is none.
    std::optional<Fingerprint> find_written(std::string_view key) const noexcept;

private:
    std::set<Fingerprint> all_;
    std::bitset<256> last_bytes_; // most keys are told apart by their last two digits
};

} // namespace relayctl
