#include "core/operations/consent.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <utility>

namespace relayctl {

std::size_t Consent::note(const MassRemoval& removal)
{
    for (const std::string& key : removal.unnamed) {
        seen_.emplace(removal.table, key);
    }
    count_ += removal.unnamed.size();
    if (to_all_ || count_ < from_) {
        return 0;
    }
    // When the number is reached, the entries that were noted before it count as well.
    return count_ - std::exchange(asked_, count_);
}

void Consent::require(const MassRemoval& removal) const
{
    // More than was agreed to can only go if somebody has changed the table since.
    const auto fresh = std::find_if(removal.unnamed.begin(), removal.unnamed.end(),
        [&](const std::string& key) { return !has_seen(removal.table, key); });
    if (!to_all_ && fresh != removal.unnamed.end()) {
        throw Error(ErrorKind::refused,
            escape(removal.table) + ": " + quote(*fresh, 100)
                + " has come since, so more would go than was agreed to",
            { "run it again, to see what would go now" });
    }
    if (is_needed(removal.unnamed.size()) && removal.left == 0 && !to_empty_) {
        throw Error(ErrorKind::refused,
            escape(removal.table) + ": all " + count_of(removal.removed, "entry", "entries")
                + " would go: nobody could relay any more",
            { "to accept that, give --allow-empty" });
    }
}

} // namespace relayctl
