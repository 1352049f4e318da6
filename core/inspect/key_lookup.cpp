#include "core/inspect/key_lookup.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/match_list.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>

namespace relayctl {

KeyValues KeyLookup::values_of(
    const std::string& name, const std::vector<std::string>& keys, const ServiceFacts& facts)
{
    // smtpd cannot open what is no TYPE:NAME, so the lookup fails there as well.
    const auto opened = opened_table(name, facts);
    if (!opened) {
        return { LookupStatus::fails, {} };
    }
    const TableName& table = opened->table;
    // Such a table is not opened: its name is its value for every key.
    if (finds_every_key(table) && !opened->by_proxy) {
        return { LookupStatus::found, { keys.size(), std::string(inside_braces(table.path)) } };
    }
    const bool is_in_chroot
        = facts.service.chroot && !opened->by_proxy && !table.traits().answers_anywhere();
    // Without a client nothing is to be looked up, and inside a chroot it cannot be.
    if (query_.client == nullptr || is_in_chroot) {
        return {};
    }
    if (opened->is_forbidden) {
        return { LookupStatus::fails, {} };
    }
    try {
        return { LookupStatus::found, query(table, keys) };
    } catch (const Error&) { // the failure is what was asked for
        // A failure of postmap for root is one for smtpd as well. For any other user it may only be
        // a right that he lacks, unless the file is missing.
        const bool has_file = is_named_by_file(table) || table.type == unreadable_list_file;
        const bool is_missing = has_file
            && !stat_of(table.has_map() ? map_file_of(postfix_.opened(table)) : table.path);
        return { is_missing || ::geteuid() == 0 ? LookupStatus::fails : LookupStatus::unseen, {} };
    }
}

std::vector<std::optional<std::string>> KeyLookup::query(
    const TableName& opened, const std::vector<std::string>& keys)
{
    // Keys are asked once each. A server gets the first few alone: if it lacks one of them, it does
    // not take in everything, and thousands of queries are spared.
    std::set<std::string> distinct(keys.begin(), keys.end());
    constexpr std::size_t few = 32;
    if (keys.size() > few && !opened.traits().answers_anywhere()) {
        const std::vector<std::string> first(keys.begin(), keys.begin() + few);
        const auto found = postfix_.query_map(opened, first);
        if (std::any_of(found.begin(), found.end(), [](const auto& value) { return !value; })) {
            distinct = { first.begin(), first.end() };
        }
    }
    const std::vector<std::string> once(distinct.begin(), distinct.end());
    const auto found = postfix_.query_map(opened, once);
    std::vector<std::optional<std::string>> values(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto key = std::lower_bound(once.begin(), once.end(), keys[i]);
        values[i] = key != once.end() && *key == keys[i]
            ? found[static_cast<std::size_t>(key - once.begin())]
            : std::nullopt;
    }
    return values;
}

std::shared_ptr<const std::map<std::string, std::string>> KeyLookup::key_by_value(
    const std::string& name, const ServiceFacts& facts)
{
    const auto opened = opened_table(name, facts);
    const bool is_readable
        = opened && query_.client != nullptr && opened->table.traits().dump != RecordDump::none;
    if (!is_readable) {
        return nullptr;
    }
    const auto keys = std::make_shared<std::map<std::string, std::string>>();
    try {
        postfix_.dump_map(opened->table, [&](std::string_view record) {
            const std::size_t tab = record.find('\t');
            if (tab != std::string_view::npos) {
                // The first key of each value is enough to show an example.
                keys->try_emplace(std::string(record.substr(tab + 1)), record.substr(0, tab));
            }
        });
    } catch (const Error&) { // what it says to the keys that were looked up is known
        return nullptr;
    }
    return keys;
}

} // namespace relayctl
