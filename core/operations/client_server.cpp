#include "core/operations/client_server.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/inspect/service_address.hpp"
#include "core/inspect/test_servers.hpp"
#include "core/postfix/services.hpp"
#include "core/table/host.hpp"
#include "core/x509/certificate.hpp"

#include <algorithm>

namespace relayctl {

namespace {

constexpr int port_of_tls_from_the_start = 465;

// The port on which an inet service listens: "submission/inet", "127.0.0.1:587/inet".
int port_of(const Service& service)
{
    const std::string name = service.name.substr(0, service.name.rfind('/'));
    return port_number(name.substr(name.rfind(':') + 1)); // without a colon, all of it
}

std::string parameter(const Service& service, const std::string& name)
{
    const auto found = service.parameters.find(name);
    return found == service.parameters.end() ? "" : found->second;
}

// Returns the inet services of smtpd that master(8) starts.
std::vector<Service> inet_services(Postfix& postfix)
{
    std::vector<Service> services = effective_services(postfix,
        { "myhostname", "smtpd_tls_wrappermode", "smtpd_tls_chain_files", "smtpd_tls_eccert_file",
            "smtpd_tls_cert_file", "queue_directory", "master_service_disable" });
    std::erase_if(services, [](const Service& service) {
        return !service.name.ends_with("/inet") || port_of(service) == 0
            || is_disabled(service.name, parameter(service, "master_service_disable"));
    });
    return services;
}

// Returns the files in which the service's own certificate may stand, the first that smtpd
// prefers: smtpd_tls_chain_files replaces the others (postconf(5)).
std::vector<std::string> certificate_files(const Service& service)
{
    std::vector<std::string> files = split_list(parameter(service, "smtpd_tls_chain_files"));
    if (files.empty()) {
        files = { parameter(service, "smtpd_tls_eccert_file"),
            parameter(service, "smtpd_tls_cert_file") };
    }
    std::erase_if(files,
        [](const std::string& file) { return file.empty() || equal_ignoring_case(file, "none"); });
    for (std::string& file : files) { // smtpd has its queue_directory as its working directory
        file = file.front() == '/' ? file : parameter(service, "queue_directory") + '/' + file;
    }
    return files;
}

// Notes the fingerprint of the service's certificate if clients have no other way to trust it.
void take_certificate(ClientServer& server, const Service& service)
{
    for (const std::string& file : certificate_files(service)) {
        try {
            const CertificateFile read = load_certificates(file);
            if (read.certificates.empty()) {
                continue; // the key stands in a file of its own
            }
            const Certificate& own = read.certificates.front();
            if (own.subject == own.issuer) {
                server.fingerprint = own.fingerprint(Digest::by_name("sha256")).to_string();
            }
            return;
        } catch (const Error& error) {
            server.unknown = "whether its certificate is self-signed, so that clients must be "
                             "given its fingerprint: "
                + std::string(error.what());
        }
    }
}

void take_service(ClientServer& server, const Service& service)
{
    server.from_the_start = equal_ignoring_case(parameter(service, "smtpd_tls_wrappermode"), "yes");
    take_certificate(server, service);
}

} // namespace

ClientServer typed_server(const std::string& text)
{
    const auto typed = parse_host_and_port(text);
    const auto problem = typed ? problem_with_host(typed->host) : std::optional<std::string>();
    if (!typed || problem) {
        throw Error(ErrorKind::usage,
            "--server " + quote(text) + ": "
                + (problem ? "the host " + *problem : "is neither HOST nor HOST:PORT"),
            { "HOST:PORT, as mx.example.org:587" });
    }
    ClientServer server;
    server.name = typed->host;
    server.port = typed->port.empty() ? submission_port : port_number(typed->port);
    server.from_the_start = server.port == port_of_tls_from_the_start;
    return server;
}

ClientServer server_of_postfix(Postfix& postfix)
{
    const std::vector<Service> services = inet_services(postfix);
    const auto submission = std::find_if(services.begin(), services.end(),
        [](const Service& service) { return port_of(service) == submission_port; });
    const auto chosen = submission == services.end() ? services.begin() : submission;
    ClientServer server;
    if (chosen == services.end()) { // as behind postscreen, which listens on port 25
        server.name = postfix.effective({ "myhostname" }, {})["myhostname"];
        server.port = 25;
        complete_from_postfix(server, postfix);
        return server;
    }
    server.name = parameter(*chosen, "myhostname");
    server.port = port_of(*chosen);
    take_service(server, *chosen);
    return server;
}

void complete_from_postfix(ClientServer& server, Postfix& postfix)
{
    const std::vector<Service> services = inet_services(postfix);
    const auto found = std::find_if(services.begin(), services.end(),
        [&](const Service& service) { return port_of(service) == server.port; });
    if (found != services.end()) {
        take_service(server, *found);
        return;
    }
    Service main_cf;
    main_cf.parameters = postfix.effective({ "smtpd_tls_chain_files", "smtpd_tls_eccert_file",
                                               "smtpd_tls_cert_file", "queue_directory" },
        {});
    take_certificate(server, main_cf);
}

ClientServer unknown_server()
{
    ClientServer server;
    server.name = "SERVER";
    server.port = submission_port;
    return server;
}

} // namespace relayctl
