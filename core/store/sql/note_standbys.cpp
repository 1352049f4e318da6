// What is said after a change about standbys that do not have it yet.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/sql_change.hpp"

#include <chrono>

namespace relayctl {

namespace {

constexpr std::chrono::milliseconds usual_delay{ 300 }; // of a standby that is not behind

} // namespace

void note_standbys(SqlSession& session, const PublishOptions& options, Publication& publication)
{
    const bool must = options.replica_timeout.has_value();
    // With one host there is no standby that Postfix could ask by this file.
    if (!must && (session.file().hosts.size() < 2 || !publication.changed)) {
        return;
    }
    StandbyReport report;
    try {
        report = session.database().wait_for_standbys(session.connection(), session.file(),
            must ? std::chrono::milliseconds(*options.replica_timeout) : usual_delay);
    } catch (const SqlFailure& failure) {
        publication.not_replicated
            = must ? "the primary does not say where it is: " + failure.message : "";
        return;
    } catch (const Error& error) {
        // The change is made; a signal ends the wait, and is reported as such.
        if (error.kind() != ErrorKind::interrupted) {
            throw;
        }
        publication.not_replicated = must ? "the wait for the standbys was interrupted" : "";
        return;
    }
    if (must && report.standbys == 0) {
        publication.not_replicated = "no standby is known that could be waited for: name them in "
                                     "hosts, or let the role be a member of pg_monitor";
    } else if (must) {
        publication.not_replicated
            = report.behind.empty() ? "" : "not on every standby: " + join(report.behind, "; ");
    } else {
        for (const std::string& standby : report.behind) {
            publication.notes.push_back("a standby does not have the change yet: " + standby);
        }
    }
}

} // namespace relayctl
