#include "core/audit/removal_in_words.hpp"

#include "core/base/text.hpp"

namespace relayctl {

std::string removal_in_words(const PastRemoval& removal)
{
    return "it was removed " + std::string(removal.is_outside ? "past relayctl, seen at " : "at ")
        + to_rfc3339(removal.time) + (removal.user.empty() ? "" : " by " + escape(removal.user))
        + (removal.number == 0 ? "" : " (change " + std::to_string(removal.number) + ')');
}

void tell_removal(std::vector<Finding>& findings, const Client& client, const Repair& repair)
{
    if (!client.removal) {
        return;
    }
    for (Finding& found : findings) {
        if (found.id != "not-listed" && found.id != "other-certificate") {
            continue;
        }
        const std::string command = repair.relayctl(
            "history " + client.removal->fingerprint.to_string(), client.removal->table);
        found.message += found.id == "not-listed" ? "; " : "; of the client's own fingerprint: ";
        found.message += removal_in_words(*client.removal);
        found.hint = command.empty() ? "" : "first see why it was removed: " + command;
        found.mending = {};
    }
}

} // namespace relayctl
