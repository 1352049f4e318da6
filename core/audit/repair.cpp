#include "core/audit/repair.hpp"

#include "core/base/text.hpp"
#include "core/table/host.hpp"

#include <algorithm>

namespace relayctl {

std::string Repair::directory() const
{
    return config_directory_.empty() ? "" : " -c " + shell_quote(config_directory_);
}

namespace {

// Observed: "postconf -P" takes no blanks in a value. In lists a comma does as well.
std::string without_blanks(const std::string& value)
{
    std::string out;
    for (const char c : trim(value)) {
        if (!is_blank(c)) {
            out += c;
        } else if (!out.empty() && out.back() != ',') {
            out += ',';
        }
    }
    return out;
}

} // namespace

std::string Repair::set(
    const ServiceFacts& facts, const std::string& name, const std::string& value) const
{
    const auto& overrides = facts.service.overrides;
    const bool in_master = std::any_of(
        overrides.begin(), overrides.end(), [&](const auto& o) { return o.first == name; });
    if (!is_pasteable(value)) {
        return "";
    }
    const std::string assignment = in_master
        ? "-P " + shell_quote(facts.service.name + '/' + name + '=' + without_blanks(value))
        : "-e " + shell_quote(name + " = " + value);
    return "postconf" + directory() + ' ' + assignment + " && " + reload();
}

std::string Repair::append(
    const ServiceFacts& facts, const std::string& name, const std::string& word) const
{
    const auto& overrides = facts.service.overrides;
    if (std::any_of(
            overrides.begin(), overrides.end(), [&](const auto& o) { return o.first == name; })) {
        return set(facts, name, facts.parameter(name) + ' ' + word);
    }
    if (!is_pasteable(word)) {
        return "";
    }
    return "postconf" + directory() + " -e \"" + name + " = $(postconf" + directory() + " -h "
        + name + ") \"" + shell_quote(word) + " && " + reload();
}

std::string Repair::relayctl(
    std::string_view words, const std::string& table, std::string_view options) const
{
    if (words.empty() || (!table.empty() && !is_pasteable(table))) {
        return "";
    }
    std::string command = "relayctl" + directory() + ' ' + std::string(words)
        + (table.empty() ? "" : " -t " + shell_quote(table));
    return options.empty() ? command : command + ' ' + std::string(options);
}

std::string words_for_host(const std::string& host)
{
    if (!problem_with_host(host)) {
        return command_line({ host });
    }
    return host.starts_with('-') ? command_line({ "--label=" + host })
                                 : command_line({ "--label", host });
}

} // namespace relayctl
