#include "core/inspect/tls_files.hpp"

#include "core/base/text.hpp"
#include "core/inspect/opened_table.hpp"
#include "core/x509/server_certificate.hpp"
#include "core/x509/trusted_authorities.hpp"

#include <algorithm>

namespace relayctl {

void read_server_certificate(ServiceFacts& facts)
{
    const auto take = [&](ServerCertificateCheck check) {
        facts.certificate_problem
            = facts.certificate_problem.empty() ? check.problem : facts.certificate_problem;
        facts.unseen.insert(facts.unseen.end(), check.unseen.begin(), check.unseen.end());
    };
    // With smtpd_tls_chain_files set, the single files are not read.
    if (auto chain = split_list(facts.parameter("smtpd_tls_chain_files")); !chain.empty()) {
        for (std::string& name : chain) {
            name = path_for_smtpd(name, facts);
        }
        take(check_server_chain(chain));
        return;
    }
    // RSA, ECDSA and DSA each have parameters of their own.
    for (const char* kind : { "", "ec", "d" }) {
        const std::string prefix = "smtpd_tls_" + std::string(kind);
        const std::string& certificate = facts.parameter(prefix + "cert_file");
        if (!certificate.empty() && !equal_ignoring_case(certificate, "none")) {
            take(check_server_certificate(path_for_smtpd(certificate, facts),
                path_for_smtpd(facts.parameter(prefix + "key_file"), facts)));
        }
    }
}

void read_authorities(ServiceFacts& facts, const ServiceQuery& query)
{
    // The number is the default of smtpd_tls_ccert_verifydepth.
    TrustedAuthorities authorities{ path_for_smtpd(facts.parameter("smtpd_tls_CAfile"), facts),
        path_for_smtpd(facts.parameter("smtpd_tls_CApath"), facts),
        facts.is_on("tls_append_default_CA"), 9, !facts.has_changed(Change::depth_counts_issuers) };
    const std::string& depth = facts.parameter("smtpd_tls_ccert_verifydepth");
    if (!depth.empty() && depth.size() < 5 && std::all_of(depth.begin(), depth.end(), is_digit)) {
        authorities.depth = std::stoi(depth);
    }
    facts.authorities_problem = problem_with_authorities(authorities);
    for (const std::string& path : hidden_authorities(authorities)) {
        facts.unseen.push_back(path);
    }
    const Client* client = query.client;
    // Nobody is asked about, so nothing depends on it.
    if (client == nullptr) {
        facts.trusted = false;
    } else if (client->certificate != nullptr && query.chain != nullptr) {
        // The chain is built as OpenSSL builds it for smtpd, with the certificates that the client
        // sends along.
        facts.trusted = is_trusted(*client->certificate, *query.chain, authorities);
        facts.issuer_is_named = is_issuer_named(*query.chain, authorities.file);
    } else { // without CAs nobody is trusted
        const bool none
            = authorities.file.empty() && authorities.path.empty() && !authorities.defaults;
        facts.trusted = none ? std::optional(false) : std::nullopt;
    }
}

} // namespace relayctl
