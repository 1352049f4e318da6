// Every command that a message shows is built here, so that all of them name the instance, the
// table and the digest that the user chose, and are quoted for the shells. A command is shown whole
// or not at all: half of a repair would look as if it had helped.
#include "core/audit/repair.hpp"

#include "core/base/text.hpp"
#include "core/table/host.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

std::string Repair::directory() const
{
    return config_directory_.empty() ? "" : " -c " + shell_quote(config_directory_);
}

std::string Repair::program(const std::string& name) const
{
    return (postfix_directory_.empty() ? name : shell_quote(postfix_directory_ + '/' + name))
        + directory();
}

namespace {

// The value as "postconf -P" takes it, which allows no blanks (observed); in lists a comma does as
// well. Empty with blanks within braces, where it does not.
std::string without_blanks(const std::string& value)
{
    const std::string_view text = trim(value);
    if (text.find('{') != std::string_view::npos
        && std::any_of(text.begin(), text.end(), is_blank)) {
        return "";
    }
    std::string out;
    for (const char c : text) {
        if (!is_blank(c)) {
            out += c;
        } else if (!out.empty() && out.back() != ',') {
            out += ',';
        }
    }
    return out;
}

// "FIRST && SECOND", where either may be missing.
void append_command(std::string& command, const std::string& next)
{
    command += (command.empty() || next.empty() ? "" : " && ") + next;
}

} // namespace

// One parameter as a word of "postconf -e", quoted for the shell. proxy_read_maps is a long list of
// $names, which a fixed value would replace by what they mean today, so the command reads the list
// as it stands.
std::string Repair::in_main_cf(const ServiceFacts& facts, const Setting& setting) const
{
    const auto& [name, value] = setting;
    const std::string& before = facts.parameter(name);
    if (!is_pasteable(value)) {
        return "";
    }
    // The shell reads the list at the moment when the command runs.
    if (name == "proxy_read_maps" && value.starts_with(before)) {
        // The list as it stands there, with its $names.
        return '"' + name + " = $(" + program("postconf") + " -h " + name + ")\""
            + shell_quote(' ' + std::string(trim(value.substr(before.size()))));
    }
    return shell_quote(name + " = " + value);
}

namespace {

// One override as a word of "postconf -P": SERVICE/TYPE/NAME=VALUE. Empty where postconf or the
// shell cannot take the value.
std::string in_master_cf(const ServiceFacts& facts, const Setting& setting)
{
    const std::string value = without_blanks(setting.value);
    // An override in master.cf cannot have blanks in its value, and not every value can do without.
    const bool is_lost = value.empty() && !setting.value.empty();
    // Where smtpd does not understand the line, another option does not help.
    return is_lost || !is_pasteable(value) || !facts.service.stray_words.empty()
        ? ""
        : shell_quote(facts.service.name + '/' + setting.name + '=' + value);
}

} // namespace

std::string Repair::set(const std::vector<ServiceSettings>& services) const
{
    std::vector<std::string> main_words;
    std::vector<std::string> master_words;
    for (const auto& [facts, settings] : services) {
        for (const Setting& setting : settings) {
            const bool in_master = is_overridden(facts, setting.name);
            const std::string word
                = in_master ? in_master_cf(facts, setting) : in_main_cf(facts, setting);
            auto& words = in_master ? master_words : main_words;
            // One setting that no command can make makes the whole command useless: half of a
            // repair leaves the client out all the same.
            if (word.empty()) {
                return "";
            }
            // Several services share main.cf, so the same setting may come once for each of them.
            if (std::find(words.begin(), words.end(), word) == words.end()) {
                words.push_back(word);
            }
        }
    }
    const std::string postconf = program("postconf");
    std::string command = main_words.empty() ? "" : postconf + " -e " + join(main_words, " ");
    append_command(
        command, master_words.empty() ? "" : postconf + " -P " + join(master_words, " "));
    append_command(command, command.empty() ? "" : reload());
    return command;
}

std::string Repair::set(const ServiceFacts& facts, const std::vector<Setting>& settings) const
{
    return set({ { facts, settings } });
}

std::string Repair::set(
    const ServiceFacts& facts, const std::string& name, const std::string& value) const
{
    return set(facts, { Setting{ name, value } });
}

std::string Repair::mend(const ServiceFacts& facts, const Mending& mending) const
{
    std::string command;
    for (const std::string& first : mending.first) {
        if (first.empty()) {
            return "";
        }
        append_command(command, first);
    }
    if (mending.enables_tls) {
        if (!can_enable_tls(facts)) {
            return "";
        }
        append_command(command, postfix("tls enable-server"));
    }
    const std::string settings = set(facts, mending.settings);
    if (settings.empty() && !mending.settings.empty()) {
        return "";
    }
    // smtpd reads its parameters when it starts; "postfix reload" is the last step in any case.
    // set() brings a reload of its own.
    append_command(command, settings.empty() && mending.enables_tls ? reload() : settings);
    return command;
}

namespace {

// For settings that no command can make.
std::string mending_in_words(const ServiceFacts& facts, const std::vector<Setting>& settings)
{
    std::vector<std::string> said;
    for (const auto& [name, value] : settings) {
        const bool in_master = is_overridden(facts, name);
        said.push_back(
            (in_master ? "let the -o of " + escape(facts.service.name) + " in master.cf be "
                       : "set ")
            + name + " = " + quote(value, 1000));
    }
    return said.empty() ? "" : join(said, ", ") + ", then reload Postfix";
}

} // namespace

Finding Repair::with_mending(const ServiceFacts& facts, Finding found, Mending mending) const
{
    const std::string command = mend(facts, mending);
    if (!command.empty()) {
        found.hint = command;
    } else if (found.hint.empty()) {
        found.hint = mending_in_words(facts, mending.settings);
    }
    found.mending = std::move(mending);
    return found;
}

Finding Repair::with_settings(
    const ServiceFacts& facts, Finding found, std::vector<Setting> settings) const
{
    return with_mending(facts, std::move(found), { {}, false, std::move(settings) });
}

std::string Repair::relayctl(
    std::string_view words, const std::string& table, std::string_view options) const
{
    // Without words there is no command, and a table with a name that no shell takes cannot be
    // named.
    if (words.empty() || (!table.empty() && !is_pasteable(table))) {
        return "";
    }
    std::string command = "relayctl" + directory();
    command += postfix_directory_.empty() ? "" : " --postfix " + shell_quote(postfix_directory_);
    command += ' ' + std::string(words);
    command += table.empty() ? "" : " -t " + shell_quote(table);
    command += digest_.empty() ? "" : " -d " + shell_quote(digest_);
    return options.empty() ? command : command + ' ' + std::string(options);
}

std::string Repair::typed_again(
    std::vector<std::string> words, const std::string& table, const std::string& service) const
{
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) {
            words.insert(words.end(), { option, value });
        }
    };
    words.insert(words.begin(), "relayctl");
    if (!config_directory_.empty()) {
        words.insert(words.begin() + 1, { "-c", config_directory_ });
    }
    if (!postfix_directory_.empty()) {
        words.insert(words.begin() + 1, { "--postfix", postfix_directory_ });
    }
    add("-t", table);
    add("--service", service);
    add("-d", digest_);
    return command_line(words);
}

std::string Repair::complete(const Hint& hint) const
{
    if (hint.command.empty()) {
        return hint.before;
    }
    const std::string& program = hint.command.front();
    const std::vector<std::string> arguments(hint.command.begin() + 1, hint.command.end());
    const std::string words = command_line(arguments);
    // A hint for relayctl gets the options that were typed; one for a tool of Postfix gets only its
    // configuration directory.
    const std::string command = words.empty() ? ""
        : program == "relayctl"               ? typed_again(arguments, hint.table, "")
                                              : this->program(program) + ' ' + words;
    return command.empty() ? "" : hint.before + command;
}

std::string words_for_host(const std::string& host)
{
    if (!problem_with_host(host)) {
        return command_line({ host });
    }
    // A label that begins with '-' must stand behind '=', or it would be read as an option.
    return host.starts_with('-') ? command_line({ "--label=" + host })
                                 : command_line({ "--label", host });
}

bool can_enable_tls(const ServiceFacts& facts)
{
    static constexpr std::array<std::string_view, 6> decisive
        = { "smtpd_use_tls", "smtpd_enforce_tls", "smtpd_tls_security_level", "smtpd_tls_cert_file",
              "smtpd_tls_dcert_file", "smtpd_tls_eccert_file" };
    return std::all_of(decisive.begin(), decisive.end(), [&](std::string_view name) {
        const std::string& value = facts.parameter(std::string(name));
        return (value.empty() || value == "no") && !is_overridden(facts, std::string(name));
    });
}

} // namespace relayctl
