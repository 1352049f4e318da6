// What an operation is given to work on: one Postfix, and the tables that the command is about.
#pragma once

#include "core/postfix/asked_tables.hpp"
#include "core/store/store.hpp"

#include <functional>
#include <vector>

namespace relayctl {

// The functions hide how the command line chose: by -t, by --service, or by main.cf.
struct TableAccess {
    Postfix& postfix;
    // Every table that the command is about; never empty.
    std::vector<AskedTable> tables;
    // The one of them that new entries go to. Errors: those of choose_table().
    std::function<TableName()> choose;
    // Opens a table at the first call for it, and gives the same Store from then on. Errors: those
    // of open_store().
    std::function<Store&(const TableName&)> store;
    // The administrator named the table (-t): Postfix is not asked who else uses it.
    bool is_named = false;
};

// Every table that any service asks, also where the command is about those of one service only.
// Empty with -t. Errors: those of asked_tables().
inline std::vector<AskedTable> tables_of_postfix(const TableAccess& access)
{
    return access.is_named ? std::vector<AskedTable>() : asked_tables(access.postfix).tables;
}

} // namespace relayctl
