#include "core/audit/ownership_audit.hpp"

namespace relayctl {

std::string decides(const WeakPoint& weak)
{
    return weak.reason + ": who can write it decides who may relay";
}

std::vector<Finding> audit_ownership(const OwnershipFacts& facts)
{
    std::vector<Finding> findings;
    const auto add = [&](Severity severity, const char* id, const std::string& file,
                         std::string message, std::string hint) {
        findings.push_back({ severity, id, file, 0, 0, std::move(message), std::move(hint) });
    };
    if (facts.weak_source) {
        add(Severity::error, "source-writable", facts.source_file, decides(*facts.weak_source),
            facts.weak_source->repair);
    }
    if (facts.weak_map) {
        add(Severity::error, "map-writable", facts.map_file, decides(*facts.weak_map),
            facts.weak_map->repair);
    }
    if (facts.weak_way) {
        add(Severity::warning, "directory-writable", facts.weak_way->path,
            facts.weak_way->reason + ": whoever can write the directory can replace the table",
            facts.weak_way->repair);
    }
    // postmap run by root takes the owner of the source (postmap.c, postmap()), so a different
    // owner of the map shows that the file changed hands.
    if (facts.source && facts.map && facts.source->st_uid != facts.map->st_uid) {
        add(Severity::warning, "owner-differs", facts.map_file,
            "belongs to user " + std::to_string(facts.map->st_uid) + ", its source to user "
                + std::to_string(facts.source->st_uid)
                + ": postmap runs as the owner of the source",
            "give the source to the right user with chown, then rebuild the map");
    }
    return findings;
}

} // namespace relayctl
