#include "core/postfix/parse_output.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace relayctl {

namespace {

// A line of postconf.
struct Assignment {
    std::string_view name;
    std::string_view value;
};

// Splits "name = value", where the value may be empty. Returns false for other lines.
bool split_assignment(std::string_view line, Assignment& assignment)
{
    const std::size_t equals = line.find(" =");
    if (equals == std::string_view::npos || equals == 0) {
        return false;
    }
    assignment.name = line.substr(0, equals);
    assignment.value = trim(line.substr(equals + 2));
    return true;
}

// Returns the first three numbers; those that are missing are 0. "3.9-20240101" has no third one.
std::array<int, 3> version_numbers(std::string_view version)
{
    std::array<int, 3> numbers{};
    const char* at = version.data();
    const char* end = at + version.size();
    for (int& number : numbers) {
        at = std::from_chars(at, end, number).ptr;
        if (at == end || *at != '.') {
            break;
        }
        ++at;
    }
    return numbers;
}

} // namespace

std::map<std::string, std::string> parse_parameters(std::string_view out)
{
    std::map<std::string, std::string> parameters;
    for (const std::string_view line : split_lines(out)) {
        Assignment assignment;
        if (split_assignment(line, assignment)) {
            parameters[std::string(assignment.name)] = std::string(assignment.value);
        }
    }
    return parameters;
}

std::string value_of(const std::map<std::string, std::string>& parameters, const std::string& name)
{
    const auto found = parameters.find(name);
    return found == parameters.end() ? "" : found->second;
}

std::vector<std::string> parse_messages(std::string_view err)
{
    std::vector<std::string> messages;
    for (std::string_view line : split_lines(err)) {
        // postmap names itself by its base name, postconf as it was called.
        const std::size_t colon = line.find(": ");
        const std::string_view program = line.substr(0, std::min(colon, line.size()));
        const std::string_view name
            = program.substr(std::min(program.rfind('/') + 1, program.size()));
        if (colon != std::string_view::npos
            && (name == "postmap" || name == "postconf" || name == "postfix")) {
            line.remove_prefix(program.size() + 2);
        }
        if (!trim(line).empty()) {
            messages.emplace_back(trim(line));
        }
    }
    return messages;
}

bool is_about_type(std::string_view message) noexcept
{
    return message.starts_with("redirecting hash:") || message.starts_with("redirecting btree:")
        || (message.starts_with("warning: ")
            && message.ends_with(
                ": hash/btree support is deprecated.  Please switch to cdb or lmdb."))
        || (message.starts_with("warning: See ")
            && message.ends_with("/NON_BERKELEYDB_README.gz for more info."));
}

bool is_about_missing_berkeley_db(std::string_view message) noexcept
{
    return message.find("Berkeley DB support for '") != std::string_view::npos;
}

bool is_fatal(std::string_view message) noexcept
{
    return message.starts_with("fatal: ") || message.starts_with("panic: ");
}

bool version_is_at_least(std::string_view version, int major, int minor)
{
    const auto [have_major, have_minor, patch] = version_numbers(version);
    return std::tie(have_major, have_minor) >= std::tie(major, minor);
}

bool has_fix(std::string_view version, std::initializer_list<FixedRelease> branches)
{
    const auto [major, minor, patch] = version_numbers(version);
    bool is_newer_than_all = true;
    for (const FixedRelease& first : branches) {
        if (major == first.major && minor == first.minor) {
            return patch >= first.patch;
        }
        is_newer_than_all = std::tie(major, minor) > std::tie(first.major, first.minor);
    }
    return is_newer_than_all;
}

} // namespace relayctl
