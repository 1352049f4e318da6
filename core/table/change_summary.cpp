#include "core/table/change_summary.hpp"

#include "core/base/local_day.hpp"
#include "core/base/text.hpp"

#include <vector>

namespace relayctl {

namespace {

// Returns the words about a part of an annotation that was changed: "owner Anna", or "no owner any
// more" where it is empty now.
std::string part_in_words(const std::string& name, const std::string& value)
{
    return value.empty() ? "no " + name + " any more" : name + ' ' + escape(value);
}

// Says what became of an entry that was there before and is there now: "until 2027-05-31, owner
// Anna"; empty if only something else of its annotation was changed.
std::string update_in_words(const EntryView& before, const EntryView& after)
{
    std::vector<std::string> words;
    if (before.host != after.host) {
        words.push_back("formerly " + escape(before.host));
    }
    if (!equal_ignoring_case(before.fingerprint, after.fingerprint)) {
        words.emplace_back("another fingerprint");
    }
    const Annotation& old = before.annotation;
    const Annotation& now = after.annotation;
    if (old.until != now.until) {
        words.push_back(now.until ? "until " + end_in_words(*now.until) : "no end any more");
    }
    if (old.retire_after != now.retire_after) {
        words.push_back(now.retire_after ? "to retire at " + to_rfc3339(*now.retire_after)
                                         : "not to retire any more");
    }
    if (old.owner != now.owner) {
        words.push_back(part_in_words("owner", now.owner));
    }
    if (old.note != now.note) {
        words.push_back(part_in_words("note", now.note));
    }
    return join(words, ", ");
}

// Returns the host of an entry and, if it was changed, what became of it.
std::string entry_in_words(const EntryChange& change)
{
    const std::string host = escape((change.after ? change.after : change.before)->host);
    const std::string update
        = change.before && change.after ? update_in_words(*change.before, *change.after) : "";
    return update.empty() ? host : host + " (" + update + ')';
}

} // namespace

std::string summary_of(std::span<const EntryChange> changes)
{
    constexpr std::size_t most = 3; // entries that are named
    struct Kind {
        const char* what;
        std::size_t count = 0;
        std::vector<std::string> entries = {};
    };
    Kind kinds[] = { { " added" }, { " removed" }, { " changed" } };
    for (const EntryChange& change : changes) {
        Kind& kind = kinds[!change.before ? 0 : !change.after ? 1 : 2];
        if (++kind.count <= most) {
            kind.entries.push_back(entry_in_words(change));
        }
    }
    std::vector<std::string> words;
    for (const Kind& kind : kinds) {
        if (kind.count > 0) {
            words.push_back(count_of(kind.count, "entry", "entries") + kind.what + ": "
                + join(kind.entries, ", ") + (kind.count > most ? ", ..." : ""));
        }
    }
    return words.empty() ? "no entry" : join(words, "; ");
}

} // namespace relayctl
