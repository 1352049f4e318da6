#include "core/postfix/services.hpp"

#include "core/base/text.hpp"
#include "core/postfix/parse_output.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// The blank-separated words of a line of "postconf -M"; "{...}" is one word, its braces kept.
std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> words;
    while (!(line = trim(line)).empty()) {
        std::size_t end = 0;
        for (int depth = 0; end < line.size() && (depth > 0 || !is_blank(line[end])); ++end) {
            depth += line[end] == '{' ? 1 : line[end] == '}' && depth > 0 ? -1 : 0;
        }
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

std::string_view without_braces(std::string_view word)
{
    return word.size() >= 2 && word.front() == '{' && word.back() == '}' ? trim(word.substr(1, word.size() - 2)) : word;
}

// "name=value" or "{ name = value }".
std::pair<std::string, std::string> override_of(std::string_view word)
{
    word = without_braces(word);
    const std::size_t equals = std::min(word.find('='), word.size());
    return {std::string(trim(word.substr(0, equals))), std::string(trim(word.substr(std::min(equals + 1, word.size()))))};
}

// "postconf -M" (3.7) writes "-oname=hash:/postfix" as "-o name=hash:/p -o stfix". smtpd does not start with an override that has no
// '=', so such a word is the rest of the one before.
void take_override(Service& service, std::string_view word)
{
    if (word.find('=') == std::string_view::npos && !service.overrides.empty()) {
        service.overrides.back().second += 'o' + std::string(word);
    } else {
        service.overrides.push_back(override_of(word));
    }
}

} // namespace

bool is_service_named(const std::string& service, const std::string& name)
{
    return service == name || service.substr(0, service.rfind('/')) == name;
}

std::vector<Service> parse_services(std::string_view out)
{
    constexpr std::string_view options_with_value = "imnost"; // of smtpd, as getopt() takes them (single_server.c): "-vo name=value"
    constexpr std::size_t fields = 8; // service type private unpriv chroot wakeup maxproc command
    std::vector<Service> services;
    for (const std::string_view line : split_lines(out)) {
        const auto words = words_of(line);
        if (words.size() < fields || words[7] != "smtpd" || (words[1] != "inet" && words[1] != "pass")) {
            continue;
        }
        // chroot "-" is the compiled default, n since Postfix 3.0 (master(5)).
        Service service{std::string(words[0]) + '/' + std::string(words[1]), words[4] == "y", {}, {}};
        for (std::size_t i = fields; i < words.size(); ++i) {
            const std::string_view word = without_braces(words[i]);
            const std::size_t option = word.starts_with('-') ? word.find_first_of(options_with_value, 1) : std::string_view::npos;
            if (option == std::string_view::npos || (option + 1 == word.size() && ++i == words.size())) {
                continue;
            }
            if (word[option] == 'o') {
                take_override(service, option + 1 == word.size() ? words[i] : word.substr(option + 1));
            }
        }
        services.push_back(std::move(service));
    }
    return services;
}

std::vector<Service> effective_services(Postfix& postfix, const std::vector<std::string>& parameters)
{
    std::vector<Service> services = parse_services(postfix.master_services());
    std::map<std::vector<std::pair<std::string, std::string>>, std::map<std::string, std::string>> known;
    for (Service& service : services) {
        const auto [found, is_new] = known.try_emplace(service.overrides);
        if (is_new) {
            found->second = postfix.effective(parameters, service.overrides);
        }
        service.parameters = found->second;
    }
    return services;
}

} // namespace relayctl
