// All entries of a table as one sum, whatever their order: whether two tables have the same, entry
// for entry.
#pragma once

#include "core/table/annotation.hpp"
#include "core/x509/digest.hpp"

#include <cstdint>
#include <string_view>

namespace relayctl {

class EntrySum {
public:
    // Keys in any case of letters are the same; for whom an annotation was written does not count.
    void add(std::string_view key, std::string_view value, Annotation annotation);

    std::uint64_t count() const noexcept { return count_; }
    friend bool operator==(const EntrySum& a, const EntrySum& b) noexcept
    {
        return a.count_ == b.count_ && a.low_ == b.low_ && a.high_ == b.high_;
    }

private:
    Digest digest_ = Digest::by_name("sha256");
    std::uint64_t count_ = 0;
    std::uint64_t low_ = 0; // of the hashes of the entries, modulo 2^64 each
    std::uint64_t high_ = 0;
};

} // namespace relayctl
