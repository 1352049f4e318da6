#include "core/operations/removal_choice.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/client_fingerprints.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace relayctl {

bool is_listed_host(const Document& document, const std::string& text)
{
    return !document
                .entries_where([&](const Entry& entry) {
                    return equal_ignoring_case(document.value(entry), text);
                })
                .empty();
}

Target::Target(const std::string& who)
    : text_(who)
    , is_file_(who.find('/') != std::string::npos || who == "-")
{
    if (!stat_of(who)) {
        require_one_fingerprint(who); // a line of the log has slashes in it, too
    }
    if (is_file_) {
        take_file();
    } else if (const auto fingerprint = Fingerprint::from_any(who)) {
        take(*fingerprint);
    } else if (stat_of(who)) {
        try {
            take_file();
        } catch (const Error&) { // it may be a host all the same
            file_error_ = std::current_exception();
        }
    } else {
        is_pattern_ = who.find_first_of("*?[") != std::string::npos;
    }
}

bool Target::is_host(const Document& document, const std::set<std::string>& hosts) const
{
    if (may_be_host() && (hosts.contains(text_) || is_listed_host(document, text_))) {
        return true;
    }
    if (file_error_) {
        std::rethrow_exception(file_error_);
    }
    return fingerprints_.empty() && !is_file_;
}

bool Target::has_host(std::string_view host) const
{
    return equal_ignoring_case(host, text_)
        || (is_pattern_ && ::fnmatch(text_.c_str(), std::string(host).c_str(), FNM_CASEFOLD) == 0);
}

// Also what is no fingerprint: a row or line that somebody has put there by mistake has no other
// name.
bool Target::has_key(std::string_view key) const noexcept
{
    return set_.find_written(key).has_value() || (!is_file_ && equal_ignoring_case(key, text_));
}

void Target::take(const Fingerprint& fingerprint)
{
    if (set_.insert(fingerprint)) {
        fingerprints_.push_back(fingerprint);
    }
}

bool Target::names(std::string_view key, std::string_view host) const noexcept
{
    return has_key(key) || (!is_file_ && equal_ignoring_case(host, text_));
}

void Target::take_file()
{
    file_ = std::make_shared<const CertificateFile>(load_certificates(text_));
    for (const ClientFingerprint& own : client_fingerprints(*file_)) {
        take(own.fingerprint);
    }
}

std::vector<const Entry*> entries_of(
    const Document& document, const Target& target, const std::set<std::string>& hosts)
{
    const bool by_host = target.is_host(document, hosts);
    auto found = document.entries_where(
        [&](const Entry& entry) { return by_host && target.has_host(document.value(entry)); });
    if (found.empty() && !hosts.contains(target.text())) {
        found = document.entries_where(
            [&](const Entry& entry) { return target.has_key(document.key(entry)); });
    }
    return found;
}

[[noreturn]] void throw_not_listed(const Target& target)
{
    throw Error(ErrorKind::refused, quote(target.text()) + ": not listed",
        { "to accept that, give --if-exists" });
}

namespace {

std::vector<const Entry*> select(
    const Document& document, const Target& target, const Removal& removal)
{
    std::vector<const Entry*> found = entries_of(document, target, removal.hosts);
    if (found.empty() && !removal.absent_is_fine) {
        throw_not_listed(target);
    }
    if (found.size() > 1 && !removal.all && target.is_host(document, removal.hosts)) {
        throw Error(ErrorKind::refused,
            quote(target.text()) + ": matches " + std::to_string(found.size()) + " entries ("
                + places_of(document, found) + ")",
            { "to remove them all, give --all; to remove one, give its fingerprint" });
    }
    return found;
}

// The keys of those that only a pattern fits.
std::vector<std::string> unnamed_keys(const Document& document,
    const std::set<const Entry*>& chosen, const std::vector<Target>& targets)
{
    std::vector<std::string> keys;
    for (const Entry* entry : chosen) {
        const std::string_view key = document.key(*entry);
        const bool is_named = std::any_of(targets.begin(), targets.end(),
            [&](const Target& target) { return target.names(key, document.value(*entry)); });
        if (!is_named) {
            keys.emplace_back(key);
        }
    }
    return keys;
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
    for (const Entry* entry : document.entries_where(
             [&](const Entry& e) { return going.find_written(document.key(e)).has_value(); })) {
        if (!all && !chosen.contains(entry)) {
            throw Error(ErrorKind::refused,
                document.meant_fingerprint(*entry)->to_string() + ": is listed "
                    + (entry->line == 0 ? "once more"
                                        : "on line " + std::to_string(entry->line) + " too")
                    + ", for " + quote(document.value(*entry)) + ": the client could still relay",
                { "to remove that as well, give --all" });
        }
        chosen.insert(entry);
    }
}

} // namespace

Plan plan_removal(
    const Document& document, const Removal& removal, ChangeReport& report, MassRemoval& mass)
{
    std::set<const Entry*> chosen; // by address, which is by line
    std::vector<std::string> absent;
    for (const Target& target : removal.targets) {
        const auto found = select(document, target, removal);
        chosen.insert(found.begin(), found.end());
        if (found.empty()) {
            absent.push_back(quote(target.text()));
        }
    }
    mass.unnamed = unnamed_keys(document, chosen, removal.targets);
    if (!chosen.empty()) {
        include_duplicates(document, chosen, removal.all);
    }
    mass.removed = chosen.size();
    mass.left = document.entries_in_table() - chosen.size();
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
    report.revoked = report.removed;
    if (!absent.empty()) {
        report.nothing_to_do
            = join(absent, ", ") + (absent.size() == 1 ? " is" : " are") + " not listed";
    }
    plan.removed = chosen.size();
    plan.edits = editor.take();
    return plan;
}

Scope scope_of(const Removal& removal)
{
    Scope scope;
    for (const Target& target : removal.targets) {
        scope.fingerprints.insert(
            scope.fingerprints.end(), target.fingerprints().begin(), target.fingerprints().end());
        if (target.may_be_host()) {
            scope.hosts.push_back(target.text());
            scope.keys.push_back(target.text());
        }
        scope.everything = scope.everything || target.is_pattern();
    }
    scope.with_same_keys = true;
    scope.counts_all = scope.everything;
    scope.keeps = [&removal](std::string_view key, std::string_view host, const Annotation&) {
        return std::any_of(removal.targets.begin(), removal.targets.end(), [&](const Target& t) {
            return t.has_key(key) || (t.may_be_host() && t.has_host(host));
        });
    };
    return scope;
}

} // namespace relayctl
