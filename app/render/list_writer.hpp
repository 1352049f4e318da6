// A list of entries for programs, written part by part.
#pragma once

#include "core/table/document.hpp"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace relayctl {

// A table of the list.
struct ListedTable {
    std::string name;
    std::vector<std::string> services; // that ask it
    std::string error; // why entries of it are missing; empty if none is
};

class ListWriter {
public:
    virtual ~ListWriter() = default;
    virtual void write(
        const std::string& table, const Document& part, const std::vector<const Entry*>& entries)
        = 0;
    // Called once, behind the last entry. unknown_expiry: of how many entries that fit the pattern
    // nobody knows the expiry.
    virtual void finish(const std::vector<ListedTable>& /*tables*/, std::size_t /*unknown_expiry*/)
    {
    }
};

// Lines of FINGERPRINT<TAB>HOST; with `everything` also KIND, EXPIRES, ADDED, BY, RETIRE-AFTER,
// SUBJECT and NOTE; with `with_table` TABLE behind them.
std::unique_ptr<ListWriter> plain_list_writer(std::ostream& out, bool everything, bool with_table);

// table: the first one. digest: empty if it is not known without asking Postfix.
std::unique_ptr<ListWriter> json_list_writer(
    std::ostream& out, const std::string& table, const std::string& digest);

} // namespace relayctl
