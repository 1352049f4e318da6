// The part of Connection that makes one.
// libpq could try several hosts by itself, but its own time limit does not count when it is used
// without blocking (PQconnectPoll()), and a signal would not break into it. So the parameters are
// taken apart here, and each host is tried alone, with poll(2) between the steps.
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/postfix/passwords.hpp"
#include "core/store/sql/postgresql/connection.hpp"
#include "core/store/sql/postgresql/libpq.hpp"

#include <poll.h>

#include <algorithm>

namespace relayctl::postgresql {

namespace {

// Names of libpq (PQconninfoParse()) with their values, in plain text: what is in here may be a
// password.
using Parameters = std::vector<std::pair<std::string, std::string>>;

// Frees what PQconninfoParse() returns.
struct FreeOptions {
    void operator()(PQconninfoOption* options) const noexcept
    {
        loaded_libpq().conninfo_free(options);
    }
};

// Returns the value of a parameter; "" if it is not set.
std::string value_of(const Parameters& parameters, std::string_view name)
{
    const auto found = std::find_if(parameters.begin(), parameters.end(),
        [&](const auto& parameter) { return parameter.first == name; });
    return found == parameters.end() ? "" : found->second;
}

// Sets a parameter, in the place of one of the same name; an empty value takes it away.
void set(Parameters& parameters, std::string_view name, const std::string& value)
{
    std::erase_if(parameters, [&](const auto& parameter) { return parameter.first == name; });
    if (!value.empty()) {
        parameters.emplace_back(name, value);
    }
}

// Returns a message without what is quoted in it: what libpq says against a connection string
// quotes parts of it, and these may be parts of a password.
std::string without_quoted(std::string_view message)
{
    const std::size_t first = message.find('"'); // there may be one in the password, too
    const std::size_t last = message.rfind('"');
    return first == last
        ? std::string(message)
        : std::string(message.substr(0, first)) + "\"...\"" + std::string(message.substr(last + 1));
}

// Returns the parts of a URI, or of "name = value" words. Throws SqlFailure.
Parameters parse(const std::string& connection_string)
{
    const Libpq& pq = libpq();
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        pq.conninfo_parse(connection_string.c_str(), &problem));
    if (!options) {
        const std::string reason = problem != nullptr ? without_quoted(problem) : "out of memory";
        pq.freemem(problem);
        throw SqlFailure{ "", "libpq cannot read it: " + in_one_line(reason) };
    }
    Parameters parameters;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            parameters.emplace_back(option->keyword, option->val);
        }
    }
    return parameters;
}

// Returns the parameters as dict_pgsql.c and PQsetdbLogin() have them: a URI brings its own; else
// dbname may be a connection string, whose parts count less than the others.
Parameters parameters_of(const DatabaseFile& file, const DatabaseHost& host)
{
    Parameters parameters;
    if (host.is_uri) {
        parameters = parse(host.written);
        if (file.has_own_role) {
            set(parameters, "user", file.user);
            set(parameters, "password", file.password);
        }
        return parameters;
    }
    if (is_connection_string(file.dbname)) {
        parameters = parse(file.dbname);
    } else {
        set(parameters, "dbname", file.dbname);
    }
    for (const auto& [name, value] : { std::pair("host", &host.host), std::pair("port", &host.port),
             std::pair("user", &file.user), std::pair("password", &file.password) }) {
        if (!value->empty()) {
            set(parameters, name, *value);
        }
    }
    return parameters;
}

// Splits at commas: "a,,b" is three parts, and "" is one.
std::vector<std::string> parts_of(std::string_view list)
{
    std::vector<std::string> parts(1);
    for (const char c : list) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

// Returns a set of parameters for each host among them: only so each has a time limit of its own.
std::vector<Parameters> for_each_host(const Parameters& parameters)
{
    const auto hosts = parts_of(value_of(parameters, "host"));
    const auto addresses = parts_of(value_of(parameters, "hostaddr"));
    const auto ports = parts_of(value_of(parameters, "port"));
    // A single value counts for all hosts; what a shorter list lacks is empty.
    const auto part = [](const std::vector<std::string>& parts, std::size_t i) {
        return parts.size() == 1 ? parts.front() : i < parts.size() ? parts[i] : std::string();
    };
    std::vector<Parameters> all;
    for (std::size_t i = 0; i < std::max(hosts.size(), addresses.size()); ++i) {
        all.push_back(parameters);
        set(all.back(), "host", part(hosts, i));
        set(all.back(), "hostaddr", part(addresses, i));
        set(all.back(), "port", part(ports, i));
    }
    return all;
}

} // namespace

// Connects to one host. Errors: SqlFailure with the words of libpq, or if the limit is over;
// ErrorKind::interrupted.
std::unique_ptr<Connection> Connection::connect_to(
    const Parameters& parameters, const DatabaseHost& host, std::chrono::milliseconds limit)
{
    const Libpq& pq = libpq();
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : parameters) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    // The object owns the connection from the first moment, so that it is closed however this ends.
    // The last argument: dbname is a name here, never a connection string.
    const auto deadline = deadline_after(limit);
    std::unique_ptr<Connection> connection(
        new Connection(pq.connect_start_params(names.data(), values.data(), 0), host));
    pg_conn* const raw = connection->connection_.get();
    if (raw == nullptr) {
        throw std::bad_alloc();
    }
    // libpq begins with writing (PQconnectStart() in its manual); it says after each step what to
    // wait for.
    PostgresPollingStatusType next
        = pq.status(raw) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) {
            throw SqlFailure{ "", "no connection (" + in_one_line(pq.error_message(raw)) + ')' };
        }
        struct pollfd wanted[2]
            = { { pq.socket(raw),
                    static_cast<short>(next == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0 },
                  { interrupt_descriptor(), POLLIN, 0 } };
        const int ready = ::poll(wanted, 2, milliseconds_until(deadline));
        throw_if_interrupted();
        if (ready == 0) {
            throw SqlFailure{ "", "no connection within " + in_seconds(limit) };
        }
        next = ready > 0 ? pq.connect_poll(raw) : next;
    }
    // From here on PQflush() returns instead of waiting if the server does not read.
    pq.set_nonblocking(raw, 1);
    return connection;
}

// Tries the hosts one after the other, as libpq does. If none answers, the failure has the reasons
// of all of them.
std::unique_ptr<Connection> Connection::connect(const DatabaseFile& file, const DatabaseHost& host,
    std::chrono::milliseconds limit, const std::string& encoding)
{
    Parameters parameters = parameters_of(file, host);
    set(parameters, "client_encoding", encoding);
    set(parameters, "fallback_application_name", "relayctl");
    // So a server that is gone does not keep us for ever, neither while something is on its way to
    // it (milliseconds) nor while it is to answer.
    for (const auto& [name, value] :
        { std::pair("tcp_user_timeout", "30000"), std::pair("keepalives_idle", "10"),
            std::pair("keepalives_interval", "5"), std::pair("keepalives_count", "4") }) {
        set(parameters, name, value);
    }
    // A '/' or '@' in a password makes libpq take parts of it for a host or a port, and name them.
    const auto is_unclear
        = [](const std::string& text) { return printable_uri(text).ends_with("..."); };
    // Then the messages are told without what they quote.
    const bool hides = (host.is_uri && is_unclear(host.written))
        || (is_connection_string(file.dbname) && file.dbname.find("://") != std::string::npos
            && is_unclear(file.dbname));
    std::string reasons;
    for (const Parameters& one : for_each_host(parameters)) {
        try {
            return connect_to(one, host, limit);
        } catch (const SqlFailure& failure) {
            reasons += (reasons.empty() ? "" : "; ")
                + host.redacted(hides ? without_quoted(failure.message) : failure.message);
        }
    }
    throw SqlFailure{ "", reasons };
}

bool Connection::is_writable()
{
    const Libpq& pq = libpq();
    // From version 14 on the server says so as it greets, which saves a round trip.
    const char* standby = pq.parameter_status(connection_.get(), "in_hot_standby");
    const char* read_only = pq.parameter_status(connection_.get(), "default_transaction_read_only");
    if (standby != nullptr && read_only != nullptr) {
        return std::string_view(standby) == "off" && std::string_view(read_only) == "off";
    }
    // A standby answers "on" as well, since its transactions cannot write.
    return ask({ "SHOW transaction_read_only", {} }).text(0, 0) == "off";
}

} // namespace relayctl::postgresql
