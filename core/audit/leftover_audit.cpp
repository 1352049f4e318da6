#include "core/audit/leftover_audit.hpp"

#include "core/base/text.hpp"
#include "core/store/text_table/in_place.hpp"

namespace relayctl {

// Postfix opens no leftover by its name, so it is a warning. A half-written source is an error,
// since the next postmap would make a map of it.
std::vector<Finding> audit_leftovers(const LeftoverFacts& facts, const Repair& repair)
{
    std::vector<Finding> findings;
    for (const std::string& file : facts.files) {
        findings.push_back({ Severity::warning, "leftover", file, 0, 0,
            "left by an interrupted change, or one is under way at this moment; a running "
            "smtpd may still use the old map",
            repair.relayctl("rebuild", facts.table.to_string()) });
    }
    if (!facts.saved.empty()) {
        findings.push_back({ Severity::error, "half-written", facts.source, 0, 0,
            "writing it in place was interrupted, or is under way at this moment: its whole old "
            "text is in "
                + escape(facts.saved),
            restore_command(facts.source) });
    }
    return findings;
}

} // namespace relayctl
