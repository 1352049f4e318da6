// Which tables the smtpd asked that wrote a line of the log.
#pragma once

#include "core/postfix/asked_tables.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Postfix is only asked for the names of its services in the log if they ask different tables.
class TablesByTag {
public:
    // services: those of Context::services(); empty where the table was named. tables: all of them,
    // in the order in which they are asked where nobody knows better.
    TablesByTag(Postfix& postfix, std::vector<AskingService> services,
        const std::vector<TableName>& tables);

    // Returns the numbers of the tables in `tables` that this smtpd asks, in its order. All of them
    // if nobody knows which service it is. tag: "postfix/submission/smtpd".
    const std::vector<std::size_t>& of(const std::string& tag);

private:
    void ask_names();
    std::vector<std::size_t> numbers_of(const std::vector<TableName>& asked) const;

    Postfix& postfix_;
    std::vector<AskingService> services_;
    const std::vector<TableName>& tables_;
    std::vector<std::size_t> all_;
    bool differ_ = false;
    std::optional<std::map<std::string, std::vector<std::size_t>>> by_tag_;
};

} // namespace relayctl
