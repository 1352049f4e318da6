// Whoever runs an operation: hears at once what was done, since a later step may still fail, and is
// asked before something goes that nobody named.
#pragma once

#include "core/operations/change_report.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Why running smtpd processes do not see a change before "postfix reload".
enum class ReloadReason : std::uint8_t {
    proxymap, // some service asks the table through proxymap(8), which goes on with the old map
    read_at_start, // smtpd reads a texthash table only when it starts
    first_map, // smtpd processes have met the table without a map
};

// What somebody is told before they are asked: "to be removed: ", an entry, ", expired on ...".
struct Loss {
    std::string before;
    std::optional<EntryView> entry = {}; // none where the words say all
    std::string behind = {};
};

// The functions are called in the order of what happens, by the thread that runs the operation.
// What each of them shows or asks is up to the command line: nothing in core prints.
class Observer {
public:
    using Advance = std::function<void()>;

    virtual ~Observer() = default;

    // Runs work that may take long. what: "reading certificates". steps: how many there are, 0 if
    // nobody knows; the work calls its argument after each of them, from any thread.
    virtual void during(
        const std::string& what, std::size_t steps, const std::function<void(const Advance&)>& work)
        = 0;

    // A dry run would make these edits to the document.
    virtual void would_change(
        const TableOutcome& outcome, const Document& document, const std::vector<Edit>& edits)
        = 0;
    // The change of a table is published, or there was nothing to do.
    virtual void changed(const TableOutcome& outcome) = 0;
    // What became of the map of this table. has_removed: entries went with this change.
    virtual void published(const TableName& table, const Publication& publication, bool has_removed)
        = 0;
    // "postfix reload" has succeeded.
    virtual void reloaded() = 0;
    // The change of this table is not seen before "postfix reload", which was not asked for.
    virtual void needs_reload(const TableName& table, ReloadReason reason) = 0;
    // One of several tables failed, and the others go on. is_unchanged: the error says all there
    // is to say, because nothing of the table was changed.
    virtual void failed(const TableOutcome& outcome, bool is_unchanged) = 0;

    // Of this many entries nobody knows when they expire; may be 0.
    virtual void has_unknown_expiry(std::size_t entries) = 0;
    // Something was found or done that is no change of an entry. sentence: without a full stop.
    virtual void done(const std::string& sentence) = 0;
    // Something is odd, but the operation goes on.
    virtual void warning(const std::string& sentence) = 0;

    // Returns true if somebody agrees. question: "remove 3 entries". Errors: ErrorKind::usage where
    // nobody can be asked.
    virtual bool agrees(const std::vector<Loss>& losses, const std::string& question) = 0;
};

} // namespace relayctl
