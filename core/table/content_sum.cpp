// Two tables are the same if the sums of their records are, whatever their order. Each record is
// hashed by itself and the hashes are added up, so no table has to be in memory or sorted. One kind
// of sum is quick and only compares map and source; the other resists somebody who wants to deceive
// it.
#include "core/table/content_sum.hpp"

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <functional>
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

} // namespace

void ContentSum::add(std::string_view record) noexcept
{
    // The sum does not depend on the order, so parts of a table can be added up by several threads.
    ++count_;
    sum_[0] += std::hash<std::string_view>()(record);
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
