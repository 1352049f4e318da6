// A list of entries for programs, written part by part.
#pragma once

#include "core/base/time.hpp"
#include "core/table/document.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns when the client of an entry came last; no value where it is not known. table: TYPE:PATH.
using LastSeenOf
    = std::function<std::optional<Time>(const std::string& table, std::string_view key)>;

// A table of the list.
struct ListedTable {
    std::string name;
    std::vector<std::string> services; // that ask it
    std::string error; // why entries of it are missing; empty if none is
};

// Writes entries in one form for programs. Nothing is kept of them, so a list can be of any size.
class ListWriter {
public:
    virtual ~ListWriter() = default;
    // Writes some entries of one part of a table. The parts of a table come one behind the other.
    virtual void write(
        const std::string& table, const Document& part, const std::vector<const Entry*>& entries)
        = 0;
    // Called once, behind the last entry. unknown_expiry: of how many entries that fit the pattern
    // nobody knows the expiry.
    virtual void finish(const std::vector<ListedTable>& /*tables*/, std::size_t /*unknown_expiry*/)
    {
    }
};

// Collects lines for a stream and writes many at once: a million written one by one would take
// longer than making them.
class Lines {
public:
    explicit Lines(std::ostream& out)
        : out_(out)
    {
        buffer_.reserve(2 * enough);
    }
    // What is left goes to the stream at the end.
    ~Lines() { out_ << buffer_; }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    // The text to which the next line is to be appended.
    std::string& next()
    {
        if (buffer_.size() > enough) {
            out_ << buffer_;
            buffer_.clear();
        }
        return buffer_;
    }

private:
    static constexpr std::size_t enough = 1 << 16;

    std::ostream& out_;
    std::string buffer_;
};

// Lines of FINGERPRINT<TAB>HOST; with `everything` also KIND, EXPIRES, ADDED, BY, RETIRE-AFTER,
// SUBJECT and NOTE; with `with_table` TABLE behind them.
std::unique_ptr<ListWriter> plain_list_writer(std::ostream& out, bool everything, bool with_table);

// table: the first one. digest: empty if it is not known without asking Postfix.
std::unique_ptr<ListWriter> json_list_writer(
    std::ostream& out, const std::string& table, const std::string& digest, LastSeenOf last_seen);

} // namespace relayctl
