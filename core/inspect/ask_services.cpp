// Facts are collected per service of master.cf, since each may override any parameter with -o.
// Questions that several services have in common are asked once: the parameters by their overrides,
// the tables by their names. Nothing is judged here; core/audit does that with the facts alone.
#include "core/inspect/ask_services.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"
#include "core/inspect/access_by_claim.hpp"
#include "core/inspect/address_lists.hpp"
#include "core/inspect/ask_login.hpp"
#include "core/inspect/destination_lists.hpp"
#include "core/inspect/key_lookup.hpp"
#include "core/inspect/smtpd_reading.hpp"
#include "core/inspect/table_lookup.hpp"
#include "core/inspect/tls_files.hpp"
#include "core/postfix/restriction_words.hpp"
#include "core/postfix/written_settings.hpp"

#include <algorithm>
#include <utility>

namespace relayctl {

namespace {

constexpr std::uint64_t most_main_cf_bytes = 1 << 20;

// Asks about all services of one query, and what they have in common only once.
class ServiceInquiry {
public:
    ServiceInquiry(Postfix& postfix, const ServiceQuery& query)
        : postfix_(postfix)
        , query_(query)
        , tables_(postfix, query)
        , keys_(postfix, query)
        , address_lists_(keys_, query)
        , access_by_claim_(keys_, query, label_)
    {
    }

    // Returns the facts of the smtpd services that the query wants. Errors: ErrorKind::usage if it
    // wants one that master.cf does not have.
    std::vector<ServiceFacts> ask_smtpd()
    {
        std::vector<Service> services = parse_services(postfix_.master_cf());
        std::vector<ServiceFacts> facts;
        for (Service& service : services) {
            // An empty name stands for all services.
            if (query_.service.empty() || is_service_named(service.name, query_.service)) {
                facts.push_back(ask_service(std::move(service)));
            }
        }
        if (facts.empty() && !services.empty()) {
            std::vector<std::string> names;
            std::transform(services.begin(), services.end(), std::back_inserter(names),
                [](const Service& s) { return escape(s.name); });
            throw Error(ErrorKind::usage,
                "service " + quote(query_.service) + ": master.cf has no such smtpd",
                { "it has: " + join(names, ", ") });
        }
        return facts;
    }

    // Fills in what is written where, and what smtpd says of it.
    void ask_smtpd_itself(std::vector<ServiceFacts>& services)
    {
        if (services.empty()) {
            return;
        }
        const std::string directory = services.front().parameter("config_directory");
        const std::string main_cf = directory + "/main.cf";
        const auto settings
            = written_settings(read_file(main_cf, most_main_cf_bytes).text, main_cf);
        for (ServiceFacts& facts : services) {
            facts.written = with_overrides(settings, facts.service, directory + "/master.cf");
        }
        // smtpd is to read what the verdict is about, so -t and -d count for it, too.
        Overrides assumed;
        add_assumed(assumed);
        read_by_smtpd(postfix_, services, assumed);
    }

    // Returns the facts of each qmqpd of master.cf.
    std::vector<QmqpService> ask_qmqpd()
    {
        std::vector<QmqpService> found;
        for (Service& service : parse_services(postfix_.master_cf(), "qmqpd")) {
            ServiceFacts facts;
            facts.service = std::move(service);
            facts.service.parameters = parameters_of(facts.service).values;
            const std::string& clients = facts.parameter("qmqpd_authorized_clients");
            found.push_back(
                { facts.service.name, clients, address_lists_.width_of_list(clients, facts) });
        }
        return found;
    }

    // Asks what depends on the client of the query. facts: has everything else.
    void ask_about_client(ServiceFacts& facts)
    {
        facts.unseen.clear();
        facts.tables.clear();
        facts.customary_table.reset();
        facts.ccert_access.clear();
        facts.login.reset();
        facts.issuer_is_named = true;
        read_server_certificate(facts);
        read_authorities(facts, query_);
        ask_login(facts, query_);
        for (const std::string& name : split_list(facts.parameter("relay_clientcerts"))) {
            facts.tables.push_back(tables_.look_up(name, facts));
        }
        const TableName customary{ facts.parameter("default_database_type"),
            facts.parameter("config_directory") + "/relay_clients" };
        // The customary table matters only where none is asked: the client may be in it, and only
        // relay_clientcerts be wrong.
        if (facts.tables.empty() && stat_of(customary.path)) {
            facts.customary_table = tables_.look_up(customary.to_string(), facts);
        }
        for (const std::string& list : restriction_lists(facts)) {
            ask_access_tables(split_restrictions(facts.parameter(list)), facts);
        }
        for (const auto& [name, words] : facts.classes) {
            ask_access_tables(words, facts);
        }
    }

private:
    // Asks all that is known of one service. The parameters come first, because everything else
    // depends on them.
    ServiceFacts ask_service(Service service)
    {
        ServiceFacts facts;
        facts.service = std::move(service);
        const auto& parameters = parameters_of(facts.service);
        facts.service.parameters = parameters.values;
        facts.classes = parameters.classes;
        facts.digest = Digest::find(facts.parameter("smtpd_tls_fingerprint_digest"));
        ask_lists(facts);
        facts.in_inet_interfaces = is_in_inet_interfaces(facts);
        ask_about_client(facts);
        return facts;
    }

    // Findings show the lists of destinations as the trivial-rewrite has them, since that decides.
    void ask_lists(ServiceFacts& facts)
    {
        address_lists_.ask(facts);
        const auto& resolver = resolver_of(facts);
        facts.elsewhere = ask_destinations(keys_, facts, resolver, label_);
        access_by_claim_.ask(facts);
        for (const char* name : { "mydestination", "virtual_alias_domains",
                 "virtual_mailbox_domains", "relay_domains" }) {
            const auto value = resolver.find(name);
            facts.service.parameters[name] = value == resolver.end() ? "" : value->second;
        }
        find_proxy(facts);
    }

    // Returns the parameters of the trivial-rewrite that the service asks about destinations.
    const std::map<std::string, std::string>& resolver_of(const ServiceFacts& facts)
    {
        const std::string name = facts.parameter("rewrite_service_name") + '/';
        for (const Service& resolver : parse_services(postfix_.master_cf(), "trivial-rewrite")) {
            // A trivial-rewrite in master.cf may have overrides of its own.
            if (resolver.name.starts_with(name)) {
                return parameters_of(resolver).values;
            }
        }
        return parameters_of(Service()).values;
    }

    // Finds the parameter that says that a proxy stands in front of the service. Behind postscreen
    // it is postscreen that speaks with the proxy.
    void find_proxy(ServiceFacts& facts)
    {
        if (!facts.service.name.ends_with("/pass")) {
            const bool by_proxy = !facts.parameter("smtpd_upstream_proxy_protocol").empty();
            facts.disguise.parameter = by_proxy ? "smtpd_upstream_proxy_protocol" : "";
            return;
        }
        for (const Service& postscreen : parse_services(postfix_.master_cf(), "postscreen")) {
            const auto& values = parameters_of(postscreen).values;
            const auto protocol = values.find("postscreen_upstream_proxy_protocol");
            if (protocol != values.end() && !protocol->second.empty()) {
                facts.disguise.parameter = protocol->first;
                facts.service.parameters[protocol->first] = protocol->second;
            }
        }
    }

    // The parameters of one set of -o overrides.
    struct Effective {
        std::map<std::string, std::string> values;
        std::map<std::string, std::vector<std::string>> classes;
    };

    void add_assumed(Overrides& overrides) const
    {
        if (!query_.assumed_table.empty()) {
            overrides.emplace_back("relay_clientcerts", query_.assumed_table);
        }
        if (!query_.assumed_digest.empty()) {
            overrides.emplace_back("smtpd_tls_fingerprint_digest", query_.assumed_digest);
        }
    }

    // Returns the parameters under these overrides. Services with equal overrides share one call of
    // postconf, and -t and -d count as overrides.
    const Effective& parameters_of(const Service& service)
    {
        auto overrides = service.overrides;
        add_assumed(overrides);
        const auto [found, is_new] = effective_.try_emplace(overrides);
        Effective& effective = found->second;
        if (is_new) {
            effective.values = postfix_.effective(judged_parameters(), overrides);
            // The names of the classes are parameters themselves, so their values take a second
            // call.
            const auto names = split_list(effective.values["smtpd_restriction_classes"]);
            const auto classes = names.empty() ? std::map<std::string, std::string>()
                                               : postfix_.effective(names, overrides);
            for (const auto& [name, value] : classes) {
                effective.classes[name] = split_restrictions(value);
            }
        }
        return effective;
    }

    // No value if inet_interfaces may have the address: what "all" stands for, and the addresses of
    // a host name, are not looked up.
    std::optional<bool> is_in_inet_interfaces(const ServiceFacts& facts) const
    {
        if (query_.address.empty()) {
            return false;
        }
        const bool loopback = query_.address.starts_with("127.") || query_.address == "::1";
        bool may_be = false;
        for (const std::string& name : split_list(facts.parameter("inet_interfaces"))) {
            const bool has_loopback
                = name == "all" || name == "localhost" || name == "loopback-only";
            if (name == query_.address || (has_loopback && loopback)) {
                return true;
            }
            may_be = may_be || name == "all" || !is_address(name);
        }
        return may_be ? std::nullopt : std::optional(false);
    }

    // Looks up the client in the table of each check_ccert_access among these words.
    void ask_access_tables(const std::vector<std::string>& words, ServiceFacts& facts)
    {
        constexpr std::string_view command = "check_ccert_access ";
        for (const std::string& word : words) {
            if (!to_lower(word).starts_with(command)) {
                continue;
            }
            const std::string argument = word.substr(command.size());
            AccessTableFacts access = parse_access_argument(argument);
            if (!access.malformed) {
                access.table = tables_.look_up(access.table.name, facts);
            }
            facts.ccert_access[argument] = std::move(access);
        }
    }

    Postfix& postfix_;
    const ServiceQuery& query_;
    const std::string label_ = random_label(); // of domains that nobody has
    TableLookup tables_;
    KeyLookup keys_;
    AddressLists address_lists_;
    AccessByClaim access_by_claim_;
    // By the -o overrides.
    std::map<std::vector<std::pair<std::string, std::string>>, Effective> effective_;
};

} // namespace

std::vector<ServiceFacts> ask_services(
    Postfix& postfix, const ServiceQuery& query, std::vector<QmqpService>* qmqp)
{
    ServiceInquiry inquiry(postfix, query);
    std::vector<ServiceFacts> facts = inquiry.ask_smtpd();
    if (query.asks_smtpd) {
        inquiry.ask_smtpd_itself(facts);
    }
    if (qmqp != nullptr) {
        *qmqp = inquiry.ask_qmqpd();
    }
    return facts;
}

std::vector<ServiceFacts> ask_for_another_client(
    Postfix& postfix, const ServiceQuery& query, std::vector<ServiceFacts> services)
{
    ServiceInquiry inquiry(postfix, query);
    for (ServiceFacts& facts : services) {
        inquiry.ask_about_client(facts);
    }
    return services;
}

} // namespace relayctl
