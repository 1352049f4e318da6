// Which entries of the tables a list shows, and in which order.
#pragma once

#include "app/cli/context.hpp"
#include "app/commands/table_reading.hpp"
#include "app/render/list_writer.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

struct ListOptions {
    std::string pattern;
    std::optional<std::chrono::seconds> expiring;
    bool expired = false;
    bool retired = false;
    std::string sort;
    bool everything = false;
    bool exit_code = false;
    bool state_id = false;

    bool has_filter() const { return expiring || expired || retired; }
};

// A pattern is a glob on the host, and where it reads like a fingerprint or the beginning of one
// also that.
class HostPattern {
public:
    // Errors: those of require_one_fingerprint().
    explicit HostPattern(const std::string& pattern);
    bool operator()(std::string_view key, std::string_view value) const;

private:
    std::string pattern_;
    std::string prefix_;
    std::optional<Fingerprint> whole_; // in any spelling
};

// The entries of one part that are to be shown.
class Selection {
public:
    Selection(const ListOptions& options, const Context& context)
        : options_(options)
        , matches_(options.pattern)
        , now_(context.now())
        , counts_unknown_(options.expiring || options.expired || context.options.json)
    {
    }

    std::vector<const Entry*> of(const Document& document);
    // 1 where nothing matched the pattern, or with --exit-code where a filter found something.
    ExitStatus status() const;
    // Of all the entries that the pattern matches, whatever the filters show of them.
    std::size_t unknown_expiry() const { return unknown_expiry_; }

private:
    const ListOptions& options_;
    HostPattern matches_;
    Time now_;
    bool counts_unknown_;
    std::size_t unknown_expiry_ = 0;
    bool pattern_found_ = false;
    bool found_ = false;
};

// By what an entry is sorted: a time, of which unknown ones come last, or the host.
using SortKey = std::pair<Time, std::string>;

// by: "host", "expiry" or "added".
SortKey sort_key(const Document& document, const Entry& entry, const std::string& by);

// Hands the selected entries of all tables to the writer, sorted over all of them where that is
// asked for. No more of a table is in memory than one part at a time; a source that is to be sorted
// is one part. begin: gives the writer once the tables are open, so that nothing is written where
// the only table cannot be read.
void write_entries(const ListOptions& options, Context& context,
    const std::vector<TableName>& tables, TableReading& reading, Selection& selection,
    const std::function<ListWriter&()>& begin);

} // namespace relayctl
