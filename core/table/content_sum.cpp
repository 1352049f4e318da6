// Two tables are the same if the sums of their records are, whatever their order. Each record is
// hashed by itself and the hashes are added up, so no table has to be in memory or sorted. One kind
// of sum is quick and only compares map and source; the other resists somebody who wants to deceive
// it.
#include "core/table/content_sum.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace relayctl {

namespace {

// Bytes that nobody outside of this process knows. What was to be compared could otherwise be made
// so that it has a certain sum.
const std::string& secret()
{
    static const std::string bytes = [] {
        std::string random(16, '\0');
        if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
            throw_errno("random numbers", "get");
        }
        return random;
    }();
    return bytes;
}

// Returns one hash of two.
std::uint64_t mixed(std::uint64_t key, std::uint64_t value) noexcept
{
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U; // 2^64 divided by the golden ratio
    const std::uint64_t hash = (key ^ std::rotl(value, 32)) * odd;
    return (hash ^ (hash >> 32)) * odd;
}

} // namespace

void ContentSum::add(std::string_view record) noexcept
{
    // Without a copy, key and value of an entry can only be hashed one by one.
    const std::size_t tab = record.find('\t');
    ++count_;
    sum_[0] += tab == std::string_view::npos
        ? hash_of(record)
        : mixed(hash_of(record.substr(0, tab)), hash_of(record.substr(tab + 1)));
}

void ContentSum::add(std::string_view key, std::string_view value)
{
    if (key.find('\t') == std::string_view::npos) {
        ++count_;
        sum_[0] += mixed(hash_ignoring_case(key), hash_of(value));
        return;
    }
    // A key has a tab in it if that is quoted or behind a backslash; its record is split at the
    // first tab all the same.
    std::string record = to_lower(key);
    record.append(1, '\t').append(value);
    add(record);
}

void ContentSum::add(std::string_view key, std::string_view value, Annotation annotation)
{
    // Whoever can write the source of a copy could otherwise look for records with the same sum.
    static const Digest sha256 = Digest::by_name("sha256");
    // The fingerprint for which the annotation was written does not count: the key is in the sum.
    annotation.for_fingerprint.clear();
    std::string record = secret() + to_lower(key);
    record.append(1, '\0').append(value).append(1, '\0').append(to_line(annotation));
    const Fingerprint hash
        = sha256.of({ reinterpret_cast<const std::uint8_t*>(record.data()), record.size() });
    decltype(sum_) words{};
    std::memcpy(words.data(), hash.bytes().data(), sizeof words);
    ++count_;
    sum_[0] += words[0];
    sum_[1] += words[1];
}

void ContentSum::add(const ContentSum& other) noexcept
{
    count_ += other.count_;
    sum_[0] += other.sum_[0];
    sum_[1] += other.sum_[1];
}

ContentSum content_of(const Document& document)
{
    ContentSum sum;
    for (const Entry& entry : document.entries()) {
        sum.add(document.key(entry), document.value(entry));
    }
    return sum;
}

void StateId::add(const std::string& key, std::string_view value)
{
    // The keys come sorted, so duplicates are neighbours.
    if (!is_first_ && key == last_key_) {
        return; // of duplicates the first counts
    }
    is_first_ = false;
    last_key_ = key;
    for (const std::string_view piece :
        { std::string_view(key), std::string_view(" "), value, std::string_view("\n") }) {
        hash_.add(piece);
    }
}

std::string StateId::finish()
{
    std::string id = to_lower(hash_.finish().to_string());
    std::erase(id, ':');
    return id.substr(0, 16);
}

std::string state_id(const Document& document)
{
    std::vector<std::pair<std::string, std::string_view>> answers;
    for (const Entry& entry : document.entries()) {
        answers.emplace_back(to_lower(document.key(entry)), document.value(entry));
    }
    // Duplicates are neighbours then, in the order of the table.
    std::stable_sort(answers.begin(), answers.end(),
        [](const auto& a, const auto& b) { return a.first < b.first; });
    StateId id;
    for (const auto& [key, value] : answers) {
        id.add(key, value);
    }
    return id.finish();
}

} // namespace relayctl
