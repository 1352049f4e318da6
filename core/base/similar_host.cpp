#include "core/base/similar_host.hpp"

#include "core/base/edit_distance.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

constexpr std::size_t most_edits = 2;
constexpr std::size_t shortest_part = 3; // "a" is in every host

} // namespace

std::size_t distance_from_host(std::string_view word, std::string_view host)
{
    const std::string wanted = to_lower(word);
    const std::string known = to_lower(host);
    if (wanted.size() >= shortest_part && known.find(wanted) != std::string::npos) {
        return known.starts_with(wanted) ? 0 : 1;
    }
    const std::string label = known.substr(0, known.find('.'));
    for (const std::string& name : { known, label }) {
        const bool is_near_in_size = wanted.size() <= name.size() + most_edits
            && name.size() <= wanted.size() + most_edits;
        if (is_near_in_size && wanted.size() > most_edits) {
            const std::size_t edits = edit_distance(wanted, name);
            if (edits <= most_edits) {
                return 1 + edits;
            }
        }
    }
    // The name of a file of the host, or the host under another domain: "zen.pem",
    // "zen.example.org".
    const std::string first = wanted.substr(0, wanted.find('.'));
    return first.size() >= shortest_part && first == label ? 1 + most_edits + 1 : not_similar;
}

} // namespace relayctl
