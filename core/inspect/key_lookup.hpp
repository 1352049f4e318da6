// Looks up keys that are no fingerprints (addresses, domains, recipients) in tables of a service.
#pragma once

#include "core/inspect/opened_table.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/inspect/service_query.hpp"
#include "core/postfix/postfix.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What a table has for some keys.
struct KeyValues {
    // found: the table was asked; fails: smtpd answers 451.
    LookupStatus status = LookupStatus::unseen;
    // In the order of the keys; no value if the table does not have the key. Empty if the table was
    // not asked.
    std::vector<std::optional<std::string>> values;

    bool was_asked() const { return status == LookupStatus::found; }
};

// Asks the tables of all services of one query, as the process of Postfix that opens them would.
class KeyLookup {
public:
    // Both must outlive it. Without a client in the query no table is asked.
    KeyLookup(Postfix& postfix, const ServiceQuery& query)
        : postfix_(postfix)
        , query_(query)
    {
    }

    // Returns what the table has for each of these keys. A table behind a server is asked for more
    // than the first keys only if it has all of those. name: as it is configured. facts: the
    // parameters of a service that asks it. Spawns "postmap -q".
    KeyValues values_of(
        const std::string& name, const std::vector<std::string>& keys, const ServiceFacts& facts);

    // Returns for each different value in the table one key that has it; null if the type cannot be
    // read from end to end, or the table cannot be read. Spawns "postmap -s".
    std::shared_ptr<const std::map<std::string, std::string>> key_by_value(
        const std::string& name, const ServiceFacts& facts);

private:
    std::vector<std::optional<std::string>> query(
        const TableName& opened, const std::vector<std::string>& keys);

    Postfix& postfix_;
    const ServiceQuery& query_;
};

} // namespace relayctl
