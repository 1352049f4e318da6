#include "core/base/joined_error.hpp"

#include <algorithm>

namespace relayctl {

Error joined(const std::vector<Error>& failures)
{
    constexpr std::size_t most = 200; // a file that is no list at all has a fault in each line
    std::string message;
    std::vector<Hint> hints;
    for (std::size_t i = 0; i < std::min(failures.size(), most); ++i) {
        message += (i == 0 ? "" : "\n") + std::string(failures[i].what());
        for (const Hint& hint : failures[i].hints()) {
            if (std::none_of(hints.begin(), hints.end(), [&](const Hint& other) {
                    return other.before == hint.before && other.command == hint.command
                        && other.table == hint.table;
                })) {
                hints.push_back(hint);
            }
        }
    }
    if (failures.size() > most) {
        message += "\nand " + std::to_string(failures.size() - most) + " more faults";
    }
    return { failures.front().kind(), message, std::move(hints) };
}

} // namespace relayctl
