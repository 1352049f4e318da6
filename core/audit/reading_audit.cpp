// smtpd says in its own words what it cannot use. These words are shown as they are, and beside
// them the line of main.cf or master.cf that they are about is looked for: by the name of a
// parameter in the message, or by its value. If smtpd could not be asked, its values are judged by
// the rules of Postfix instead.
#include "core/audit/reading_audit.hpp"

#include "core/audit/table_finding.hpp"
#include "core/base/text.hpp"
#include "core/postfix/parameter_values.hpp"
#include "core/postfix/parse_output.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace relayctl {

namespace {

// Returns true for a character of the name of a parameter.
bool is_name_letter(char c)
{
    return is_alpha(c) || is_digit(c) || c == '_';
}

// The words of a message that may be names of parameters, in their order.
std::vector<std::string> names_in(std::string_view message)
{
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin < message.size();) {
        std::size_t end = begin;
        while (end < message.size() && is_name_letter(message[end])) {
            ++end;
        }
        if (end > begin) {
            names.emplace_back(message.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return names;
}

// What stands between the first two quotes of a message.
std::string quoted_in(std::string_view message)
{
    const std::size_t begin = message.find('"');
    const std::size_t end = begin == std::string_view::npos ? begin : message.find('"', begin + 1);
    return end == std::string_view::npos ? ""
                                         : std::string(message.substr(begin + 1, end - begin - 1));
}

// Returns true if the setting is about TLS and has the value that smtpd quotes, or a file that it
// names.
bool has_value_in(const WrittenSetting& setting, const std::string& message)
{
    const std::string quoted = quoted_in(message);
    const auto words = split_list(setting.value);
    return setting.name.find("tls") != std::string::npos && !setting.value.empty()
        && ((setting.value.front() == '/' && message.find(setting.value) != std::string::npos)
            || setting.value == quoted
            || std::find(words.begin(), words.end(), quoted) != words.end());
}

// Returns the setting of which smtpd speaks, or null: the one that it names, or else one of TLS
// that has the value in its message.
const WrittenSetting* setting_in(const std::string& message, const ServiceFacts& facts)
{
    auto names = names_in(message);
    if (message.find("error setting cipher grade") != std::string::npos) { // nothing is left of it
        names.insert(names.end(),
            { "smtpd_tls_exclude_ciphers", "smtpd_tls_mandatory_exclude_ciphers",
                "tls_" + quoted_in(message) + "_cipherlist" });
    }
    for (const std::string& name : names) {
        if (const WrittenSetting* setting = find_setting(facts.written, name)) {
            return setting;
        }
    }
    const auto found = std::find_if(facts.written.begin(), facts.written.end(),
        [&](const WrittenSetting& setting) { return has_value_in(setting, message); });
    return found == facts.written.end() ? nullptr : &*found;
}

// Changes the transport of one service by what its smtpd said.
class ReadingJudge {
public:
    ReadingJudge(
        Transport& transport, bool wants_tls, const ServiceFacts& facts, const Repair& repair)
        : transport_(transport)
        , wants_tls_(wants_tls)
        , facts_(facts)
        , repair_(repair)
    {
    }

    void run()
    {
        const ReadingFacts reading = facts_.reading.value_or(ReadingFacts());
        if (transport_.starts) {
            judge_end(reading);
        }
        if (!transport_.starts || !wants_tls_) {
            return;
        }
        if (reading.begins_tls) {
            trust_handshake();
        } else if (transport_.encrypts && !reading.no_tls.empty() && reading.tls_unasked.empty()) {
            refuse_tls(reading.no_tls, setting_in(reading.no_tls, facts_));
        } else if (transport_.encrypts) {
            judge_tls_values();
        }
    }

private:
    // Judges whether smtpd serves at all. One of these reasons is enough.
    void judge_end(const ReadingFacts& reading)
    {
        const std::string& disabled = facts_.parameter("master_service_disable");
        if (is_disabled(facts_.service.name, disabled)) {
            transport_.starts = false;
            transport_.problems.insert(transport_.problems.begin(),
                finding(Severity::error, "service-disabled",
                    "master_service_disable = " + quote(disabled) + " turns this service off",
                    "take it out of master_service_disable, then reload Postfix"));
        } else if (!reading.fatal.empty()) {
            refuse(reading.fatal, setting_in(reading.fatal, facts_));
        } else if (!facts_.reading || !reading.unasked.empty()) {
            judge_values();
        } else if (!reading.no_milter.empty()) {
            judge_milter(reading.no_milter);
        }
    }

    // Without the milter smtpd does what milter_default_action says, but for a milter that has an
    // action of its own.
    void judge_milter(const std::string& words)
    {
        const std::string& action = facts_.parameter("milter_default_action");
        const bool refuses = equal_ignoring_case(action, "tempfail")
            || equal_ignoring_case(action, "reject") || equal_ignoring_case(action, "shutdown");
        if (refuses
            && facts_.parameter("smtpd_milters").find("default_action") == std::string::npos) {
            transport_.starts = false;
            transport_.problems.insert(transport_.problems.begin(),
                finding(Severity::error, "milter-unreachable",
                    "a milter cannot be reached, and milter_default_action = " + quote(action)
                        + " refuses all mail then: " + words,
                    "start the milter, or correct smtpd_milters"));
        }
    }

    // Of whom nobody asked smtpd: the values that it surely cannot read.
    void judge_values()
    {
        for (const WrittenSetting& setting : facts_.written) {
            const auto effective = facts_.service.parameters.find(setting.name);
            const bool is_known = effective != facts_.service.parameters.end();
            // What its $names stand for is not known.
            if (!is_known && setting.value.find('$') != std::string::npos) {
                continue;
            }
            const std::string& value = is_known ? effective->second : setting.value;
            if (const auto problem = value_problem(setting.name, value)) {
                refuse(setting.name + " = " + quote(value) + ' ' + *problem, &setting);
                return;
            }
        }
    }

    // Nothing was heard of TLS, so its two lists of words are judged by the rules of Postfix.
    void judge_tls_values()
    {
        const std::string kind = transport_.enforces ? "mandatory_" : "";
        for (const char* what : { "protocols", "ciphers" }) {
            const std::string name = "smtpd_tls_" + kind + what;
            const WrittenSetting* setting = find_setting(facts_.written, name);
            const bool is_literal
                = setting != nullptr && setting->value.find('$') == std::string::npos;
            const auto problem = is_literal
                ? tls_value_problem(what, setting->value, facts_.parameter("mail_version"))
                : std::nullopt;
            if (problem) {
                refuse_tls(name + " = " + quote(setting->value) + ": " + *problem, setting);
                return;
            }
        }
    }

    // TLS came up, so what the configuration seemed to lack for it is there.
    void trust_handshake()
    {
        constexpr std::array<std::string_view, 4> ids = { "digest-unknown",
            "tls-certificate-broken", "tls-authorities-broken", "tls-no-certificate" };
        std::erase_if(transport_.problems, [&](const Finding& problem) {
            return std::find(ids.begin(), ids.end(), problem.id) != ids.end();
        });
        transport_.encrypts = true;
    }

    // Makes it a service that does not start, because of these words. setting: what they are about,
    // or null.
    void refuse(const std::string& words, const WrittenSetting* setting)
    {
        transport_.starts = false;
        transport_.encrypts = false;
        add(finding(Severity::error, "smtpd-refuses",
                "smtpd ends with a fatal error: " + words + place(setting), ""),
            setting);
    }

    // Makes it a service without TLS, likewise.
    void refuse_tls(const std::string& words, const WrittenSetting* setting)
    {
        transport_.encrypts = false;
        add(finding(Severity::error, "tls-disabled",
                "smtpd offers no TLS: " + words + place(setting), ""),
            setting);
    }

    // Returns where the setting stands, for the end of a sentence.
    static std::string place(const WrittenSetting* setting)
    {
        return setting == nullptr
            ? ""
            : " (" + escape(setting->file) + ", line " + std::to_string(setting->line) + ")";
    }

    // Puts the problem in front of those that relayctl has found itself: smtpd's own words come
    // first.
    void add(Finding problem, const WrittenSetting* setting)
    {
        const std::string meant
            = setting == nullptr ? "" : meant_value(setting->name, setting->value);
        if (setting != nullptr) {
            problem.file = setting->file;
            problem.line = static_cast<std::uint32_t>(setting->line);
        }
        if (!meant.empty()) {
            problem
                = repair_.with_settings(facts_, std::move(problem), { { setting->name, meant } });
        } else {
            problem.hint = setting == nullptr
                ? "mend what smtpd complains of, then reload Postfix; the mail log has its words"
                : "mend the value of " + setting->name + words_about(setting->value)
                    + ", then reload Postfix; postconf(5) says which values it takes";
        }
        transport_.problems.insert(transport_.problems.begin(), std::move(problem));
    }

    // Names a mistake that people often make in main.cf, if the value looks like it.
    static std::string words_about(const std::string& value)
    {
        return value.find('#') != std::string::npos
            ? " (a comment cannot stand behind a value, only on a line of its own)"
            : value.find(" = ") != std::string::npos ? " (it has two settings on one line)"
                                                     : "";
    }

    Transport& transport_;
    bool wants_tls_;
    const ServiceFacts& facts_;
    const Repair& repair_;
};

} // namespace

void follow_reading(
    Transport& transport, bool wants_tls, const ServiceFacts& facts, const Repair& repair)
{
    ReadingJudge(transport, wants_tls, facts, repair).run();
}

std::vector<Finding> remarks_of_smtpd(const ServiceFacts& facts)
{
    std::vector<Finding> found;
    if (!facts.reading) {
        return found;
    }
    const ReadingFacts& reading = *facts.reading;
    for (const std::string& warning : reading.warnings) {
        if (is_about_type("warning: " + warning)) {
            continue; // audit_berkeley() says it, with the way out
        }
        Finding remark = finding(Severity::note, "smtpd-warns", "smtpd warns: " + warning, "");
        if (const WrittenSetting* setting = setting_in(warning, facts)) {
            remark.file = setting->file;
            remark.line = static_cast<std::uint32_t>(setting->line);
        }
        found.push_back(std::move(remark));
    }
    if (!reading.unasked.empty()) {
        found.push_back(finding(Severity::note, "smtpd-unasked",
            reading.unasked + "; relayctl judges by its own rules", ""));
    }
    return found;
}

std::vector<Finding> audit_unknown_parameters(const ServiceFacts& facts)
{
    std::vector<Finding> found;
    for (const std::string& text : facts.unused) {
        const std::string name = text.substr(0, text.find('='));
        const std::string meant = meant_parameter(name);
        const WrittenSetting* setting = find_setting(facts.written, name);
        // Parameters of the user's own, for other programs, are no finding.
        if (meant.empty() || setting == nullptr) {
            continue;
        }
        Finding problem = finding(Severity::warning, "parameter-unknown",
            "Postfix has no parameter " + quote(name) + ", and nothing reads it; did you mean "
                + meant + "?",
            "write " + meant + " in its place, then reload Postfix");
        problem.file = setting->file;
        problem.line = static_cast<std::uint32_t>(setting->line);
        found.push_back(std::move(problem));
    }
    return found;
}

} // namespace relayctl
