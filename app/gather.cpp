#include "app/gather.hpp"

#include "core/audit/networks.hpp"
#include "core/audit/restrictions.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/x509/server_certificate.hpp"
#include "core/x509/trust.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace relayctl {

namespace {

bool is_one_of(const std::string& word, std::initializer_list<const char*> words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Types whose answers do not depend on who asks, or from where.
bool answers_anywhere(const std::string& type)
{
    return is_one_of(type, {"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash", "regexp", "pcre", "cidr", "static", "inline", "fail"});
}

bool is_file_type(const std::string& type)
{
    return is_one_of(type, {"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash", "regexp", "pcre", "cidr"});
}

bool may_read(const struct stat& status, const std::string& user)
{
    const struct passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) {
        return true;
    }
    const unsigned shift = status.st_uid == entry->pw_uid ? 6U : status.st_gid == entry->pw_gid ? 3U : 0U;
    return (status.st_mode >> shift & 4U) != 0;
}

class Gatherer {
public:
    Gatherer(Context& context, const GatherOptions& options) : postfix_(context.postfix()), context_(context), options_(options) {}

    std::vector<ServiceFacts> run()
    {
        std::vector<Service> services = parse_services(postfix_.master_services());
        std::vector<ServiceFacts> facts;
        for (Service& service : services) {
            if (is_wanted(service)) {
                facts.push_back(gather(std::move(service)));
            }
        }
        if (facts.empty() && !services.empty()) {
            std::vector<std::string> names;
            std::transform(services.begin(), services.end(), std::back_inserter(names), [](const Service& s) { return escape(s.name); });
            throw Error(ErrorKind::usage, "service " + quote(options_.service) + ": master.cf has no such smtpd",
                        {"it has: " + join(names, ", ")});
        }
        return facts;
    }

private:
    bool is_wanted(const Service& service) const
    {
        return options_.service.empty() || service.name == options_.service
            || service.name.substr(0, service.name.rfind('/')) == options_.service;
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
        facts.in_mynetworks = is_in_networks(facts.parameter("mynetworks"), options_.address);
        facts.in_inet_interfaces = is_in_inet_interfaces(facts);
        for (const std::string& name : split_list(facts.parameter("relay_clientcerts"))) {
            facts.tables.push_back(table_facts(name, facts));
        }
        for (const std::string& list : restriction_lists(facts)) {
            look_for_access_tables(split_restrictions(facts.parameter(list)), facts);
        }
        for (const auto& [name, words] : parameters.classes) {
            look_for_access_tables(words, facts);
        }
        return facts;
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
            const auto classes = names.empty() ? std::map<std::string, std::string>() : postfix_.effective(names, overrides);
            for (const auto& [name, value] : classes) {
                effective.classes[name] = split_restrictions(value);
            }
        }
        return effective;
    }

    void look_at_server_certificate(ServiceFacts& facts) const
    {
        const auto take = [&](ServerCertificateCheck check) {
            facts.certificate_problem = facts.certificate_problem.empty() ? check.problem : facts.certificate_problem;
            facts.unseen.insert(facts.unseen.end(), check.unseen.begin(), check.unseen.end());
        };
        if (const auto chain = split_list(facts.parameter("smtpd_tls_chain_files")); !chain.empty()) {
            take(check_server_chain(chain));
            return;
        }
        for (const char* kind : {"", "ec", "d"}) {
            const std::string prefix = "smtpd_tls_" + std::string(kind);
            const std::string& certificate = facts.parameter(prefix + "cert_file");
            if (!certificate.empty() && !equal_ignoring_case(certificate, "none")) {
                take(check_server_certificate(certificate, facts.parameter(prefix + "key_file")));
            }
        }
    }

    void look_at_authorities(ServiceFacts& facts) const
    {
        TrustedAuthorities authorities{facts.parameter("smtpd_tls_CAfile"), facts.parameter("smtpd_tls_CApath"),
                                       facts.is_on("tls_append_default_CA"), 9};
        const std::string& depth = facts.parameter("smtpd_tls_ccert_verifydepth");
        if (!depth.empty() && depth.size() < 5 && std::all_of(depth.begin(), depth.end(), is_digit)) {
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
            const bool none = authorities.file.empty() && authorities.path.empty() && !authorities.defaults;
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
            const bool has_loopback = is_one_of(name, {"all", "localhost", "loopback-only"});
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
                access.table = table_facts(access.table.name, facts);
            }
            facts.ccert_access[argument] = std::move(access);
        }
    }

    // --- tables

    TableFacts table_facts(const std::string& name, const ServiceFacts& facts)
    {
        const std::string digest = facts.digest ? facts.digest->name() : "";
        const auto [found, is_new] = tables_.try_emplace({name, digest, facts.service.chroot});
        if (is_new) {
            found->second = ask(name, facts);
        }
        return found->second;
    }

    TableFacts ask(const std::string& name, const ServiceFacts& facts)
    {
        TableFacts table;
        table.name = name;
        std::vector<std::string> keys;
        if (options_.client != nullptr && facts.digest) {
            for (const Print& print : options_.client->prints(*facts.digest)) {
                keys.push_back(print.fingerprint.to_string());
            }
        }
        table.values.resize(keys.size());
        const std::size_t colon = name.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == name.size()) {
            fail(table, keys.size(), Answer::fails, "it is no table: TYPE:NAME is expected");
            return table;
        }
        TableName asked = TableName::parse(name);
        const bool by_proxy = asked.type == "proxy";
        if (by_proxy) {
            const auto allowed = split_list(facts.parameter("proxy_read_maps"));
            if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
                table.is_forbidden = true;
                fail(table, keys.size(), Answer::fails, "it is not in proxy_read_maps");
                return table;
            }
            asked = TableName::parse(asked.path);
        }
        if (is_file_type(asked.type)) {
            if (!asked.path.starts_with('/')) {
                asked.path = facts.parameter("queue_directory") + '/' + asked.path;
            }
            if (!look_at_files(table, asked, by_proxy ? facts.parameter("mail_owner") : "", keys.size())) {
                return table;
            }
        } else if (facts.service.chroot && !answers_anywhere(asked.type)) {
            fail(table, keys.size(), Answer::unseen, "smtpd asks it from inside its chroot");
            return table;
        }
        query(table, asked, keys);
        return table;
    }

    // Its source, and whether its map is there. False: it need not be asked.
    bool look_at_files(TableFacts& table, const TableName& asked, const std::string& reader, std::size_t keys) const
    {
        const bool is_source = asked.has_map() || asked.type == "texthash";
        if (is_source) {
            table.source_path = asked.path;
            const auto known = options_.sources.find(asked.path);
            table.source = known != options_.sources.end() ? known->second : nullptr;
        }
        if (is_source && !table.source && options_.reads_sources) {
            try {
                if (auto content = read_file_if_any(asked.path, max_table_bytes)) {
                    table.source = std::make_shared<const Document>(std::move(content->text));
                }
            } catch (const Error&) { // a source that cannot be read changes no verdict
            }
        }
        const std::string file = asked.has_map() ? find_map_file(asked) : asked.path;
        const auto status = stat_of(file);
        if (!status && is_file_type(asked.type) && !is_one_of(asked.type, {"dbm", "sdbm"})) {
            table.map_is_missing = true;
            fail(table, keys, Answer::fails, escape(file) + " does not exist");
            return false;
        }
        if (status && !reader.empty() && !may_read(*status, reader)) {
            fail(table, keys, Answer::fails, "proxymap runs as " + escape(reader) + ", who cannot read " + escape(file));
            return false;
        }
        if (::access(file.c_str(), R_OK) != 0 && errno == EACCES) {
            fail(table, keys, Answer::unseen, escape(file) + " cannot be read by this user");
            return false;
        }
        return true;
    }

    void query(TableFacts& table, const TableName& asked, const std::vector<std::string>& keys)
    {
        if (keys.empty()) {
            return;
        }
        try {
            std::vector<std::string> warnings;
            const auto values = postfix_.query_map(asked, keys, &warnings);
            const auto duplicate = std::find_if(warnings.begin(), warnings.end(),
                                                [](const std::string& w) { return w.find("duplicate entry") != std::string::npos; });
            if (asked.type == "texthash" && duplicate != warnings.end()) {
                // postmap only warns, smtpd opens it without that leniency (dict_thash.c).
                fail(table, keys.size(), Answer::fails, "a duplicate entry breaks the whole table: " + escape(*duplicate));
                return;
            }
            for (std::size_t i = 0; i < keys.size(); ++i) {
                table.answers.push_back(values[i] ? Answer::found : Answer::missing);
                table.values[i] = values[i].value_or("");
            }
        } catch (const Error& error) {
            const bool same_for_smtpd = answers_anywhere(asked.type) || ::geteuid() == 0;
            fail(table, keys.size(), same_for_smtpd ? Answer::fails : Answer::unseen, error.what());
        }
    }

    static void fail(TableFacts& table, std::size_t keys, Answer answer, std::string problem)
    {
        table.answers.assign(keys, answer);
        table.problem = std::move(problem);
    }

    Postfix& postfix_;
    Context& context_;
    const GatherOptions& options_;
    std::map<std::vector<std::pair<std::string, std::string>>, Effective> effective_;
    std::map<std::tuple<std::string, std::string, bool>, TableFacts> tables_;
};

} // namespace

std::vector<ServiceFacts> gather_services(Context& context, const GatherOptions& options)
{
    return Gatherer(context, options).run();
}

} // namespace relayctl
