#include "core/operations/last_seen.hpp"

#include "core/base/error.hpp"
#include "core/store/sightings_file.hpp"
#include "core/store/sql/row_sightings.hpp"

#include <algorithm>

namespace relayctl {

LastSeen::LastSeen(Postfix& postfix, const TableName& table)
{
    try {
        const auto saved = read_sightings(sightings_path(table.behind_proxy().path));
        if (saved && table.is_database()) {
            times_ = last_seen_in_rows(postfix, table);
        }
        for (const ClientSightings& client :
            saved ? saved->clients : std::vector<ClientSightings>()) {
            const auto& listed = client.listed_by == "key" ? client.presented.key
                : client.listed_by == "cert"               ? client.presented.certificate
                                                           : std::nullopt;
            if (listed) {
                Time& last = times_.try_emplace(*listed, client.last).first->second;
                last = std::max(last, client.last);
            }
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
    }
}

std::optional<Time> LastSeen::of(std::string_view key) const
{
    if (times_.empty()) {
        return std::nullopt;
    }
    const auto fingerprint = Fingerprint::from_key(key);
    const auto found = fingerprint ? times_.find(*fingerprint) : times_.end();
    return found == times_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace relayctl
