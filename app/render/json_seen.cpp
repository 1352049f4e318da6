#include "app/render/json_value.hpp"
#include "app/render/seen.hpp"

#include <algorithm>

namespace relayctl {

namespace {

Json in_json(const std::optional<Fingerprint>& fingerprint)
{
    return fingerprint ? Json(fingerprint->to_string()) : Json();
}

// Appends what is known of the sessions to an entry or a pending client.
void append_sightings(
    Json& json, const ClientSightings& sightings, const std::vector<std::string>& services)
{
    const bool is_seen = sightings.sessions > 0;
    json["last_seen"] = is_seen ? Json(to_rfc3339(sightings.last)) : Json();
    json["first_seen"] = is_seen ? Json(to_rfc3339(sightings.first)) : Json();
    json["sessions"] = sightings.sessions;
    json["permitted"] = sightings.permitted;
    json["denied"] = sightings.denied;
    json["rejected"] = sightings.rejected;
    json["taken"] = sightings.taken;
    json["outcome"] = or_null(sightings.outcome);
    json["answer"] = or_null(sightings.answer);
    json["services"] = services;
    Json addresses = Json::array();
    for (const SeenAddress& address : sightings.addresses) {
        addresses.push_back(
            { { "address", address.address }, { "last_seen", to_rfc3339(address.last) } });
    }
    json["addresses"] = addresses;
    json["more_addresses"] = sightings.has_more_addresses;
}

Json in_json(const SeenEntry& entry)
{
    const EntryView& view = entry.entry;
    Json json = { { "fingerprint", view.fingerprint }, { "host", view.host },
        { "kind", or_null(view.annotation.kind) }, { "table", entry.table },
        { "line", line_or_null(view.line) } };
    append_sightings(json, entry.sightings, entry.services);
    json["last_seen"] = or_null(entry.last());
    json["claimed"] = or_null(entry.sightings.claimed);
    return json;
}

Json in_json(const PendingClient& client)
{
    const ClientSightings& sightings = client.sightings;
    Json json = { { "number", sightings.number },
        { "cert", in_json(sightings.presented.certificate) },
        { "key", in_json(sightings.presented.key) }, { "claimed", or_null(sightings.claimed) } };
    append_sightings(json, sightings, client.services);
    return json;
}

Json in_json(const LogSource& source)
{
    return { { "name", source.name }, { "first", or_null(source.first) },
        { "last", or_null(source.last) } };
}

} // namespace

void write_json_seen(std::ostream& out, const SeenReport& report, const ShownSightings& shown)
{
    Json json = { { "schema", 1 }, { "fingerprints_logged", or_null(report.fingerprints_logged) },
        { "since", or_null(report.since) }, { "until", or_null(report.until) } };
    json["entries"] = Json::array();
    for (const SeenEntry* entry : shown.entries) {
        json["entries"].push_back(in_json(*entry));
    }
    json["pending"] = Json::array();
    for (const PendingClient* client : shown.pending) {
        json["pending"].push_back(in_json(*client));
    }
    json["unknown"] = shown.unknown ? Json(*shown.unknown) : Json();
    json["dropped"] = report.dropped;
    json["silent_services"] = report.silent_services;
    json["sources"] = Json::array();
    for (const LogSource& source : report.sources) {
        json["sources"].push_back(in_json(source));
    }
    json["saved"] = report.saved;
    write_json(out, json);
}

} // namespace relayctl
