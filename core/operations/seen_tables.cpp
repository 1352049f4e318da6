#include "core/operations/seen_tables.hpp"

#include "core/base/error.hpp"
#include "core/postfix/changes_by_version.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

// Whoever may read the log but not what root saved is told what the log has.
std::optional<Sightings> read_if_allowed(const std::string& path)
{
    try {
        return read_sightings(path);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::permission) {
            throw;
        }
        return std::nullopt;
    }
}

} // namespace

bool SeenTable::lists(const Presented& presented)
{
    return (presented.certificate && index.find(*presented.certificate) != nullptr)
        || (presented.key && index.find(*presented.key) != nullptr);
}

SeenTables::SeenTables(const TableAccess& access, const std::vector<AskingService>& services)
    : access_(access)
{
    for (const AskedTable& asked : access.tables) {
        const bool is_known = std::any_of(names_.begin(), names_.end(),
            [&](const TableName& name) { return has_same_source(name, asked.table); });
        if (!is_known && asked.table.is_readable()) {
            names_.push_back(asked.table);
        }
    }
    for (const TableName& name : names_) {
        tables_.emplace_back(name, access.store(name).read_all());
    }
    by_tag_.emplace(access.postfix, services, names_);
}

// The files are locked in the order of their names, so that two runs never wait for each other.
void SeenTables::read_saved(bool locks)
{
    std::map<std::string, SeenTable*> by_path;
    for (SeenTable& table : tables_) {
        by_path[table.path] = &table;
    }
    for (const auto& [path, table] : by_path) {
        if (locks) {
            table->file = std::make_unique<LockedSightings>(path);
        } else {
            table->read = read_if_allowed(path);
        }
    }
}

std::vector<SeenTables::Group> SeenTables::groups() const
{
    std::map<std::string, Group> by_position;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
        const Sightings* const saved = tables_[i].saved();
        by_position[saved != nullptr ? saved->position : ""].push_back(i);
    }
    std::vector<Group> groups;
    for (auto& [position, group] : by_position) {
        groups.push_back(std::move(group));
    }
    return groups;
}

// Two tables that list one client have the same sessions of it, which count once.
Sightings SeenTables::saved_of(const Group& group)
{
    if (group.size() == 1) {
        return tables_[group.front()].take_saved();
    }
    Sightings sum;
    std::set<std::pair<Presented, std::string>> taken;
    for (const std::size_t number : group) {
        const Sightings* const saved = tables_[number].saved();
        if (saved == nullptr) {
            continue;
        }
        sum.since = std::max(sum.since, saved->since);
        sum.until = std::max(sum.until, saved->until);
        sum.position = saved->position;
        sum.next_number = std::max(sum.next_number, saved->next_number);
        sum.dropped = std::max(sum.dropped, saved->dropped);
        for (const ClientSightings& client : saved->clients) {
            if (taken.emplace(client.presented, client.service).second) {
                sum.clients.push_back(client);
            }
        }
    }
    return sum;
}

bool SeenTables::lists(const Presented& presented)
{
    return std::any_of(
        tables_.begin(), tables_.end(), [&](SeenTable& table) { return table.lists(presented); });
}

std::optional<FoundEntry> SeenTables::find(const ClientSightings& client)
{
    const bool key_first = client.matched.empty() ? asks_key_first() : client.matched == "key";
    for (const bool is_key : { key_first, !key_first }) {
        const auto& fingerprint = is_key ? client.presented.key : client.presented.certificate;
        if (!fingerprint) {
            continue;
        }
        for (const std::size_t number : by_tag_->of(client.service)) {
            if (const Entry* entry = tables_[number].index.find(*fingerprint)) {
                return FoundEntry{ number, entry, is_key };
            }
        }
    }
    return std::nullopt;
}

bool SeenTables::asks_key_first()
{
    if (!asks_key_first_) {
        asks_key_first_ = !access_.postfix.is_configured()
            || has_change(access_.postfix.version(), Change::key_asked_first);
    }
    return *asks_key_first_;
}

} // namespace relayctl
