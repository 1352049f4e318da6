// The sums of a table: whether two tables have the same entries, told without comparing them one by
// one.
#pragma once

#include "core/table/annotation.hpp"
#include "core/table/document.hpp"
#include "core/x509/digest.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace relayctl {

// The sum of entries that may come in any order. Tables with the same entries have the same sum in
// one process; another process has another one for them.
class ContentSum {
public:
    // Adds a record of a map, "key<TAB>value", quickly: maps that differ have the same sum once in
    // 2^64 times, unless somebody has made them so.
    void add(std::string_view record) noexcept;
    // Adds the record that postmap makes of an entry: it has the key in lower case.
    void add(std::string_view key, std::string_view value);
    // Adds an entry with its annotation, by 128 bits of a sha256 that is made with a secret of this
    // process: nobody can make a table that differs and has the same sum. The case of the letters
    // in the key does not count, nor does the fingerprint that the annotation was written for.
    // Errors: ErrorKind::system if the kernel gives no random numbers, or OpenSSL fails.
    void add(std::string_view key, std::string_view value, Annotation annotation);
    // Adds all that another sum counted.
    void add(const ContentSum& other) noexcept;

    std::uint64_t count() const noexcept { return count_; }

    bool operator==(const ContentSum&) const = default;

private:
    std::uint64_t count_ = 0;
    std::array<std::uint64_t, 2> sum_{}; // of the hashes of all entries, each modulo 2^64
};

// Returns the sum of the records that postmap makes of these entries. Where the source has a key
// twice, postmap stores the first entry only, and the sum is not that of its map.
ContentSum content_of(const Document& document);

// Returns the short text by which administrators compare servers (list --state-id): sixteen
// hexadecimal digits, the beginning of the sha256 of what Postfix finds in the table, a line
// "key value" for each key, sorted, keys in lower case. Order, comments, annotations, spacing and
// the type of the table do not count. The text is an interface: scripts have stored it.
std::string state_id(const Document& document);

// Computes the same for entries that come sorted by their keys in lower case, byte by byte.
class StateId {
public:
    // key: in lower case. Of entries with the same key the first one counts.
    void add(const std::string& key, std::string_view value);
    std::string finish();

private:
    DigestStream hash_{ Digest::by_name("sha256") };
    std::string last_key_;
    bool is_first_ = true;
};

} // namespace relayctl
