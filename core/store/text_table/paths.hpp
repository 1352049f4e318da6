// Every name of a file that publishing one table touches.
#pragma once

#include "core/base/file.hpp"
#include "core/postfix/table_name.hpp"

#include <string>
#include <vector>

namespace relayctl {

// The names of one table. The fresh files lie beside those that they will replace, since a rename
// only works within one file system.
struct TablePaths {
    TableName table; // as Postfix names it: postmap puts the map beside this name, also where it is
                     // a link
    TableName opened; // the same with the type that Postfix opens (Postfix::opened())
    std::string source; // the real file, links resolved
    std::string lock; // SOURCE.lock
    std::string fresh; // SOURCE.relayctl-new: the source on its way
    std::string history; // SOURCE.history
    std::string history_text; // SOURCE.history-text: the text before the last record of it
    std::string history_fresh; // SOURCE.history.relayctl-new: the history on its way
    TableName trial; // what the trial map is made of: TABLE.relayctl-new, the same file as fresh
                     // unless the table is a link

    bool in_place = false; // a source or map that is a mount point is written in place

    // Returns true if the name of the table is a symbolic link, so that the map is not beside the
    // source.
    bool is_link() const { return trial.path != fresh; }
    // Returns what a killed run may have left under these names.
    std::vector<std::string> leftovers() const;
};

// Finds these names of a table, which Postfix opens as `opened`; a source that does not exist yet
// is fine. Errors: ErrorKind::input if the path is a directory or another special file, a dangling
// link, or if its directory does not exist; those of require_source_name().
TablePaths resolve_paths(const TableName& table, const TableName& opened);

} // namespace relayctl
