// What the audits of one service have in common: its facts, and the findings in the order in which
// they are reported.
#pragma once

#include "core/audit/repair.hpp"
#include "core/audit/table_finding.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace relayctl {

// A list of findings that are about no single line.
class FindingList {
public:
    void add(Severity severity, const char* id, std::string message, std::string hint = {})
    {
        add(finding(severity, id, std::move(message), std::move(hint)));
    }
    void add(Finding found) { found_.push_back(std::move(found)); }

    void append(std::vector<Finding> more)
    {
        std::move(more.begin(), more.end(), std::back_inserter(found_));
    }

    bool is_empty() const noexcept { return found_.empty(); }

    // Returns the findings, and is empty afterwards.
    std::vector<Finding> take() { return std::exchange(found_, {}); }

private:
    std::vector<Finding> found_;
};

// The base of an audit of one service. The facts and the repair outlive it.
class ServiceAudit : protected FindingList {
protected:
    ServiceAudit(const ServiceFacts& facts, const Repair& repair)
        : facts_(facts)
        , repair_(repair)
    {
    }

    using FindingList::add;

    // Adds a finding with what mends it (Repair::with_mending()).
    void add(Finding found, Mending mending)
    {
        add(repair_.with_mending(facts_, std::move(found), std::move(mending)));
    }

    const ServiceFacts& facts_;
    const Repair& repair_;
};

} // namespace relayctl
