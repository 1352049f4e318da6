#include "core/operations/client_settings.hpp"

#include "core/base/text.hpp"
#include "core/operations/mail_program_texts.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace relayctl {
namespace {

constexpr std::string_view gnutls
    = "# GnuTLS, with which Debian builds it, sends no certificate to a server that names CAs, "
      "unless\n"
      "# one of them has signed it: smtpd_tls_CAfile must be empty there.\n";

// Fills the templates for one client.
class Template {
public:
    explicit Template(const ClientSettings& settings);

    // Returns the text with the lines whose conditions hold, and the values in them. "{+}" at the
    // end of a line joins the next one to it.
    std::string fill(std::string_view text) const;

private:
    bool hold_conditions(std::string_view& line) const;
    std::string fill_line(std::string_view line) const;

    std::map<std::string, bool, std::less<>> conditions_;
    std::map<std::string, std::string, std::less<>> values_;
};

std::string python_string(const std::string& text)
{
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return out + '"';
}

Template::Template(const ClientSettings& settings)
{
    const bool pinned = !settings.server_fingerprint.empty();
    const bool wrapped = settings.from_the_start;
    conditions_ = { { "pinned", pinned }, { "trusted", !pinned }, { "wrapped", wrapped },
        { "starttls", !wrapped } };

    const std::string port = std::to_string(settings.port);
    const bool is_ipv6 = settings.server.find(':') != std::string::npos;
    std::string digits = settings.server_fingerprint;
    std::erase(digits, ':');
    values_ = { { "host", settings.host }, { "server", settings.server }, { "port", port },
        { "address", (is_ipv6 ? "[" + settings.server + "]" : settings.server) + ":" + port },
        { "cert", command_line({ file_operand(settings.certificate_file) }) },
        { "key", command_line({ file_operand(settings.key_file) }) }, { "p12", settings.p12_file },
        { "cert_in_python", python_string(settings.certificate_file) },
        { "key_in_python", python_string(settings.key_file) },
        { "fingerprint", settings.server_fingerprint }, { "fingerprint_hex", digits },
        { "fingerprint_lower", to_lower(digits) }, { "recipient", "someone@example.org" },
        { "starttls_option", wrapped ? "" : " -starttls smtp" },
        { "tls_word", wrapped ? "tls" : "starttls" }, { "yes_if_wrapped", wrapped ? "yes" : "no" },
        { "swaks_tls", wrapped ? "--tls-on-connect" : "--tls" },
        { "curl_scheme", wrapped ? "smtps" : "smtp" } };
}

// Takes the conditions from the beginning of the line. Returns true if all of them hold.
bool Template::hold_conditions(std::string_view& line) const
{
    bool hold = true;
    while (line.starts_with('{')) {
        const auto condition = conditions_.find(line.substr(1, line.find('}') - 1));
        if (condition == conditions_.end()) {
            break;
        }
        hold = hold && condition->second;
        line.remove_prefix(condition->first.size() + 2);
    }
    return hold;
}

std::string Template::fill_line(std::string_view line) const
{
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t end = line.find('}', at);
        const auto value = line[at] == '{' && end != std::string_view::npos
            ? values_.find(line.substr(at + 1, end - at - 1))
            : values_.end();
        if (value == values_.end()) {
            out += line[at++]; // a brace of the program's own
        } else {
            out += value->second;
            at = end + 1;
        }
    }
    return out;
}

std::string Template::fill(std::string_view text) const
{
    std::string out;
    for (std::string_view line : split_lines(text.substr(text.starts_with('\n') ? 1 : 0))) {
        if (!hold_conditions(line)) {
            continue;
        }
        if (line == "{fetch}") {
            out += fill(fetch_server_certificate());
        } else if (line == "{gnutls}") {
            out += gnutls;
        } else if (line.ends_with("{+}")) {
            out += fill_line(line.substr(0, line.size() - 3));
        } else {
            out += fill_line(line) + "\n";
        }
    }
    return out;
}

} // namespace

const std::vector<std::string>& mail_programs()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const MailProgram& program : mail_program_texts()) {
            all.emplace_back(program.name);
        }
        return all;
    }();
    return names;
}

std::string client_settings(const ClientSettings& settings, const std::string& program)
{
    const auto& all = mail_program_texts();
    const auto found = std::ranges::find(all, program, &MailProgram::name);
    if (found == all.end()) {
        throw std::invalid_argument("no settings for the mail program " + program);
    }
    const bool has_another = settings.from_the_start && !found->text_for_tls_from_the_start.empty();
    return Template(settings).fill(has_another ? found->text_for_tls_from_the_start : found->text);
}

} // namespace relayctl
