#include "core/store/sql/postgresql/host_probe.hpp"

#include "core/store/sql/postgresql/connection.hpp"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <optional>

namespace relayctl {

namespace {

constexpr std::chrono::seconds connect_time{ 10 };
constexpr std::chrono::seconds answer_time{ 10 };

// This process as another user, as far as a server at the other end of a socket can tell. Only root
// can, and only root does.
class EffectiveUser {
public:
    explicit EffectiveUser(const std::string& name)
    {
        const struct passwd* entry = ::geteuid() == 0 ? ::getpwnam(name.c_str()) : nullptr;
        if (entry
            != nullptr) { // what of it fails leaves us as we are, and the server may refuse us
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

HostProbe probe_host(const PgsqlFile& file, const PgsqlHost& host, const PgsqlQuery& query,
    const std::vector<std::string>& keys, const std::string& owner, const std::string& encoding)
{
    HostProbe probe;
    probe.host = host.shown();
    try {
        std::optional<Connection> connection;
        {
            const EffectiveUser user(owner);
            connection = Connection::connect(file, host, connect_time, encoding);
        }
        probe.is_connected = true;
        connection->set_patience(answer_time);
        for (const std::string& key : keys) {
            const SqlResult result = connection->ask({ query.sql, { key } });
            std::string value;
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

std::vector<HostProbe> probe_hosts(const PgsqlFile& file, const PgsqlQuery& query,
    const std::vector<std::string>& keys, const std::string& owner, const std::string& encoding)
{
    std::vector<HostProbe> probes;
    for (const PgsqlHost& host : file.hosts) {
        probes.push_back(probe_host(file, host, query,
            query.fault == QueryFault::none ? keys : std::vector<std::string>(), owner, encoding));
    }
    return probes;
}

} // namespace relayctl
