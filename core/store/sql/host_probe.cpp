#include "core/store/sql/host_probe.hpp"

#include "core/store/sql/sql_database.hpp"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <memory>

namespace relayctl {

namespace {

// A host that needs longer than this is a finding, too.
constexpr std::chrono::seconds connect_time{ 10 };
constexpr std::chrono::seconds answer_time{ 10 };

// Makes this process another user, as far as a server at the other end of a socket can tell. Does
// nothing unless we are root.
class EffectiveUser {
public:
    explicit EffectiveUser(const std::string& name)
    {
        const struct passwd* entry = ::geteuid() == 0 ? ::getpwnam(name.c_str()) : nullptr;
        // Where one of these fails we stay as we are, and the server may refuse us.
        if (entry != nullptr) {
            // The group must be changed while we are still root.
            is_other_ = ::setegid(entry->pw_gid) == 0;
            is_other_ = ::seteuid(entry->pw_uid) == 0 || is_other_;
        }
    }
    ~EffectiveUser()
    {
        if (is_other_ && (::seteuid(0) != 0 || ::setegid(::getgid()) != 0)) {
            ::_exit(1); // nothing may go on as somebody else
        }
    }
    EffectiveUser(const EffectiveUser&) = delete;
    EffectiveUser& operator=(const EffectiveUser&) = delete;

private:
    bool is_other_ = false;
};

// Connects as Postfix would, and asks its query for each key.
HostProbe probe_host(const SqlDatabase& database, const DatabaseFile& file,
    const DatabaseHost& host, const LookupQuery& query, const std::vector<std::string>& keys,
    const std::string& owner, const std::string& encoding)
{
    HostProbe probe;
    probe.host = host.shown();
    try {
        std::unique_ptr<SqlConnection> connection;
        {
            // Only connecting needs the user: the server looks at it when the connection is made
            // (peer authentication).
            const EffectiveUser user(owner);
            connection = database.connect(file, host, connect_time, encoding);
        }
        probe.is_connected = true;
        connection->set_patience(answer_time);
        for (const std::string& key : keys) {
            const SqlResult result = connection->ask({ query.sql, { key } });
            std::string value;
            // Postfix passes over rows without a value (db_common_expand()).
            for (std::size_t row = 0; row < result.rows() && value.empty(); ++row) {
                value = result.text(row, 0);
            }
            probe.found.push_back(!value.empty());
            probe.values.push_back(value);
        }
    } catch (const SqlFailure& failure) {
        probe.problem = failure.message;
        probe.state = failure.state;
    }
    return probe;
}

} // namespace

std::vector<HostProbe> probe_hosts(const DatabaseFile& file, const LookupQuery& query,
    const std::vector<std::string>& keys, const std::string& owner, const std::string& encoding)
{
    const TableName table{ file.type, file.path };
    const SqlDatabase& database = database_of(table);
    std::vector<HostProbe> probes;
    for (const DatabaseHost& host : file.hosts) {
        probes.push_back(probe_host(database, file, host, query,
            query.fault == QueryFault::none ? keys : std::vector<std::string>(), owner, encoding));
    }
    return probes;
}

} // namespace relayctl
