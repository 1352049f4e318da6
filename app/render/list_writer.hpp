// A list for programs, written part by part.
#pragma once

#include "core/table/document.hpp"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace relayctl {

class ListWriter {
public:
    virtual ~ListWriter() = default;
    virtual void write(const Document& part, const std::vector<const Entry*>& entries) = 0;
    // Once, behind the last entry. unknown_expiry: how many entries that were looked at have an
    // expiry that is not known.
    virtual void finish(std::size_t /*unknown_expiry*/) { }
};

// FINGERPRINT<TAB>HOST, with everything also KIND, EXPIRES, ADDED, BY, RETIRE-AFTER, SUBJECT, NOTE.
std::unique_ptr<ListWriter> plain_list_writer(std::ostream& out, bool everything);

// digest: empty = not known without asking Postfix.
std::unique_ptr<ListWriter> json_list_writer(std::ostream& out, const std::string& table, const std::string& digest);

} // namespace relayctl
