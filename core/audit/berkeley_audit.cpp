#include "core/audit/berkeley_audit.hpp"

#include "core/audit/table_finding.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

Finding going(const ServiceFacts& facts, const TableFacts& table, const Repair& repair)
{
    const BerkeleyFacts& berkeley = *table.berkeley;
    const bool is_redirected = berkeley.opened != berkeley.table;
    Finding found = finding(is_redirected ? Severity::note : Severity::warning, "berkeley-db-goes",
        escape(table.name) + ": Postfix is leaving Berkeley DB, and without it "
            + (is_redirected ? "opens " + escape(berkeley.opened.to_string())
                        + " instead only as long as non_bdb_migration_level says so"
                             : berkeley.table.type + ": answers 451 to every client"),
        "take another type for it: NON_BERKELEYDB_README of Postfix");
    return repair.with_mending(facts, std::move(found), way_out(facts, table, repair));
}

Finding left_behind(const BerkeleyFacts& berkeley, const Repair& repair)
{
    Finding found = finding(Severity::warning, "old-map",
        "Postfix opens " + escape(berkeley.opened.to_string())
            + " and not this map any more, which may list clients that were removed since"
            + (berkeley.old_map_is_open ? "; processes that run may still have it open" : ""),
        "");
    found.file = berkeley.old_map;
    if (berkeley.old_map_is_open) {
        found.hint
            = "it can go when no process has it open, which root sees; after " + repair.reload();
    } else {
        const std::string command = command_line({ "rm", berkeley.old_map });
        found.hint = command.empty() ? "remove it" : command;
    }
    return found;
}

} // namespace

bool is_without_berkeley_db(const TableFacts& table)
{
    return table.problem.find("Berkeley DB support for '") != std::string::npos;
}

Mending way_out(const ServiceFacts& facts, const TableFacts& table, const Repair& repair)
{
    if (!table.berkeley || table.berkeley->successor.empty()) {
        return {};
    }
    const TableName& from = table.berkeley->table;
    const TableName to{ table.berkeley->successor, from.path };
    const std::string names = command_line({ from.to_string(), to.to_string() });
    return { { repair.relayctl(names.empty() ? "" : "copy " + names) }, false,
        settings_to_switch(facts, from, to) };
}

std::vector<Finding> audit_berkeley(
    const ServiceFacts& facts, const TableFacts& table, const Repair& repair)
{
    std::vector<Finding> found;
    // Where it is gone already, that is why the table fails, and is said there.
    if (table.berkeley && table.berkeley->is_going && !is_without_berkeley_db(table)) {
        found.push_back(going(facts, table, repair));
    }
    if (table.berkeley && !table.berkeley->old_map.empty()) {
        found.push_back(left_behind(*table.berkeley, repair));
    }
    return found;
}

} // namespace relayctl
