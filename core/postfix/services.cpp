#include "core/postfix/services.hpp"

#include "core/base/text.hpp"
#include "core/postfix/logical_lines.hpp"

namespace relayctl {

namespace {

// Splits a line of master.cf at blanks. "{...}" is one word, with its braces.
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

// Returns what stands between the braces around a word, without blanks at either end; other words
// as they are.
std::string_view without_braces(std::string_view word)
{
    return word.size() >= 2 && word.front() == '{' && word.back() == '}'
        ? trim(word.substr(1, word.size() - 2))
        : word;
}

// Adds "name=value" or "{ name = value }" to the overrides. Ignores a word without '=', with which
// smtpd does not start.
void take_override(Service& service, std::string_view word)
{
    word = without_braces(word);
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos) {
        service.overrides.emplace_back(trim(word.substr(0, equals)), trim(word.substr(equals + 1)));
    }
}

// Takes the words behind the command apart, as getopt() does.
void take_arguments(Service& service, const std::vector<std::string_view>& words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = without_braces(words[i]);
        if (word == "--") {
            service.stray_words.assign(
                words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            break;
        }
        // Options can be bundled ("-vo name=value"); the value of one is the rest of the word, or
        // the next word.
        const std::size_t option = word.starts_with('-')
            ? word.find_first_of(smtpd_options_with_value, 1)
            : std::string_view::npos;
        if (!word.starts_with('-') || word.size() == 1) {
            service.stray_words.emplace_back(word);
            continue;
        }
        // An option without a value says nothing about parameters.
        if (option == std::string_view::npos
            || (option + 1 == word.size() && ++i == words.size())) {
            continue;
        }
        if (word[option] == 'o') {
            take_override(service, option + 1 == word.size() ? words[i] : word.substr(option + 1));
        }
    }
}

} // namespace

bool is_service_named(const std::string& service, const std::string& name)
{
    return service == name || service.substr(0, service.rfind('/')) == name;
}

bool is_disabled(const std::string& service, std::string_view patterns)
{
    const std::string type = service.substr(service.rfind('/') + 1);
    for (const std::string& word : split_list(patterns)) {
        std::string pattern = word.substr(std::min(word.find_first_not_of('!'), word.size()));
        // An even number of '!' is none.
        const bool matches = (word.size() - pattern.size()) % 2 == 0;
        if (const std::size_t dot = pattern.rfind('.');
            dot != std::string::npos && pattern.find('/') == std::string::npos) {
            pattern[dot] = '/'; // as it was written before Postfix 3.0
        }
        // A pattern of a type alone is about all services of that type.
        const bool names_all = pattern.find('/') == std::string::npos;
        if (equal_ignoring_case(names_all ? type : service, pattern)) {
            return matches;
        }
    }
    return false;
}

std::vector<Service> parse_services(std::string_view master_cf, std::string_view daemon)
{
    constexpr int fields = 8; // service type private unpriv chroot wakeup maxproc command
    std::vector<Service> services;
    for (const auto& [number, line] : logical_lines(master_cf)) {
        const auto words = words_of(line);
        const bool is_smtpd = daemon == "smtpd";
        // Only these two types of smtpd take connections from the network.
        if (words.size() < std::size_t{ fields } || words[7] != daemon
            || (is_smtpd && words[1] != "inet" && words[1] != "pass")) {
            continue;
        }
        // "-" stands for the default, which is n since Postfix 3.0 (master(5)).
        Service service{ std::string(words[0]) + '/' + std::string(words[1]), words[4] == "y", {},
            {} };
        const std::vector<std::string_view> arguments(words.begin() + fields, words.end());
        std::transform(arguments.begin(), arguments.end(), std::back_inserter(service.words),
            [](std::string_view word) { return std::string(without_braces(word)); });
        service.line = number;
        take_arguments(service, arguments);
        services.push_back(std::move(service));
    }
    return services;
}

std::vector<Service> effective_services(
    Postfix& postfix, const std::vector<std::string>& parameters)
{
    std::vector<Service> services = parse_services(postfix.master_cf());
    // postconf is asked once for each set of overrides, not once for each service.
    std::map<Overrides, std::map<std::string, std::string>> known;
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
