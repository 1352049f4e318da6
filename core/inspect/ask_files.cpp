#include "core/inspect/ask_files.hpp"

#include "core/base/file.hpp"
#include "core/postfix/map_file.hpp"
#include "core/store/text_table/in_place.hpp"

#include <algorithm>
#include <iterator>

namespace relayctl {

// The source is judged behind its links, the way to it by the name that Postfix opens.
OwnershipFacts ask_ownership(const TablePaths& paths, const struct stat& source, bool reads_map)
{
    const std::string map = map_file_of(paths.opened);
    OwnershipFacts facts;
    facts.source_file = paths.table.path;
    facts.map_file = map;
    facts.source = source;
    facts.weak_source = weak_file(paths.source);
    facts.weak_way = weak_way(paths.table.path, source.st_uid);
    // With --no-map nothing is said about the map.
    if (reads_map) {
        facts.map = stat_of(map);
        facts.weak_map = weak_file(map);
    }
    return facts;
}

LeftoverFacts ask_leftovers(const TablePaths& paths)
{
    LeftoverFacts facts{ paths.table, paths.source, {}, "" };
    const auto leftovers = paths.leftovers();
    std::copy_if(leftovers.begin(), leftovers.end(), std::back_inserter(facts.files),
        [](const std::string& file) { return lstat_of(file).has_value(); });
    // The saved copy exists only while the source is written in place, or after that was
    // interrupted.
    if (lstat_of(saved_name(paths.source))) {
        facts.saved = saved_name(paths.source);
    }
    return facts;
}

} // namespace relayctl
