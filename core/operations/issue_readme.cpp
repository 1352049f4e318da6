#include "core/operations/issue_readme.hpp"

#include "core/base/local_day.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

// What the files are, for the person who gets them.
std::string files_in_words(const IssueReadme& readme)
{
    const ClientSettings& settings = readme.settings;
    if (readme.own_key) {
        return "The server lists the key of your certificate request. Any certificate with that "
               "key relays;\nwithout a CA, make one that lasts two years, beside your key:\n\n"
               "  openssl req -new -x509 -days 730 -key key.pem -subj '/CN="
            + settings.host + "' -out cert.pem\n\nThe settings below call your files "
            + settings.certificate_file + " and " + settings.key_file + ".\n";
    }
    return "  " + settings.certificate_file + "  the certificate, until "
        + to_date(readme.not_after) + "; everybody may see it\n  " + settings.key_file
        + "   its private key: whoever has it relays as this client. Keep it at mode 0600.\n  "
        + settings.p12_file
        + "  both in one file (PKCS#12), for programs that import one; it needs the password\n"
          "      that was shown when it was made\n";
}

// How somebody finds out whether it works, before a mail program is set up.
std::string way_to_try(const ClientSettings& settings)
{
    const bool is_ipv6 = settings.server.find(':') != std::string::npos;
    const std::string server = (is_ipv6 ? '[' + settings.server + ']' : settings.server) + ':'
        + std::to_string(settings.port);
    const std::string command = command_line(
        { "relayctl", "test", settings.certificate_file, settings.key_file, server });
    return command.empty() ? ""
                           : "\nWhere relayctl is installed, this says whether the server relays "
                             "for it, and sends no mail:\n  "
            + command + '\n';
}

} // namespace

std::string readme_text(const IssueReadme& readme)
{
    const ClientSettings& settings = readme.settings;
    std::string text = "How " + settings.host + " relays mail through " + settings.server
        + ", port " + std::to_string(settings.port) + "\n\n" + files_in_words(readme)
        + "\nThe fingerprint (" + readme.digest + ") of its "
        + (readme.by_key ? "key" : "certificate") + ", by which the server knows it:\n  "
        + readme.fingerprint + "\n";
    if (!settings.server_fingerprint.empty()) {
        text += "\nThe server's certificate is signed by no CA. The settings trust this one alone, "
                "sha256:\n  "
            + settings.server_fingerprint + "\n";
    }
    if (readme.until) {
        text += "\nIt is to relay until " + end_in_words(*readme.until)
            + ": this is the end that the server's administrator has set.\n";
    }
    text += way_to_try(settings);
    if (!readme.own_key) {
        text += "\nTo renew it, the server's administrator runs: relayctl issue --rotate "
            + settings.host + '\n';
    }
    for (const std::string& program : readme.programs) {
        text += "\n\n" + client_settings(settings, program);
    }
    return text;
}

} // namespace relayctl
