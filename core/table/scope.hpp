// Which entries of a table a planner has to see. A source is read as a whole anyway; a database is
// asked for no more.
#pragma once

#include "core/table/annotation.hpp"
#include "core/x509/fingerprint.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

struct Scope {
    // Those with one of these fingerprints, in whatever spelling, or these keys, or of one of these
    // hosts, both in any case of letters; and all with the key of one of them.
    std::vector<Fingerprint> fingerprints;
    std::vector<std::string> keys;
    std::vector<std::string> hosts;

    bool everything = false;
    // Of everything: whether the entry can make a difference. None: all of them.
    std::function<bool(std::string_view key, std::string_view value, const Annotation& annotation)>
        keeps = {};
    bool with_same_keys = false; // and what has the key of one that is kept
    bool counts_all = false; // the planner asks for Document::entries_in_table()

    static Scope all()
    {
        Scope scope;
        scope.everything = true;
        return scope;
    }
};

} // namespace relayctl
