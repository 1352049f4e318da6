#include "core/postfix/parse_output.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace relayctl {

namespace {

struct Assignment {
    std::string_view name;
    std::string_view value;
};

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

bool is_fatal(std::string_view message) noexcept
{
    return message.starts_with("fatal: ") || message.starts_with("panic: ");
}

bool version_is_at_least(std::string_view version, int major, int minor)
{
    int have_major = 0;
    int have_minor = 0;
    const char* end = version.data() + version.size();
    const auto first = std::from_chars(version.data(), end, have_major);
    if (first.ptr != end) {
        std::from_chars(first.ptr + 1, end, have_minor);
    }
    return have_major > major || (have_major == major && have_minor >= minor);
}

} // namespace relayctl
