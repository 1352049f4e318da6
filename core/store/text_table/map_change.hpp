// What a plan changes of what Postfix finds: checked against what it says, and put as a change of
// the map.
#pragma once

#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/publish.hpp"
#include "core/store/text_table/trial_map.hpp"
#include "core/table/effect.hpp"

namespace relayctl {

class MapChange {
public:
    // The lines that would be published are parsed again: exactly what was asked must have changed,
    // else ErrorKind::input. paths must outlive it.
    MapChange(const Document& document, const Plan& plan, std::span<const Splice> splices,
        const TablePaths& paths);
    // Of a plan with lines for a source without entries: the map is made anew, and asked for what
    // the plan says.
    MapChange(const Plan& plan, const TablePaths& paths);

    // Whether a map that is known to be that of the document can be changed instead of made anew:
    // hash and btree on a copy, lmdb in place, where it is a single key. "postmap -i" and
    // "postmap -d -" make a transaction for each key, and the state between two of them would be
    // seen; only a whole map is made in one. Where much differs, making it anew is quicker.
    bool is_small() const;

    MapUpdate update() const;

    // What the new map must say: of every key near the change, not only those that it is about, and
    // of one that is in every map of this table. What must be gone comes first: a client that still
    // relays is the worse news.
    Answers answers() const;

private:
    const TablePaths& paths_;
    Effect effect_;
    bool is_whole_ = false;
};

} // namespace relayctl
