#include "app/render/json_issue.hpp"

#include "app/render/json_change.hpp"

namespace relayctl {

void write_json_issue(std::ostream& out, const IssueResult& result, const ClientServer& server,
    const std::string& command, const std::vector<TableOutcome>& outcomes, bool dry_run)
{
    Json json = outcomes.empty()
        ? Json{ { "schema", 1 }, { "table", nullptr }, { "changed", false },
              { "added", Json::array() }, { "removed", Json::array() }, { "map", "none" },
              { "reload_needed", false }, { "dry_run", dry_run }, { "updated", Json::array() } }
        : json_of_change(outcomes, dry_run, nullptr);
    json["host"] = result.client.entry.host;
    json["directory"] = result.directory;
    json["files"] = result.files;
    json["kind"] = result.client.entry.annotation.kind;
    json["fingerprint"] = result.client.entry.fingerprint;
    json["key_fingerprint"] = result.client.key_fingerprint->to_string();
    const auto& certificate = result.client.certificate;
    json["expires"] = or_null(certificate ? certificate->not_after : std::nullopt);
    json["p12_password"] = or_null(result.new_password);
    json["server"] = { { "name", server.name }, { "port", server.port },
        { "tls", server.from_the_start ? "wrap" : "starttls" },
        { "fingerprint", or_null(server.fingerprint) } };
    json["add_command"] = command;
    write_json(out, json);
}

} // namespace relayctl
