#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/fingerprint_set.hpp"

#include <CLI/CLI.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <memory>
#include <set>

namespace relayctl {

namespace {

struct RemoveOptions {
    std::vector<std::string> who;
    bool all = false;
    bool if_exists = false;
    ChangeOptions change;
};

// One WHO: a set of fingerprints, or a host or pattern of hosts.
struct Target {
    std::string text;
    FingerprintSet fingerprints; // empty: it is a host
    bool is_pattern = false;

    bool matches(const Document& document, const Entry& entry) const
    {
        if (fingerprints.empty()) {
            return is_pattern ? ::fnmatch(text.c_str(), std::string(document.value(entry)).c_str(), FNM_CASEFOLD) == 0
                              : equal_ignoring_case(document.value(entry), text);
        }
        return fingerprints.find_written(document.key(entry)).has_value();
    }
};

// All fingerprints that a certificate or key may be listed by: whatever the digest, a table in disorder must not hide one.
Target target_of_file(const std::string& path)
{
    Target target{path, {}, false};
    const CertificateFile file = load_certificates(path);
    const Certificate* certificate = file.presented();
    for (const std::string& name : usable_digests()) {
        const Digest digest = Digest::by_name(name);
        if (certificate != nullptr) {
            target.fingerprints.insert(certificate->fingerprint(digest));
            target.fingerprints.insert(certificate->key_fingerprint(digest));
        } else {
            target.fingerprints.insert(file.bare_key()->key_fingerprint(digest));
        }
    }
    return target;
}

bool is_listed_host(const Document& document, const std::string& text)
{
    return !document.entries_where([&](const Entry& entry) { return equal_ignoring_case(document.value(entry), text); }).empty();
}

// A host that is listed wins over a file of that name; whatever has a slash is a file.
Target target_of(const std::string& who, const Document& document)
{
    if (who.find('/') != std::string::npos || who == "-") {
        return target_of_file(who);
    }
    if (is_listed_host(document, who)) {
        return {who, {}, false};
    }
    if (const auto fingerprint = Fingerprint::from_any(who)) {
        Target target{who, {}, false};
        target.fingerprints.insert(*fingerprint);
        return target;
    }
    if (stat_of(who)) {
        return target_of_file(who);
    }
    return {who, {}, who.find_first_of("*?[") != std::string::npos};
}

std::string lines_of(const std::vector<const Entry*>& entries)
{
    std::vector<std::string> lines;
    for (const Entry* entry : entries) {
        lines.push_back(std::to_string(entry->line));
        if (lines.size() == 10) {
            lines.push_back("...");
            break;
        }
    }
    return join(lines, ", ");
}

std::vector<const Entry*> select(const Document& document, const Target& target, const RemoveOptions& options)
{
    std::vector<const Entry*> found = document.entries_where([&](const Entry& entry) { return target.matches(document, entry); });
    if (found.empty() && !options.if_exists) {
        throw Error(ErrorKind::refused, quote(target.text) + ": not listed", {"to accept that, give --if-exists"});
    }
    if (found.size() > 1 && target.fingerprints.empty() && !options.all) {
        throw Error(ErrorKind::refused, quote(target.text) + ": matches " + std::to_string(found.size()) + " entries (lines " + lines_of(found) + ")",
                    {"to remove them all, give --all; to remove one, give its fingerprint"});
    }
    return found;
}

// Other lines with a fingerprint that is to go: hidden duplicates, which would come to the fore.
void include_duplicates(const Document& document, std::set<const Entry*>& chosen, bool all)
{
    FingerprintSet going;
    for (const Entry* entry : chosen) {
        if (const auto meant = document.meant_fingerprint(*entry)) {
            going.insert(*meant);
        }
    }
    for (const Entry* entry : document.entries_where([&](const Entry& e) { return going.find_written(document.key(e)).has_value(); })) {
        if (!all && !chosen.contains(entry)) {
            throw Error(ErrorKind::refused, document.meant_fingerprint(*entry)->to_string() + ": is listed on line " + std::to_string(entry->line)
                            + " too, for " + quote(document.value(*entry)) + ": the client could still relay",
                        {"to remove that as well, give --all"});
        }
        chosen.insert(entry);
    }
}

Plan plan_remove(const Document& document, const RemoveOptions& options, ChangeReport& report)
{
    std::set<const Entry*> chosen; // by address, which is by line
    std::vector<std::string> absent;
    for (const std::string& who : options.who) {
        const auto found = select(document, target_of(who, document), options);
        chosen.insert(found.begin(), found.end());
        if (found.empty()) {
            absent.push_back(quote(who));
        }
    }
    if (!chosen.empty()) {
        include_duplicates(document, chosen, options.all);
    }
    Plan plan;
    Editor editor(document);
    std::set<Fingerprint> gone;
    for (const Entry* entry : chosen) {
        editor.erase(*entry);
        report.removed.push_back(view_of(document, *entry));
        const auto fingerprint = Fingerprint::from_key(document.key(*entry));
        if (fingerprint && gone.insert(*fingerprint).second) {
            plan.answers.emplace_back(*fingerprint, std::nullopt);
        }
    }
    if (!absent.empty()) {
        report.nothing_to_do = join(absent, ", ") + (absent.size() == 1 ? " is" : " are") + " not listed";
    }
    plan.removed = chosen.size();
    plan.splices = editor.splices();
    return plan;
}

constexpr const char* remove_footer = R"(WHO is a host, a pattern of hosts, a fingerprint in any spelling, or a
certificate file (then the entries of the certificate and of its key go).

Examples:
  relayctl remove zen.suse.co.uk
  relayctl remove --all '*.old.example.org'
  relayctl remove ./stolen-laptop.pem

Exit status:
  0 removed (with --if-exists also: was not listed)    1 not listed, or several
  match without --all    2 usage    3 bad certificate or table    4 Postfix
  failed    5 lock busy or permission denied    6 disk or system error)";

} // namespace

void setup_remove(CLI::App& app, Context& context)
{
    auto options = std::make_shared<RemoveOptions>();
    CLI::App* command = app.add_subcommand("remove", "Revoke a client");
    command->alias("rm");
    command->add_option("WHO", options->who, "a host, fingerprint or certificate file")->type_name("")->required();
    command->add_flag("--all", options->all, "all entries, where several match");
    command->add_flag("--if-exists", options->if_exists, "no error where it is not listed");
    add_change_options(*command, options->change);
    command->footer(remove_footer);
    set_changing_command(*command, context, [options, &context] {
        carry_out(context, options->change, [&](const Document& document, ChangeReport& report) {
            return plan_remove(document, *options, report);
        });
        return ExitStatus::ok;
    });
}

} // namespace relayctl
