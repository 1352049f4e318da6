// What the tables of a service answer to the fingerprints of a client, asked of each table once.
#pragma once

#include "app/gather.hpp"
#include "core/inspect/service_facts.hpp"
#include "core/postfix/postfix.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace relayctl {

// What a table has for some keys.
struct KeyValues {
    Answer answer = Answer::unseen; // found: it was asked; fails: smtpd answers 451
    std::vector<std::optional<std::string>> values; // for each key, where it was asked

    bool was_asked() const { return answer == Answer::found; }
};

class TableAsker {
public:
    // Both must outlive it.
    TableAsker(Postfix& postfix, const GatherOptions& options)
        : postfix_(postfix)
        , options_(options)
    {
    }

    // name: as it is configured. facts: the parameters of a service that asks it.
    TableFacts facts_of(const std::string& name, const ServiceFacts& facts);

    // What the table has for each of these keys. Unseen where it cannot be asked from here, or
    // where this gathering asks no tables. A table behind a server is asked for all of many keys
    // only where it has all of the first ones.
    KeyValues values_of(
        const std::string& name, const std::vector<std::string>& keys, const ServiceFacts& facts);

    // For each different value in the map one key that has it. Empty where the table is not of a
    // type that can be read from end to end, or cannot be read. Spawns: "postmap -s".
    std::map<std::string, std::string> keys_by_value(
        const std::string& name, const ServiceFacts& facts);

private:
    std::vector<std::optional<std::string>> query_keys(
        const TableName& asked, const std::vector<std::string>& keys);
    TableFacts ask(const std::string& name, const ServiceFacts& facts);
    // Its source, and whether its map is there. False: it need not be asked. reader: who opens it,
    // where that is not root.
    bool look_at_files(TableFacts& table, const TableName& asked, const std::string& reader,
        std::size_t keys) const;
    void query(TableFacts& table, const TableName& asked, const std::vector<std::string>& keys,
        const ServiceFacts& facts);
    // As smtpd does, where postmap, which connects as root, is not let in.
    bool query_as_owner(TableFacts& table, const TableName& asked,
        const std::vector<std::string>& keys, const ServiceFacts& facts) const;
    // The rows that have to do with the client.
    void look_at_rows(TableFacts& table, const TableName& asked) const;

    Postfix& postfix_;
    const GatherOptions& options_;
    std::map<std::tuple<std::string, std::string, bool>, TableFacts>
        known_; // by name, digest and chroot
};

} // namespace relayctl
