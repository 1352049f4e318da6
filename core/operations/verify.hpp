// Finds what is wrong with the tables and with how Postfix is set up to use them.
#pragma once

#include "core/inspect/live_facts.hpp"
#include "core/operations/verify_table.hpp"
#include "core/postfix/asked_tables.hpp"

#include <string>
#include <vector>

namespace relayctl {

// What verify has found about one table.
struct TableHealth {
    std::string table; // TYPE:PATH
    TableMeasures measures;
    std::vector<Finding> findings;
    bool is_sound = true; // nothing was found that makes the exit status 1
    Time now;
};

// What verify has found about all tables and the configuration.
struct Verification {
    // In the order of examination. Findings about the configuration stand with the first table.
    std::vector<TableHealth> tables;
    std::vector<Finding> findings; // all of them
    bool is_sound = true;
    std::vector<LiveService> live; // what the running smtpd of each service showed
};

// Examines tables one by one, then the configuration.
class Verifier {
public:
    // postfix must outlive it.
    Verifier(Postfix& postfix, StoreOpener store, VerifyOptions options)
        : postfix_(postfix)
        , store_(std::move(store))
        , options_(std::move(options))
    {
    }

    // Errors: those of verify_table(); then the caller says so by add_unreadable().
    void examine(const TableName& table, const Digest& digest);

    // Adds a table that could not be examined. problem: the message of the error.
    void add_unreadable(const TableName& table, const std::string& problem);

    // Judges how Postfix uses the tables that were added, of which there must be one at least. Call
    // it once.
    Verification finish();

private:
    void add(const TableName& table, TableExamination examination);
    std::vector<Finding> verify_configuration();

    Postfix& postfix_;
    StoreOpener store_;
    VerifyOptions options_;
    Verification result_;
    std::vector<TableName> names_;
};

// Adds up all tables as one, named "hash:/a, hash:/b".
TableHealth sum_of(const std::vector<TableHealth>& tables);

} // namespace relayctl
