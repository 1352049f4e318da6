// A list for programs, written part by part.
#pragma once

#include "core/table/document.hpp"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace relayctl {

// A table whose entries are shown.
struct ListedTable {
    std::string name;
    std::vector<std::string> services; // that ask it
    std::string error; // why its entries are not, or not all, there; empty where they are
};

class ListWriter {
public:
    virtual ~ListWriter() = default;
    virtual void write(
        const std::string& table, const Document& part, const std::vector<const Entry*>& entries)
        = 0;
    // Once, behind the last entry. unknown_expiry: how many of the entries that were looked at have
    // an expiry that is not known.
    virtual void finish(const std::vector<ListedTable>& /*tables*/, std::size_t /*unknown_expiry*/)
    {
    }
};

// FINGERPRINT<TAB>HOST, with everything also KIND, EXPIRES, ADDED, BY, RETIRE-AFTER, SUBJECT, NOTE;
// with_table: TABLE behind all that.
std::unique_ptr<ListWriter> plain_list_writer(std::ostream& out, bool everything, bool with_table);

// table: the first one. digest: empty = not known without asking Postfix.
std::unique_ptr<ListWriter> json_list_writer(
    std::ostream& out, const std::string& table, const std::string& digest);

} // namespace relayctl
