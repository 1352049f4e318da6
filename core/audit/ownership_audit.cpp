#include "core/audit/ownership_audit.hpp"

#include "core/base/text.hpp"

namespace relayctl {

namespace {

// A file that group root may write is as safe as root.
bool writable_by_others(const struct stat& status)
{
    return (status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0);
}

std::string mode_of(const struct stat& status)
{
    std::string digits = "0000";
    for (int i = 0; i < 4; ++i) {
        digits[static_cast<std::size_t>(3 - i)] = static_cast<char>('0' + ((status.st_mode >> (3 * i)) & 7));
    }
    return digits;
}

} // namespace

std::vector<Finding> audit_ownership(const OwnershipFacts& facts)
{
    std::vector<Finding> findings;
    const auto add = [&](Severity severity, const char* id, const std::string& file, std::string message, std::string hint) {
        findings.push_back({severity, id, file, 0, 0, std::move(message), std::move(hint)});
    };
    if (facts.source && writable_by_others(*facts.source)) {
        add(Severity::error, "source-writable", facts.source_file,
            "others can write it (mode " + mode_of(*facts.source) + "): they decide who may relay",
            command_line({ "chmod", "go-w", facts.source_file }));
    }
    if (facts.map && writable_by_others(*facts.map)) {
        add(Severity::error, "map-writable", facts.map_file,
            "others can write it (mode " + mode_of(*facts.map) + "): they decide who may relay",
            command_line({ "chmod", "go-w", facts.map_file }));
    }
    if (facts.untrusted_directory) {
        add(Severity::warning, "directory-writable", facts.directory,
            *facts.untrusted_directory + ": whoever can write the directory can replace the table", "chown root and chmod go-w that directory");
    }
    if (facts.source && facts.map && facts.source->st_uid != facts.map->st_uid) {
        add(Severity::warning, "owner-differs", facts.map_file,
            "belongs to user " + std::to_string(facts.map->st_uid) + ", its source to user " + std::to_string(facts.source->st_uid)
                + ": postmap runs as the owner of the source",
            "chown the source to the right user, then relayctl rebuild");
    }
    return findings;
}

} // namespace relayctl
