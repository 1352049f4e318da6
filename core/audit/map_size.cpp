#include "core/audit/map_size.hpp"

#include "core/postfix/map_file.hpp"

namespace relayctl {

bool has_outgrown(const ServiceFacts& facts, const TableFacts& table)
{
    return table.is_sized_by_parameter && table.source
        && may_outgrow(table.source->text().size(), facts.parameter("lmdb_map_size"));
}

Mending remade_map(const ServiceFacts& facts, const TableFacts& table, const Repair& repair)
{
    Mending mending;
    if (has_outgrown(facts, table)) {
        const auto size = std::to_string(enough_map_size(table.source->text().size()));
        mending.first.push_back(
            repair.complete(Hint("", { "postconf", "-e", "lmdb_map_size=" + size })));
    }
    mending.first.push_back(repair.relayctl("rebuild", table.name));
    return mending;
}

} // namespace relayctl
