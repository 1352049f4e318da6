#include "core/inspect/other_services.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace relayctl {

namespace {

// Looks up all clients in each table once, with one postmap for a table.
class Lookups {
public:
    Lookups(Postfix& postfix, const std::vector<std::vector<Fingerprint>>& clients)
        : postfix_(postfix)
        , clients_(clients)
    {
        for (const auto& fingerprints : clients) {
            for (const Fingerprint& fingerprint : fingerprints) {
                keys_.push_back(fingerprint.to_string());
            }
        }
    }

    // Returns how many clients have none of their fingerprints in any of these tables. Errors:
    // those of Postfix::query_map().
    std::size_t count_missing(const std::vector<TableName>& tables)
    {
        std::set<std::string> listed;
        for (const TableName& table : tables) {
            const auto& keys = keys_in(table);
            // smtpd asks the tables of a service one after the other, so a client in any of them is
            // found.
            listed.insert(keys.begin(), keys.end());
        }
        return static_cast<std::size_t>(
            std::count_if(clients_.begin(), clients_.end(), [&](const auto& fingerprints) {
                return std::none_of(fingerprints.begin(), fingerprints.end(),
                    [&](const Fingerprint& f) { return listed.contains(f.to_string()); });
            }));
    }

private:
    const std::set<std::string>& keys_in(const TableName& table)
    {
        const auto [known, is_new] = answers_.try_emplace(table.to_string());
        if (is_new) {
            const auto values = postfix_.query_map(table.behind_proxy(), keys_);
            for (std::size_t i = 0; i < keys_.size(); ++i) {
                if (values[i]) {
                    known->second.insert(keys_[i]);
                }
            }
        }
        return known->second;
    }

    Postfix& postfix_;
    const std::vector<std::vector<Fingerprint>>& clients_;
    std::vector<std::string> keys_;
    std::map<std::string, std::set<std::string>> answers_; // by table: the keys that it lists
};

} // namespace

std::vector<OtherServices> services_with_other_tables(Postfix& postfix, const AskedTables& asked,
    const TableName& changed, const std::vector<std::vector<Fingerprint>>& clients)
{
    std::vector<OtherServices> groups;
    for (const AskingService& service : asked.services) {
        if (service.tables.empty() || asks_table(service, changed)) {
            continue;
        }
        const auto same = std::find_if(groups.begin(), groups.end(),
            [&](const OtherServices& group) { return group.tables == service.tables; });
        if (same != groups.end()) {
            same->names.push_back(service.name);
        } else {
            groups.push_back({ { service.name }, service.tables, 0, {} });
        }
    }
    // Without clients nobody can be missing, and the services are only named.
    if (clients.empty()) {
        return groups;
    }
    Lookups lookups(postfix, clients);
    for (OtherServices& group : groups) {
        try {
            group.missing = lookups.count_missing(group.tables);
        } catch (const Error& error) {
            // A table that cannot be asked is told with its group; the change itself is done.
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            group.unknown = error.what();
        }
    }
    std::erase_if(groups,
        [](const OtherServices& group) { return group.missing == 0 && group.unknown.empty(); });
    return groups;
}

bool asks_table(const AskingService& service, const TableName& table)
{
    return std::any_of(service.tables.begin(), service.tables.end(),
        [&](const TableName& asked) { return is_same_table(asked, table); });
}

} // namespace relayctl
