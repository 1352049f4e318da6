// What a plan changes of what Postfix finds: checked against what the plan says, and written as a
// change of the map.
#pragma once

#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/publish.hpp"
#include "core/store/text_table/trial_map.hpp"
#include "core/table/effect.hpp"

namespace relayctl {

// The effect of one plan on the map of one table.
class MapChange {
public:
    // Parses the lines that would be published. Errors: ErrorKind::input if anything else would
    // change than what was asked. paths must outlive it.
    MapChange(const Document& document, const Plan& plan, std::span<const Splice> splices,
        const TablePaths& paths);
    // Takes a plan with lines for a source without entries: the map is made anew, and asked for
    // what the plan says.
    MapChange(const Plan& plan, const TablePaths& paths);

    // Returns true if the map of the document can be changed instead of made anew: hash and btree
    // on a copy, lmdb in place, if it is a single key. "postmap -i" and "postmap -d -" make a
    // transaction for each key, and smtpd would see the state between two of them; only a whole map
    // is made in one transaction. If much differs, making it anew is quicker.
    bool is_small() const;

    // Returns the keys that are put into the map or taken out of it, for postmap.
    MapUpdate update() const;

    // Returns what the new map must answer: for every key near the change, not only those that it
    // is about, and for one that is in every map of this table. Keys that must be gone come first:
    // a client that still relays is the worse news.
    Answers answers() const;

private:
    const TablePaths& paths_;
    Effect effect_;
    bool is_whole_ = false;
};

} // namespace relayctl
