#include "app/gather.hpp"

#include "app/ask_lists.hpp"
#include "app/ask_tables.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"
#include "core/postfix/restriction_words.hpp"
#include "core/x509/server_certificate.hpp"
#include "core/x509/trusted_authorities.hpp"

#include <algorithm>
#include <utility>

namespace relayctl {

namespace {

// Gives the path of a file that smtpd opens: a relative name begins in queue_directory, where
// master(8) starts it.
std::string path_for_smtpd(const ServiceFacts& facts, const std::string& name)
{
    return name.empty() || name.front() == '/' ? name
                                               : facts.parameter("queue_directory") + '/' + name;
}

class Gatherer {
public:
    Gatherer(Context& context, const GatherOptions& options)
        : postfix_(context.postfix())
        , context_(context)
        , options_(options)
        , tables_(context.postfix(), options)
        , lists_(tables_, options)
    {
    }

    std::vector<ServiceFacts> run(std::vector<QmqpService>* qmqp)
    {
        master_cf_ = postfix_.master_cf();
        std::vector<Service> services = parse_services(master_cf_);
        std::vector<ServiceFacts> facts;
        for (Service& service : services) {
            if (is_wanted(service)) {
                facts.push_back(gather(std::move(service)));
            }
        }
        if (facts.empty() && !services.empty()) {
            std::vector<std::string> names;
            std::transform(services.begin(), services.end(), std::back_inserter(names),
                [](const Service& s) { return escape(s.name); });
            throw Error(ErrorKind::usage,
                "service " + quote(options_.service) + ": master.cf has no such smtpd",
                { "it has: " + join(names, ", ") });
        }
        if (qmqp != nullptr) {
            look_at_qmqp(*qmqp);
        }
        return facts;
    }

private:
    bool is_wanted(const Service& service) const
    {
        return options_.service.empty() || is_service_named(service.name, options_.service);
    }

    ServiceFacts gather(Service service)
    {
        ServiceFacts facts;
        facts.service = std::move(service);
        const auto& parameters = parameters_of(facts.service);
        facts.service.parameters = parameters.values;
        facts.classes = parameters.classes;
        facts.digest = Digest::find(facts.parameter("smtpd_tls_fingerprint_digest"));
        look_at_server_certificate(facts);
        look_at_authorities(facts);
        look_at_lists(facts);
        facts.in_inet_interfaces = is_in_inet_interfaces(facts);
        for (const std::string& name : split_list(facts.parameter("relay_clientcerts"))) {
            facts.tables.push_back(tables_.facts_of(name, facts));
        }
        for (const std::string& list : restriction_lists(facts)) {
            look_for_access_tables(split_restrictions(facts.parameter(list)), facts);
        }
        for (const auto& [name, words] : parameters.classes) {
            look_for_access_tables(words, facts);
        }
        return facts;
    }

    void look_at_lists(ServiceFacts& facts)
    {
        const auto& resolver = resolver_of(facts);
        lists_.ask(facts, resolver);
        for (const char* name : { "mydestination", "virtual_alias_domains",
                 "virtual_mailbox_domains", "relay_domains" }) {
            const auto value = resolver.find(name); // what decides is what is shown
            facts.service.parameters[name] = value == resolver.end() ? "" : value->second;
        }
        look_at_proxy(facts);
    }

    // The parameters of the trivial-rewrite that the service asks.
    const std::map<std::string, std::string>& resolver_of(const ServiceFacts& facts)
    {
        const std::string name = facts.parameter("rewrite_service_name") + '/';
        for (const Service& resolver : parse_services(master_cf_, "trivial-rewrite")) {
            if (resolver.name.starts_with(name)) {
                return parameters_of(resolver).values;
            }
        }
        return parameters_of(Service()).values;
    }

    // Behind postscreen it is postscreen that listens to the proxy.
    void look_at_proxy(ServiceFacts& facts)
    {
        if (!facts.service.name.ends_with("/pass")) {
            const bool by_proxy = !facts.parameter("smtpd_upstream_proxy_protocol").empty();
            facts.disguise.parameter = by_proxy ? "smtpd_upstream_proxy_protocol" : "";
            return;
        }
        for (const Service& postscreen : parse_services(master_cf_, "postscreen")) {
            const auto& values = parameters_of(postscreen).values;
            const auto protocol = values.find("postscreen_upstream_proxy_protocol");
            if (protocol != values.end() && !protocol->second.empty()) {
                facts.disguise.parameter = protocol->first;
                facts.service.parameters[protocol->first] = protocol->second;
            }
        }
    }

    void look_at_qmqp(std::vector<QmqpService>& found)
    {
        for (Service& service : parse_services(master_cf_, "qmqpd")) {
            ServiceFacts facts;
            facts.service = std::move(service);
            facts.service.parameters = parameters_of(facts.service).values;
            const std::string& clients = facts.parameter("qmqpd_authorized_clients");
            found.push_back({ facts.service.name, clients, lists_.width_of_list(clients, facts) });
        }
    }

    struct Effective {
        std::map<std::string, std::string> values;
        std::map<std::string, std::vector<std::string>> classes;
    };

    const Effective& parameters_of(const Service& service)
    {
        auto overrides = service.overrides;
        // -t and -d ask what would be if Postfix were set up so.
        if (!context_.options.table.empty() && !options_.as_configured) {
            overrides.emplace_back("relay_clientcerts", context_.options.table);
        }
        if (!context_.options.digest.empty() && !options_.as_configured) {
            overrides.emplace_back("smtpd_tls_fingerprint_digest", context_.options.digest);
        }
        const auto [found, is_new] = effective_.try_emplace(overrides);
        Effective& effective = found->second;
        if (is_new) {
            effective.values = postfix_.effective(judged_parameters(), overrides);
            const auto names = split_list(effective.values["smtpd_restriction_classes"]);
            const auto classes = names.empty() ? std::map<std::string, std::string>()
                                               : postfix_.effective(names, overrides);
            for (const auto& [name, value] : classes) {
                effective.classes[name] = split_restrictions(value);
            }
        }
        return effective;
    }

    void look_at_server_certificate(ServiceFacts& facts) const
    {
        const auto take = [&](ServerCertificateCheck check) {
            facts.certificate_problem
                = facts.certificate_problem.empty() ? check.problem : facts.certificate_problem;
            facts.unseen.insert(facts.unseen.end(), check.unseen.begin(), check.unseen.end());
        };
        if (auto chain = split_list(facts.parameter("smtpd_tls_chain_files")); !chain.empty()) {
            for (std::string& name : chain) {
                name = path_for_smtpd(facts, name);
            }
            take(check_server_chain(chain));
            return;
        }
        for (const char* kind : { "", "ec", "d" }) {
            const std::string prefix = "smtpd_tls_" + std::string(kind);
            const std::string& certificate = facts.parameter(prefix + "cert_file");
            if (!certificate.empty() && !equal_ignoring_case(certificate, "none")) {
                take(check_server_certificate(path_for_smtpd(facts, certificate),
                    path_for_smtpd(facts, facts.parameter(prefix + "key_file"))));
            }
        }
    }

    void look_at_authorities(ServiceFacts& facts) const
    {
        TrustedAuthorities authorities{ path_for_smtpd(facts, facts.parameter("smtpd_tls_CAfile")),
            path_for_smtpd(facts, facts.parameter("smtpd_tls_CApath")),
            facts.is_on("tls_append_default_CA"), 9 };
        const std::string& depth = facts.parameter("smtpd_tls_ccert_verifydepth");
        if (!depth.empty() && depth.size() < 5
            && std::all_of(depth.begin(), depth.end(), is_digit)) {
            authorities.depth = std::stoi(depth);
        }
        facts.authorities_problem = problem_with_authorities(authorities);
        for (const std::string& path : hidden_authorities(authorities)) {
            facts.unseen.push_back(path);
        }
        const Client* client = options_.client;
        if (client == nullptr) {
            facts.trusted = false;
        } else if (client->certificate != nullptr && options_.chain != nullptr) {
            facts.trusted = is_trusted(*client->certificate, *options_.chain, authorities);
        } else { // without CAs nobody is trusted
            const bool none
                = authorities.file.empty() && authorities.path.empty() && !authorities.defaults;
            facts.trusted = none ? std::optional(false) : std::nullopt;
        }
    }

    std::optional<bool> is_in_inet_interfaces(const ServiceFacts& facts) const
    {
        if (options_.address.empty()) {
            return false;
        }
        const bool loopback = options_.address.starts_with("127.") || options_.address == "::1";
        bool may_be = false;
        for (const std::string& name : split_list(facts.parameter("inet_interfaces"))) {
            const bool has_loopback
                = name == "all" || name == "localhost" || name == "loopback-only";
            if (name == options_.address || (has_loopback && loopback)) {
                return true;
            }
            may_be = may_be || name == "all" || !is_address(name);
        }
        return may_be ? std::nullopt : std::optional(false);
    }

    void look_for_access_tables(const std::vector<std::string>& words, ServiceFacts& facts)
    {
        constexpr std::string_view command = "check_ccert_access ";
        for (const std::string& word : words) {
            if (!to_lower(word).starts_with(command)) {
                continue;
            }
            const std::string argument = word.substr(command.size());
            AccessTableFacts access = parse_access_argument(argument);
            if (!access.malformed) {
                access.table = tables_.facts_of(access.table.name, facts);
            }
            facts.ccert_access[argument] = std::move(access);
        }
    }

    Postfix& postfix_;
    Context& context_;
    const GatherOptions& options_;
    std::map<std::vector<std::pair<std::string, std::string>>, Effective> effective_;
    TableAsker tables_;
    ListAsker lists_;
    std::string master_cf_;
};

} // namespace

std::vector<ServiceFacts> gather_services(
    Context& context, const GatherOptions& options, std::vector<QmqpService>* qmqp)
{
    return Gatherer(context, options).run(qmqp);
}

} // namespace relayctl
