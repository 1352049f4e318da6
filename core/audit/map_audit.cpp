#include "core/audit/map_audit.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// What keeps Postfix from reading the map.
Finding audit_obstacle(const MapFacts& facts, const Repair& repair)
{
    // All obstacles are errors of the map file; each case below says what is special.
    Finding finding{ Severity::error, "map-unreadable", facts.map_file, 0, 0, "", "" };
    const std::string rebuild = repair.relayctl("rebuild", facts.table.to_string());
    const std::string rebuild_and_reload
        = repair.relayctl("rebuild", facts.table.to_string(), "--reload");
    const std::string& type = facts.found_type;
    switch (facts.condition) {
    case MapCondition::missing:
        finding.id = "map-missing";
        finding.message
            = "the map does not exist: every client that presents a certificate gets 451";
        finding.hint = rebuild_and_reload;
        break;
    case MapCondition::forbidden:
        finding.message = "the map cannot be read by this user";
        finding.hint = "run relayctl verify as root";
        break;
    case MapCondition::of_other_type:
        finding.id = "map-other-type";
        finding.message = table_type(type).is_berkeley_db ? "the map is of type " + type + ", not "
                + facts.opened.type + ": Postfix cannot open it"
                                                          : "the file is no map"
                + std::string(type == "empty" ? ", it is empty" : "") + ": Postfix cannot open it";
        finding.hint = rebuild_and_reload;
        break;
    case MapCondition::broken:
        finding.message = "the map cannot be read: " + facts.problem;
        finding.hint = rebuild;
        if (facts.problem.find("Berkeley DB support for '") != std::string::npos) {
            const std::string names
                = command_line({ facts.table.to_string(), "lmdb:" + facts.table.path });
            finding.hint = repair.relayctl(names.empty() ? "" : "copy " + names);
        }
        break;
    case MapCondition::readable:
        break;
    }
    return finding;
}

// Returns the differences between source and map. First come entries that have no effect yet, then
// keys that can never be found, then records that still let a client relay.
std::vector<Finding> audit_content(const MapFacts& facts, const std::string& rebuild)
{
    std::vector<Finding> result;
    const std::string& source_file = facts.table.path;
    const auto add = [&](const char* id, const std::string& file, std::uint32_t line,
                         std::string message) {
        result.push_back(
            { Severity::error, id, file, line, line > 0 ? 1U : 0U, std::move(message), rebuild });
    };
    for (const MissingRecord& entry : facts.missing) {
        add("map-differs", source_file, entry.line,
            "the map does not have this entry as it is here: " + quote(entry.key, 100) + ' '
                + quote(entry.value) + " has no effect yet");
    }
    // The facts have a few examples only, so that a map of a million differences does not make a
    // million findings.
    if (facts.missing_count > facts.missing.size()) {
        add("map-differs", source_file, 0,
            "and "
                + count_of(facts.missing_count - facts.missing.size(),
                    "more entry that the map does not have",
                    "more entries that the map does not have"));
    }
    if (facts.capital_count > 0) {
        add("map-unfolded", facts.map_file, 0,
            count_of(facts.capital_count, "key is", "keys are")
                + " in capital letters: smtpd asks in small ones and finds none of them. "
                  "postmap -f makes such maps, and plain postmap where an lmdb map outgrows "
                  "lmdb_map_size");
    }
    for (const std::string& record : facts.extra) {
        const std::size_t tab = std::min(record.find('\t'), record.size());
        add("map-differs", facts.map_file, 0,
            "the map has " + quote(record.substr(0, tab), 100) + ' '
                + quote(record.substr(std::min(tab + 1, record.size())))
                + ", which the source does not have so: that client can still relay");
    }
    if (facts.extra_count > facts.extra.size()) {
        add("map-differs", facts.map_file, 0,
            "and "
                + count_of(facts.extra_count - facts.extra.size(),
                    "more record that the source does not have",
                    "more records that the source does not have"));
    }
    return result;
}

} // namespace

std::vector<Finding> audit_map(const MapFacts& facts, const Repair& repair)
{
    std::string rebuild = repair.relayctl("rebuild", facts.table.to_string());
    if (!facts.size_setting.empty() && !rebuild.empty()) {
        rebuild.insert(
            0, repair.complete(Hint("", { "postconf", "-e", facts.size_setting })) + " && ");
    }
    return facts.condition == MapCondition::readable ? audit_content(facts, rebuild)
                                                     : std::vector{ audit_obstacle(facts, repair) };
}

} // namespace relayctl
