#include "core/table/state_id.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <vector>

namespace relayctl {

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
