#include "core/operations/client_server.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"
#include "core/table/host.hpp"
#include "core/x509/certificate.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>

namespace relayctl {

namespace {

constexpr int submission_port = 587;
constexpr int port_of_tls_from_the_start = 465;

// Returns 0 if this is no port. A machine may have no /etc/services, so the usual names are known.
int port_of(const std::string& text)
{
    if (!text.empty() && text.size() < 6 && std::all_of(text.begin(), text.end(), is_digit)) {
        const int port = std::stoi(text);
        return port < 65536 ? port : 0;
    }
    if (const struct servent* service = ::getservbyname(text.c_str(), "tcp")) {
        return ntohs(static_cast<in_port_t>(service->s_port));
    }
    return text == "smtp"                          ? 25
        : text == "submission"                     ? submission_port
        : text == "submissions" || text == "smtps" ? port_of_tls_from_the_start
                                                   : 0;
}

// The port on which an inet service listens: "submission/inet", "127.0.0.1:587/inet".
int port_of(const Service& service)
{
    const std::string name = service.name.substr(0, service.name.rfind('/'));
    return port_of(name.substr(name.rfind(':') + 1)); // without a colon, all of it
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
    ClientServer server;
    const std::size_t colon = text.rfind(':');
    const bool has_brackets = text.starts_with('[');
    const std::size_t closing = text.find(']');
    const bool is_bare_v6 = !has_brackets && colon != text.find(':');
    const bool has_port
        = colon != std::string::npos && !is_bare_v6 && (!has_brackets || closing == colon - 1);
    server.name = has_port ? text.substr(0, colon) : text;
    if (has_brackets && server.name.ends_with(']')) {
        server.name = server.name.substr(1, server.name.size() - 2);
    }
    server.port = has_port ? port_of(text.substr(colon + 1)) : submission_port;
    if (const auto problem = problem_with_host(server.name)) {
        throw Error(ErrorKind::usage, "--server " + quote(text) + ": the host " + *problem,
            { "HOST:PORT, as mx.example.org:587" });
    }
    if (server.port == 0) {
        throw Error(ErrorKind::usage, "--server " + quote(text) + ": has no port behind the colon",
            { "HOST:PORT, as mx.example.org:587" });
    }
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
