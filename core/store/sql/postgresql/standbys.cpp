// Whether the standbys of a server have what it has.
// A standby has the change when it has replayed the log up to where the primary was at the
// beginning (PostgreSQL, "System Administration Functions"). Later writes of others do not matter.
// A standby may be known by two ways, as a host of the file and as one that the primary streams to;
// both are asked, because each may be closed to this role.
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/postgresql/connection.hpp"
#include "core/store/sql/postgresql/database.hpp"

#include <map>
#include <thread>

namespace relayctl::postgresql {

namespace {

using namespace std::chrono_literals;

constexpr auto between_reports = 50ms;
constexpr auto connect_time = 2s;
constexpr auto answer_time = 2s; // of a standby to a question

// The standbys, compared with the position of the primary at the beginning.
struct Standbys {
    SqlConnection& primary;
    const DatabaseFile& file;
    std::string position{ primary.ask({ "SELECT pg_current_wal_lsn()::text", {} }).text(0, 0) };
    std::map<std::string, std::unique_ptr<Connection>> connections = {};
    StandbyReport total = {};

    // Asks everybody once. Throws SqlFailure if the primary fails, ErrorKind::interrupted.
    StandbyReport report()
    {
        total = {};
        for (const DatabaseHost& host : file.hosts) {
            if (host.written != primary.host().written) {
                ask(host);
            }
        }
        ask_primary();
        return total;
    }

    // Notes that this standby does not have the change, and why.
    void say(const std::string& name, const std::string& what)
    {
        total.behind.push_back(escape(name) + ": " + what);
    }

    // Asks a host of the file itself. The connection is kept for the next report.
    void ask(const DatabaseHost& host)
    {
        try {
            auto found = connections.find(host.written);
            if (found == connections.end()) {
                found = connections
                            .emplace(
                                host.written, Connection::connect(file, host, connect_time, "UTF8"))
                            .first;
                found->second->set_patience(answer_time, 0ms);
            }
            // The difference is in bytes. It is NULL, and then not "0", on a standby that has
            // replayed nothing.
            const SqlResult result = found->second->ask(
                { "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN greatest(0, "
                  "pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn())) END",
                    { position } });
            if (result.text(0, 0) != "t") {
                return; // the primary by another name
            }
            ++total.standbys;
            if (result.text(0, 1) != "0") {
                say(host.shown(), result.text(0, 1) + " bytes behind");
            }
        } catch (const SqlFailure& failure) {
            // The next report connects anew: the server may be starting at this moment.
            connections.erase(host.written);
            ++total.standbys;
            say(host.shown(), "does not answer (" + failure.message + ')');
        }
    }

    // The view of the primary has no positions for a role that is no member of pg_monitor, nor of a
    // client that only receives (pg_receivewal).
    void ask_primary()
    {
        const SqlResult result = primary.ask(
            { "SELECT coalesce(nullif(application_name, ''), 'standby') || coalesce(' at ' || "
              "host(client_addr), ''), "
              "greatest(0, pg_wal_lsn_diff($1::pg_lsn, replay_lsn)) FROM pg_stat_replication "
              "WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL",
                { position } });
        for (std::size_t row = 0; row < result.rows(); ++row) {
            ++total.standbys;
            if (result.text(row, 1) != "0") {
                say(result.text(row, 0), result.text(row, 1) + " bytes behind");
            }
        }
    }
};

} // namespace

StandbyReport Database::wait_for_standbys(
    SqlConnection& primary, const DatabaseFile& file, std::chrono::milliseconds patience) const
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    Standbys standbys{ primary, file };
    for (;;) {
        // One report is made even where there is no time to wait.
        StandbyReport report = standbys.report();
        if (report.behind.empty() || std::chrono::steady_clock::now() >= deadline) {
            return report;
        }
        throw_if_interrupted();
        std::this_thread::sleep_for(between_reports);
    }
}

} // namespace relayctl::postgresql
