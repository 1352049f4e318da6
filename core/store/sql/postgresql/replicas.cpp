#include "core/store/sql/postgresql/replicas.hpp"

#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <thread>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 50ms;
constexpr auto connect_time = 2s;
constexpr auto answer_time
    = 2s; // of a standby to a question; that it cannot tell is an answer, too

class Replicas {
public:
    Replicas(Connection& primary, const PgsqlFile& file)
        : primary_(primary)
        , file_(file)
        , position_(primary.ask({ "SELECT pg_current_wal_lsn()::text", {} }).text(0, 0))
    {
    }

    ReplicaReport look()
    {
        report_ = {};
        for (const PgsqlHost& host : file_.hosts) {
            if (host.written != primary_.host().written) {
                ask(host);
            }
        }
        ask_primary();
        return report_;
    }

private:
    void say(const std::string& name, const std::string& what)
    {
        report_.behind.push_back(escape(name) + ": " + what);
    }

    void ask(const PgsqlHost& host)
    {
        try {
            auto found = connections_.find(host.written);
            if (found == connections_.end()) {
                found = connections_
                            .emplace(host.written, Connection::connect(file_, host, connect_time))
                            .first;
                found->second.set_patience(answer_time);
            }
            const SqlResult result = found->second.ask(
                { "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN greatest(0, "
                  "pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn())) END",
                    { position_ } });
            if (result.text(0, 0) != "t") {
                return; // the primary by another name
            }
            ++report_.standbys;
            if (result.text(0, 1) != "0") {
                say(host.shown(), result.text(0, 1) + " bytes behind");
            }
        } catch (const SqlFailure& failure) {
            connections_.erase(host.written);
            ++report_.standbys;
            say(host.shown(), "does not answer (" + failure.message + ')');
        }
    }

    // Its view has no positions for a role that is no member of pg_monitor, nor for a client that
    // only receives (pg_receivewal).
    void ask_primary()
    {
        const SqlResult result = primary_.ask(
            { "SELECT coalesce(nullif(application_name, ''), 'standby') || coalesce(' at ' || "
              "host(client_addr), ''), "
              "greatest(0, pg_wal_lsn_diff($1::pg_lsn, replay_lsn)) FROM pg_stat_replication "
              "WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL",
                { position_ } });
        for (std::size_t row = 0; row < result.rows(); ++row) {
            ++report_.standbys;
            if (result.text(row, 1) != "0") {
                say(result.text(row, 0), result.text(row, 1) + " bytes behind");
            }
        }
    }

    Connection& primary_;
    const PgsqlFile& file_;
    std::string position_;
    std::map<std::string, Connection> connections_;
    ReplicaReport report_;
};

} // namespace

ReplicaReport wait_for_replicas(
    Connection& primary, const PgsqlFile& file, std::chrono::milliseconds patience)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    Replicas replicas(primary, file);
    for (;;) {
        ReplicaReport report = replicas.look();
        if (report.behind.empty() || std::chrono::steady_clock::now() >= deadline) {
            return report;
        }
        throw_if_interrupted();
        std::this_thread::sleep_for(between_looks);
    }
}

} // namespace relayctl
