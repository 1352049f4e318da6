// Tables that are verified and that no service asks, and files that look like one that was meant.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/verdict.hpp"
#include "core/inspect/configuration_facts.hpp"

#include <vector>

namespace relayctl {

// Finds out which tables nobody asks, and which service was meant to ask them.
class UnusedTables {
public:
    // Both must outlive it. There is at least one service.
    UnusedTables(const ConfigurationFacts& facts, const Repair& repair);

    // The findings about them, each with the command that has them asked, where there is one.
    std::vector<Finding> findings() const;

    // What has this service ask the unused tables: the same for each service that takes
    // relay_clientcerts from main.cf, so that every command about main.cf is the same. Empty for
    // the others.
    std::vector<Setting> settings_for(const ServiceFacts& service) const;

private:
    const ServiceFacts& meant_service() const;
    bool is_missing(const TableName& table) const;
    Finding unused(const TableName& table) const;
    Finding other_file(const std::string& file) const;

    const ConfigurationFacts& facts_;
    const Repair& repair_;
    std::vector<TableName> tables_; // the unused ones
};

// Returns whether the administrator means this service to ask for certificates: a restriction of it
// says so.
bool means_certificates(const ServiceFacts& facts);

// Returns whether the table is one of relay_clientcerts, whatever wrappers it has there.
bool asks_table(const ServiceFacts& facts, const TableName& table);

// What becomes of some client that is listed, of whose certificate nothing is known. also: what the
// repair is to set besides.
Verdict judge_listed_client(
    const ServiceFacts& facts, Time now, const Repair& repair, std::vector<Setting> also = {});

} // namespace relayctl
