#include "core/audit/unseen_audit.hpp"

#include "core/base/text.hpp"

namespace relayctl {

Finding not_seen(const UnseenEntry& entry, Time since)
{
    const std::string when = entry.last
        ? "was last seen in the mail log on " + to_date(*entry.last)
        : "has not been seen in the mail log, which is known since " + to_date(since);
    Finding found{ Severity::note, "not-seen", entry.file, entry.line, 0,
        quote(entry.host) + ' ' + when,
        "a log is a lower bound: ask its owner before it is removed" };
    found.table = entry.table;
    return found;
}

Finding log_incomplete(const std::string& file, const std::string& reason, const std::string& hint)
{
    return { Severity::note, "log-incomplete", file, 0, 0, reason, hint };
}

} // namespace relayctl
