// smtpd itself is started alone (-S), with a socket pair in the place of a client, and what it says
// about its configuration is read. Options behind its own keep it from logging, from delivering,
// from counting this client, and from waiting for other processes of Postfix. Services that would
// be started with the same words are tried once.
#include "core/inspect/smtpd_reading.hpp"

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/inspect/smtpd_trial.hpp"
#include "core/postfix/parameter_values.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/postfix/passwords.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

namespace relayctl {

namespace {

constexpr const char* manager_word = "tlsmgr_service_name="; // completed for each trial

// What keeps smtpd quiet besides its log. Of these smtpd itself judges a value that it cannot read:
// with such a value it ends before there would be anything to keep quiet.
const Overrides& quiet_settings()
{
    static const Overrides settings = { { "smtpd_delay_reject", "yes" },
        { "smtpd_upstream_proxy_protocol", "" }, { "smtpd_client_connection_count_limit", "0" },
        { "smtpd_client_connection_rate_limit", "0" }, { "smtpd_client_message_rate_limit", "0" },
        { "smtpd_client_recipient_rate_limit", "0" },
        { "smtpd_client_new_tls_session_rate_limit", "0" }, { "smtpd_client_auth_rate_limit", "0" },
        { "cleanup_service_name", "relayctl-none" }, { "maillog_file", "/var/log/relayctl-none" },
        { "maillog_file_prefixes", "/var" }, { "postlog_service_name", "relayctl-none" } };
    return settings;
}

// Returns where the options of the service end, as getopt() finds it.
std::size_t end_of_options(const std::vector<std::string>& words)
{
    std::size_t end = 0;
    while (
        end < words.size() && words[end].size() > 1 && words[end][0] == '-' && words[end] != "--") {
        const std::size_t option = words[end].find_first_of(smtpd_options_with_value, 1);
        // The value is the rest of the word, or the next word.
        end += option + 1 == words[end].size() ? 2 : 1;
    }
    return end;
}

// Returns the words of master.cf without the passwords in them, since ps(1) shows the words.
std::vector<std::string> words_without_passwords(const Service& service)
{
    std::vector<std::string> words = service.words;
    for (const auto& [name, value] : service.overrides) {
        for (std::string& word : words) {
            const std::size_t at
                = is_password(name) && !value.empty() ? word.rfind(value) : std::string::npos;
            if (at != std::string::npos) {
                word.erase(at, value.size());
            }
        }
    }
    return words;
}

// Returns the words that end up in smtpd: those of master.cf, with ours behind its options.
// "-D" is left out, since it runs a debugger (debugger_command).
std::vector<std::string> words_of(const ServiceFacts& facts, const Overrides& more)
{
    std::vector<std::string> words = words_without_passwords(facts.service);
    const std::size_t end = end_of_options(words);
    if (end > words.size()) {
        return words; // the last option lacks its value, which smtpd will say
    }
    // They stand behind the options of master.cf, since the last one of a name counts.
    std::vector<std::string> ours;
    const auto add = [&](const Overrides& overrides) {
        for (const auto& [name, value] : overrides) {
            // A faulty value is what smtpd is to complain of, so it is not covered up.
            if (!value_problem(name, facts.parameter(name))) {
                ours.insert(ours.end(), { "-o", name + '=' + value });
            }
        }
    };
    add(more);
    add(quiet_settings());
    ours.insert(ours.end(), { "-o", manager_word });
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(end), ours.begin(), ours.end());
    std::erase(words, "-D");
    return words;
}

// Returns the tables of all parameters that are asked through proxymap(8), without it.
Overrides without_proxymap(const std::map<std::string, std::string>& parameters)
{
    constexpr std::string_view proxy = "proxy:";
    Overrides overrides;
    for (const auto& [name, value] : parameters) {
        if (value.find(proxy) == std::string::npos || name.starts_with("proxy_")) {
            continue;
        }
        std::string direct;
        for (std::size_t at = 0; at < value.size(); ++at) {
            // The word must begin a table's name; the same letters in the middle of a path are left
            // alone.
            const bool begins = at == 0 || is_blank(value[at - 1]) || value[at - 1] == ','
                || value[at - 1] == '{';
            if (begins && value.compare(at, proxy.size(), proxy) == 0) {
                at += proxy.size() - 1;
            } else {
                direct += value[at];
            }
        }
        overrides.emplace_back(name, direct);
    }
    return overrides;
}

// Returns why root does not run the smtpd of this Postfix; empty if it does.
std::string why_not(const PostfixTools& tools, const std::string& program)
{
    if (::geteuid() != 0) {
        return "only root can ask smtpd what it says of its configuration, so it was not asked";
    }
    const std::string directory = tools.config_directory();
    for (const std::string& file : { tools.main_cf(), directory + "/master.cf", program }) {
        if (const auto weak = weak_for_root(file)) {
            return "smtpd was not asked what it says of its configuration, because "
                + weak->to_string();
        }
    }
    return ::access(program.c_str(), X_OK) == 0 ? "" : escape(program) + " cannot be run";
}

// Returns the program with the words that come before those of master.cf.
std::vector<std::string> command_of(
    const PostfixTools& tools, const std::string& program, const ServiceFacts& facts)
{
    // Postfix's daemons take the directory of main.cf from the environment only.
    std::vector<std::string> command = { "/usr/bin/env", "POSTLOG_SERVICE=/relayctl-none" };
    if (!tools.is_default_instance()) {
        command.push_back("MAIL_CONFIG=" + tools.config_directory());
    }
    const std::string& name = facts.service.name;
    command.insert(
        command.end(), { program, "-V", "-S", "-u", "-n", name.substr(0, name.rfind('/')) });
    if (facts.service.chroot) {
        command.emplace_back("-c");
    }
    return command;
}

} // namespace

void read_by_smtpd(Postfix& postfix, std::vector<ServiceFacts>& services, const Overrides& assumed)
{
    if (services.empty()) {
        return;
    }
    const std::string program = services.front().parameter("daemon_directory") + "/smtpd";
    if (const std::string reason = why_not(postfix.tools(), program); !reason.empty()) {
        for (ServiceFacts& facts : services) {
            facts.reading.emplace().unasked = reason;
        }
        return;
    }
    const bool is_stopped = postfix.is_running() == std::optional(false);
    std::map<std::vector<std::string>, std::vector<ServiceFacts*>> alike; // by their words
    for (ServiceFacts& facts : services) {
        Overrides more;
        // Without a running proxymap smtpd would wait for it, so it asks the tables itself.
        if (is_stopped) {
            Overrides overrides = facts.service.overrides;
            overrides.insert(overrides.end(), assumed.begin(), assumed.end());
            more = without_proxymap(postfix.effective({}, overrides));
        }
        more.insert(more.end(), assumed.begin(), assumed.end());
        auto words = words_of(facts, more);
        words.emplace_back(facts.service.chroot ? "chroot" : "");
        alike[std::move(words)].push_back(&facts);
    }
    using Group = std::pair<const std::vector<std::string>, std::vector<ServiceFacts*>>;
    std::vector<const Group*> groups;
    std::transform(alike.begin(), alike.end(), std::back_inserter(groups),
        [](const Group& group) { return &group; });
    in_parallel(
        groups.size(),
        [&](std::size_t i) {
            const auto& [words, group] = *groups[i];
            const ServiceFacts& first = *group.front();
            TlsmgrStandIn tlsmgr(version_is_at_least(first.parameter("mail_version"), 3, 6));
            const std::string manager = tlsmgr.service_name(first.parameter("queue_directory"));
            auto command = command_of(postfix.tools(), program, first);
            command.insert(command.end(), words.begin(), words.end() - 1);
            std::replace(command.begin(), command.end(), std::string(manager_word),
                "tlsmgr_service_name=" + (manager.empty() ? "tlsmgr" : manager));
            const ReadingFacts reading
                = try_smtpd(command, tlsmgr, first.is_on("smtpd_tls_wrappermode"));
            for (ServiceFacts* facts : group) {
                facts->reading = reading;
            }
        },
        1);
}

} // namespace relayctl
