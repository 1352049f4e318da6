// Here the words of the command line, or of a line of a list, become a client. The host is what was
// typed; without one it is the single host that the certificate names.
#include "core/operations/named_client.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/joined_error.hpp"
#include "core/base/text.hpp"
#include "core/operations/client_host.hpp"
#include "core/operations/client_list.hpp"
#include "core/table/host.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <algorithm>
#include <map>

namespace relayctl {

namespace {

// who: the file, or the fingerprint of a line.
// Returns the host that the certificate names. Errors: ErrorKind::usage, with a command to paste,
// if it names none or several.
std::string host_of_certificate(
    const NewClient& client, const std::string& who, const ClientTerms& terms)
{
    if (client.only_host) {
        return *client.only_host;
    }
    const bool by_fingerprint = !client.certificate && !client.key_fingerprint;
    std::vector<std::string> words = { "relayctl", "add" };
    words.insert(words.end(), terms.options.key ? 1U : 0U, "--key");
    words.insert(words.end(), by_fingerprint ? 1U : 0U, "--fingerprint");
    words.insert(
        words.end(), { by_fingerprint ? client.entry.fingerprint : file_operand(who), "HOST" });
    if (!terms.service.empty()) {
        words.insert(words.end(), { "--service", terms.service });
    }
    throw Error(ErrorKind::usage,
        escape(who) + ": "
            + (client.certificate ? names_in_words(*client.certificate) : "names no host")
            + ", so HOST is needed",
        { Hint("put the host in the place of HOST: ", words, terms.table) });
}

// Appends the warning, if there is one.
void add_warning_about_host(NewClient& client)
{
    if (auto warning = warning_about_host(client)) {
        client.warnings.push_back(*std::move(warning));
    }
}

// Makes the client of a line: of the fingerprint in it, unless there is a file of that name.
NewClient client_of_line(const ClientLine& line, const ClientTerms& terms)
{
    // A line of a log may have been pasted into the list, with several fingerprints in it.
    require_one_fingerprint(line.who + ' ' + line.host);
    // A word with so many colons is meant as a fingerprint, also if a digit of it is wrong.
    const bool by_fingerprint
        = (Fingerprint::from_any(line.who) || std::count(line.who.begin(), line.who.end(), ':') > 3)
        && !stat_of(line.who);
    NewClient client = by_fingerprint
        ? client_from_fingerprint(line.who, terms.options, terms.digest, terms.author)
        : client_from_file(load_certificates(line.who), terms.options, terms.digest, terms.author);
    client.place = line.place;
    std::string& host = client.entry.host;
    host = line.host.empty() ? host_of_certificate(client, line.who, terms) : line.host;
    if (const auto problem
        = terms.any_label ? problem_with_label(host) : problem_with_new_host(host)) {
        throw Error(ErrorKind::input,
            quote(host) + (terms.any_label ? ": " : " is no host name: it ") + *problem,
            { hint_for_new_host(host, "--labels") });
    }
    add_warning_about_host(client);
    // The list may have thousands of lines.
    for (std::string& warning : client.warnings) {
        warning.insert(0, line.place + ": ");
    }
    return client;
}

} // namespace

std::string typed_host(const ClientWords& words)
{
    if (!words.label.empty()) {
        if (const auto problem = problem_with_label(words.label)) {
            throw Error(ErrorKind::usage, "label " + quote(words.label) + ": " + *problem);
        }
        return words.label;
    }
    if (const auto problem = problem_with_new_host(words.host)) {
        throw Error(ErrorKind::usage, "host " + quote(words.host) + ": " + *problem,
            { hint_for_new_host(words.host, "--label TEXT") });
    }
    return words.host;
}

NewClient named_client(const ClientWords& words, const ClientTerms& terms)
{
    const bool by_fingerprint = !words.fingerprint.empty();
    NewClient client = by_fingerprint
        ? client_from_fingerprint(words.fingerprint, terms.options, terms.digest, terms.author)
        : client_from_file(
            load_certificates(words.file), terms.options, terms.digest, terms.author);
    const bool is_typed = by_fingerprint || !words.label.empty() || !words.host.empty();
    client.entry.host
        = is_typed ? typed_host(words) : host_of_certificate(client, words.file, terms);
    add_warning_about_host(client);
    return client;
}

std::vector<NewClient> listed_clients(const std::string& path, const ClientTerms& terms)
{
    std::vector<NewClient> clients;
    std::map<Fingerprint, std::pair<std::string, std::string>> known; // place and host
    std::vector<Error> failures;
    for (const ClientLine& line : read_client_list(path, terms.any_label)) {
        try {
            if (!line.problem.empty()) {
                throw Error(ErrorKind::input, line.problem);
            }
            NewClient client = client_of_line(line, terms);
            const auto [same, is_new]
                = known.try_emplace(client.fingerprint, line.place, client.entry.host);
            if (is_new) {
                clients.push_back(std::move(client));
            } else if (same->second.second != client.entry.host) {
                throw Error(ErrorKind::input,
                    client.entry.fingerprint + ": is " + quote(client.entry.host) + " here, and "
                        + quote(same->second.second) + " at " + same->second.first);
            }
        } catch (const Error& error) {
            // The command line was in order; what is wrong stands in the list.
            failures.emplace_back(
                error.kind() == ErrorKind::usage ? ErrorKind::input : error.kind(),
                line.place + ": " + error.what(), error.hints());
        }
    }
    if (!failures.empty()) {
        throw joined(failures);
    }
    return clients;
}

} // namespace relayctl
