#include "core/table/state_id.hpp"

#include "core/base/text.hpp"
#include "core/x509/digest.hpp"

#include <algorithm>
#include <vector>

namespace relayctl {

std::string state_id(const Document& document)
{
    std::vector<std::pair<std::string, std::string_view>> answers;
    for (const Entry& entry : document.entries()) {
        if (!entry.unfound) {
            answers.emplace_back(to_lower(document.key(entry)), document.value(entry));
        }
    }
    // Of duplicates the first counts: they are neighbours then, in the order of the table.
    std::stable_sort(answers.begin(), answers.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto end = std::unique(answers.begin(), answers.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
    std::string text;
    for (auto answer = answers.begin(); answer != end; ++answer) {
        text.append(answer->first).append(" ").append(answer->second).append("\n");
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const Fingerprint hash = Digest::by_name("sha256").of({bytes, text.size()});
    std::string id = to_lower(hash.to_string());
    std::erase(id, ':');
    return id.substr(0, 16);
}

} // namespace relayctl
