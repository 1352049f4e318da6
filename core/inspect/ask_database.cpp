#include "core/inspect/ask_database.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/client_fingerprints.hpp"

namespace relayctl {

DatabaseFacts ask_database(
    Postfix& postfix, const TableName& table, const Digest& digest, bool asks_postfix)
{
    const std::string path = table.behind_proxy().path;
    DatabaseFacts facts;
    facts.file = read_database_file(table, false);
    facts.query = bind_query(facts.file.query);
    facts.shape = shape_of(facts.file);
    facts.status = stat_of(path).value_or(facts.status);
    facts.admin_status = stat_of(admin_file_of(path));
    facts.weak = weak_point(path);
    // The directory of both files has been judged with the first one.
    if (facts.admin_status) { // it is in the same directory
        facts.admin_weak = weak_file(admin_file_of(path));
    }
    std::string owner = "postfix";
    // Without asking Postfix the default mail_owner is assumed.
    if (asks_postfix) {
        facts.services = parse_services(postfix.master_cf());
        const auto parameters = postfix.effective({ "mail_owner", "mail_version" }, {});
        owner = parameters.at("mail_owner");
        facts.mail_version = parameters.at("mail_version");
    }
    struct stat without_others = facts.status;
    without_others.st_mode &= ~static_cast<mode_t>(S_IRWXO);
    facts.is_hidden_by_mode = !may_read(without_others, owner);
    // In lower case, as smtpd asks.
    const std::string key = to_lower(fingerprint_of_nobody(digest.size()).to_string());
    facts.probes = probe_hosts(
        facts.file, facts.query, { key }, owner, encoding_of(facts.file, facts.mail_version));
    return facts;
}

} // namespace relayctl
