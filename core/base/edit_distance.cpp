#include "core/base/edit_distance.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace relayctl {

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{ 0 });
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min(
                { row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1) });
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::optional<std::size_t> typing_distance(std::string_view word, std::string_view name)
{
    constexpr std::size_t most = 2;
    const std::size_t letters = edit_distance(word, name);
    if (letters <= most && word.size() == name.size()
        && std::is_permutation(word.begin(), word.end(), name.begin())) {
        return 0;
    }
    // Of a name of one or two letters one may differ.
    const std::size_t third = std::max<std::size_t>(name.size() / 3, 1);
    return letters <= std::min(most, third) ? std::optional(letters) : std::nullopt;
}

} // namespace relayctl
