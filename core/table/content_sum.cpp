#include "core/table/content_sum.hpp"

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace relayctl {

void ContentSum::add(std::string_view record) noexcept
{
    ++count_;
    sum_ += std::hash<std::string_view>()(record);
}

void ContentSum::add(std::string_view key, std::string_view value, Annotation annotation)
{
    annotation.for_fingerprint.clear();
    std::string record = to_lower(key);
    record.append(1, '\0').append(value).append(1, '\0').append(to_line(annotation));
    add(record);
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

void StateId::add(const std::string& key, std::string_view value)
{
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
