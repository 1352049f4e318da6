#include "core/inspect/test_servers.hpp"

#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/inspect/master_process.hpp"
#include "core/postfix/services.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace relayctl {

namespace {

constexpr in_port_t submissions_port = 465; // RFC 8314
constexpr in_port_t smtp_port = 25;
constexpr std::size_t most_tried = 8; // that are tried for one port

const std::vector<std::string>& parameters_of_services()
{
    static const std::vector<std::string> names = { "smtpd_tls_wrappermode",
        "smtpd_upstream_proxy_protocol", "postscreen_upstream_proxy_protocol", "inet_interfaces",
        "inet_protocols", "myhostname", "master_service_disable" };
    return names;
}

// What a thread of its own finds out, since getaddrinfo() knows no time limit. The thread may
// outlive who waits for it.
struct Resolution {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_done = false;
    int error = 0; // of getaddrinfo()
    std::vector<IpAddress> addresses;
};

void resolve(const std::string& host, Resolution& resolution)
{
    struct addrinfo hints { };
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    struct addrinfo* list = nullptr;
    int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    std::vector<IpAddress> addresses;
    for (const struct addrinfo* next = list; error == 0 && next != nullptr; next = next->ai_next) {
        char text[NI_MAXHOST] = {};
        if (::getnameinfo(
                next->ai_addr, next->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST)
            == 0) {
            addresses.push_back(parse_address(text));
        }
    }
    if (list != nullptr) {
        ::freeaddrinfo(list);
    }
    const std::lock_guard lock(resolution.mutex);
    resolution.error = error;
    resolution.addresses = std::move(addresses);
    resolution.is_done = true;
    resolution.changed.notify_all();
}

// Returns the addresses of the name, or says in `problem` why there are none.
std::vector<IpAddress> resolved(
    const std::string& host, SteadyClock::time_point deadline, std::string& problem)
{
    if (const IpAddress address = parse_address(host); address.bits != 0) {
        return { address };
    }
    const auto resolution = std::make_shared<Resolution>();
    std::thread([host, resolution] { resolve(host, *resolution); }).detach();
    std::unique_lock lock(resolution->mutex);
    if (!resolution->changed.wait_until(lock, deadline, [&] { return resolution->is_done; })) {
        problem = "no name server says in time which address " + quote(host, 200) + " has";
    } else if (resolution->error != 0) {
        problem = quote(host, 200) + " has no address: " + ::gai_strerror(resolution->error);
    }
    return resolution->is_done ? resolution->addresses : std::vector<IpAddress>();
}

} // namespace

std::optional<HostAndPort> parse_host_and_port(const std::string& text)
{
    if (is_address(text)) {
        const bool has_brackets = text.starts_with('[');
        return HostAndPort{ has_brackets ? text.substr(1, text.size() - 2) : text, "" };
    }
    const std::size_t colon = text.rfind(':');
    HostAndPort result{ text.substr(0, colon),
        colon == std::string::npos ? "" : text.substr(colon + 1) };
    const bool is_literal = result.host.starts_with('[') && is_address(result.host);
    if (is_literal) {
        result.host = result.host.substr(1, result.host.size() - 2);
    }
    const bool is_name = !result.host.empty() && !result.host.starts_with('-')
        && std::all_of(result.host.begin(), result.host.end(),
            [](char c) { return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_'; });
    if ((!is_literal && !is_name)
        || (colon != std::string::npos && port_number(result.port) == 0)) {
        return std::nullopt;
    }
    return result;
}

TlsStart usual_tls_start(const std::string& port)
{
    return port_number(port) == submissions_port ? TlsStart::wrapped : TlsStart::starttls;
}

ServiceAddresses addresses_of_host(
    const HostAndPort& host, TlsStart tls, SteadyClock::time_point deadline)
{
    ServiceAddresses result;
    auto addresses = resolved(host.host, deadline, result.problem);
    addresses.resize(std::min(addresses.size(), most_tried));
    std::vector<in_port_t> ports = { submission_port, smtp_port };
    if (!host.port.empty()) {
        ports = { port_number(host.port) };
    } else if (tls == TlsStart::wrapped) {
        ports = { submissions_port };
    }
    for (const in_port_t port : ports) {
        for (const IpAddress& address : addresses) {
            if (address.bits != 0) {
                result.addresses.push_back(socket_address(address, port));
            }
        }
    }
    if (result.addresses.empty() && result.problem.empty()) {
        result.problem = quote(host.host, 200) + " has no address";
    }
    return result;
}

std::vector<TestedService> services_to_test(Postfix& postfix)
{
    std::vector<TestedService> tested;
    auto main_cf = postfix.effective(parameters_of_services(), {});
    const auto add = [&](const Service& service, bool is_postscreen) {
        if (!service.name.ends_with("/inet")) {
            return; // pass: reached by way of postscreen
        }
        auto parameters = postfix.effective(parameters_of_services(), service.overrides);
        TestedService result;
        result.name = service.name;
        result.is_postscreen = is_postscreen;
        const std::string name = service.name.substr(0, service.name.rfind('/'));
        const std::string interfaces = main_cf["inet_interfaces"];
        result.server.where = addresses_of_service(name, interfaces, main_cf["inet_protocols"]);
        const auto hosts = split_list(interfaces);
        const std::string own
            = name.find(':') == std::string::npos ? "" : name.substr(0, name.rfind(':'));
        result.listens_everywhere = own.empty()
            ? std::find(hosts.begin(), hosts.end(), "all") != hosts.end()
            : own == "0.0.0.0" || own == "[::]" || own == "::";
        const bool is_wrapped
            = !is_postscreen && equal_ignoring_case(parameters["smtpd_tls_wrappermode"], "yes");
        result.server.tls = is_wrapped ? TlsStart::wrapped : TlsStart::starttls;
        const std::string proxy = is_postscreen ? "postscreen_upstream_proxy_protocol"
                                                : "smtpd_upstream_proxy_protocol";
        if (is_disabled(service.name, main_cf["master_service_disable"])) {
            result.problem = "master_service_disable turns it off";
        } else if (!parameters[proxy].empty()) {
            result.problem = "only a proxy may speak with it (" + proxy + ")";
        } else if (result.server.where.addresses.empty()) {
            result.problem = result.server.where.problem;
        }
        tested.push_back(std::move(result));
    };
    for (const Service& service : parse_services(postfix.master_cf(), "smtpd")) {
        add(service, false);
    }
    for (const Service& service : parse_services(postfix.master_cf(), "postscreen")) {
        add(service, true);
    }
    return tested;
}

std::string reason_not_to_connect(Postfix& postfix)
{
    const std::string& queue = postfix.parameters().queue_directory;
    const std::optional<bool> runs = Postfix::is_running(queue);
    if (!runs) {
        return ""; // another user may connect, too
    }
    return *runs ? find_master(queue).problem : "Postfix does not run here";
}

const TestedService* service_at(
    const std::vector<TestedService>& services, const std::string& address)
{
    const auto parsed = parse_host_and_port(address);
    const auto own = addresses_of_machine();
    if (!parsed
        || (!parsed->host.starts_with("127.")
            && std::find(own.begin(), own.end(), parse_address(parsed->host)) == own.end())) {
        return nullptr;
    }
    const auto found = std::find_if(
        services.begin(), services.end(), [&](const TestedService& service) {
            const auto& where = service.server.where.addresses;
            return std::any_of(where.begin(), where.end(), [&](const SocketAddress& one) {
                const auto listening = parse_host_and_port(one.text);
                return one.text == address
                    || (service.listens_everywhere && listening && listening->port == parsed->port);
            });
        });
    return found == services.end() ? nullptr : &*found;
}

} // namespace relayctl
