// What interrupted changes have left beside the source of a table.
#pragma once

#include "core/postfix/table_name.hpp"

#include <string>
#include <vector>

namespace relayctl {

// The files that lie there at this moment; a change that is under way has them, too.
struct LeftoverFacts {
    TableName table;
    std::string source; // the real file, links resolved
    std::vector<std::string> files; // of changes that did not come to their end
    std::string
        saved; // the copy of the source while it is written in place; empty if none is there
};

} // namespace relayctl
