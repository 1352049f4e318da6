#include "core/operations/client_host.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"
#include "core/x509/certificate_names.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

// Returns true if this names a file that holds certificates or keys.
bool is_certificate_file(const std::string& name)
{
    if (const auto status = stat_of(name); !status || !S_ISREG(status->st_mode)) {
        return false;
    }
    // Any other name may be that of a host, so only a file that can be read as one counts.
    try {
        load_certificates(name);
        return true;
    } catch (const Error&) {
        return false;
    }
}

// Returns true if a name in a certificate is that of a host: it has a dot ("laptop" and "Smith" may
// be anything), or it is a wildcard.
bool is_host_name(std::string_view name)
{
    name.remove_prefix(name.starts_with("*.") ? 2 : 0);
    return name.find('.') != std::string_view::npos && !problem_with_host(name);
}

// Returns true if the host may be the ASCII form of a name in UTF-8. Which one is not known here,
// but a label of it begins with "xn--" (RFC 5890, 2.3.2.1).
bool has_idn_label(std::string_view host)
{
    return to_lower('.' + std::string(host)).find(".xn--") != std::string::npos;
}

// How messages and the manual write the host that they do not know.
constexpr std::string_view placeholder = "HOST";

} // namespace

bool is_certificate_file_name(const std::string& name)
{
    static constexpr std::array<std::string_view, 8> endings
        = { ".pem", ".crt", ".cer", ".der", ".p12", ".pfx", ".csr", ".key" };
    const std::string lower_name = to_lower(name);
    return std::any_of(endings.begin(), endings.end(),
        [&](std::string_view ending) { return lower_name.ends_with(ending); });
}

std::optional<std::string> problem_with_new_host(const std::string& host)
{
    if (is_certificate_file_name(host) || is_certificate_file(host)) {
        return "is the name of a certificate file, not of a host";
    }
    if (host == placeholder) {
        return "stands for the client's host name in what was pasted";
    }
    return problem_with_host(host);
}

std::string hint_for_new_host(const std::string& host, const std::string& list_option)
{
    if (is_certificate_file_name(host) || is_certificate_file(host)) {
        return "for several certificates at once: add --from LIST, or apply DIR; if it is the "
               "host's name all the same: "
            + list_option;
    }
    if (host == placeholder) {
        return "write the client's host name in its place";
    }
    return "for a value that is no host name: " + list_option;
}

std::optional<std::string> warning_about_host(const NewClient& client)
{
    const std::string& host = client.entry.host;
    const auto& certificate = client.certificate;
    if (!certificate || client.entry.annotation.kind != "cert" || problem_with_host(host)
        || certificate->names_host(host)) {
        return std::nullopt;
    }
    std::vector<std::string> others = certificate->dns_names;
    others.insert(others.end(), certificate->common_names.begin(), certificate->common_names.end());
    // The host may be the same name in its ASCII form, which cannot be compared here, so nothing is
    // said.
    const auto may_be_host
        = [&](const std::string& name) { return !is_ascii(name) && has_idn_label(host); };
    if (std::any_of(others.begin(), others.end(), may_be_host)) {
        return std::nullopt;
    }
    std::erase_if(
        others, [](const std::string& name) { return is_ascii(name) && !is_host_name(name); });
    if (others.empty()) {
        return std::nullopt;
    }
    // The message is one line; certificates of large sites name a hundred hosts.
    constexpr std::size_t most = 3;
    std::vector<std::string> shown;
    for (const std::string& name : others) {
        if (shown.size() < most
            && std::find(shown.begin(), shown.end(), escape(name)) == shown.end()) {
            shown.push_back(escape(name));
        }
    }
    return "the certificate names " + join(shown, ", ") + (others.size() > most ? ", ..." : "")
        + ", not " + escape(host) + ": is it the right one?";
}

std::string names_in_words(const Certificate& certificate)
{
    constexpr std::size_t most = 5;
    const std::vector<std::string> all = names_of(certificate);
    if (all.empty()) {
        return "names no host";
    }
    if (all.size() == 1) {
        const auto problem = problem_with_host(all.front());
        return "names only " + quote(all.front(), 100) + (problem ? ", which is no host name" : "");
    }
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(all.size(), most); ++i) {
        shown.push_back(escape(all[i]));
    }
    return "names " + join(shown, ", ") + (all.size() > most ? ", ..." : "");
}

} // namespace relayctl
