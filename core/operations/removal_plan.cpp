#include "core/operations/removal_plan.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/table/entry_view.hpp"
#include "core/x509/fingerprint_set.hpp"
#include "core/x509/first_digits.hpp"

#include <algorithm>

namespace relayctl {

std::string not_listed_in_words(const std::string& word)
{
    return quote(word) + ": not listed";
}

[[noreturn]] void throw_not_listed(const RemovalTarget& target)
{
    throw Error(ErrorKind::refused, not_listed_in_words(target.word()),
        { "to accept that, give --if-exists" });
}

namespace {

// Returns beginnings of their fingerprints that tell them apart: "38:99:1A:12:BA:A1, ...".
std::string beginnings_of(const Document& document, const std::vector<const Entry*>& entries)
{
    constexpr std::size_t most = 10;
    EnoughDigits enough(12);
    for (const Entry* entry : entries) {
        enough.add(document.key(*entry));
    }
    const std::size_t digits = enough.count();
    std::vector<std::string> beginnings;
    for (const Entry* entry : entries) {
        if (beginnings.size() < most) {
            beginnings.push_back(escape(first_digits(document.key(*entry), digits)));
        }
    }
    return join(beginnings, ", ") + (entries.size() > most ? ", ..." : "");
}

// The entries of one target. Errors: see plan_removal().
std::vector<const Entry*> chosen_by(
    const Document& document, const RemovalTarget& target, const Removal& removal)
{
    std::vector<const Entry*> found = target.find(document, removal.hosts);
    if (found.empty() && !removal.absent_is_fine) {
        throw_not_listed(target);
    }
    // Which of them was meant cannot be known, and the wrong client would be revoked.
    if (found.size() > 1 && !removal.all && target.is_host(document, removal.hosts)) {
        throw Error(ErrorKind::refused,
            quote(target.word()) + ": matches " + std::to_string(found.size()) + " entries ("
                + places_of(document, found) + ")",
            { "to remove them all, give --all; to remove one, give its fingerprint, or the "
              "beginning "
              "of it: "
                + beginnings_of(document, found) });
    }
    return found;
}

// The keys of the chosen entries that only a pattern fits.
std::vector<std::string> unnamed_keys(const Document& document,
    const std::set<const Entry*>& chosen, const std::vector<RemovalTarget>& targets)
{
    std::vector<std::string> keys;
    for (const Entry* entry : chosen) {
        const std::string_view key = document.key(*entry);
        const bool is_named = std::any_of(targets.begin(), targets.end(),
            [&](const RemovalTarget& target) { return target.names(key, document.value(*entry)); });
        if (!is_named) {
            keys.emplace_back(key);
        }
    }
    return keys;
}

// Adds the other lines with a fingerprint that is to go. They are duplicates, which Postfix would
// find once the first of them is gone. Errors: ErrorKind::refused where that is not wanted.
void include_duplicates(const Document& document, std::set<const Entry*>& chosen, bool all)
{
    // The set finds a key in any spelling, so it also finds lines that Postfix itself does not.
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
    for (const RemovalTarget& target : removal.targets) {
        const auto found = chosen_by(document, target, removal);
        chosen.insert(found.begin(), found.end());
        if (found.empty()) {
            absent.push_back(quote(target.word()));
        }
    }
    mass.unnamed = unnamed_keys(document, chosen, removal.targets);
    if (!chosen.empty()) {
        include_duplicates(document, chosen, removal.all);
    }
    mass.removed = chosen.size();
    // A document of a scope has some of the entries only; their number was counted for this.
    mass.left = document.entries_in_table() - chosen.size();
    Plan plan;
    Editor editor(document);
    std::set<Fingerprint> gone;
    for (const Entry* entry : chosen) {
        editor.erase(*entry);
        report.removed.push_back(view_of(document, *entry));
        const auto fingerprint = Fingerprint::from_key(document.key(*entry));
        // Entries in other spellings are gone as well, but smtpd never asks for them.
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
    for (const RemovalTarget& target : removal.targets) {
        scope.fingerprints.insert(
            scope.fingerprints.end(), target.fingerprints().begin(), target.fingerprints().end());
        if (target.may_be_host()) {
            scope.hosts.push_back(target.word());
            scope.keys.push_back(target.word());
        }
        scope.everything = scope.everything || target.is_pattern();
    }
    // Duplicates of what goes must be seen, or the client might go on relaying.
    scope.with_same_keys = true;
    // Only what goes by a pattern needs to know whether anything is left.
    scope.counts_all = scope.everything;
    scope.keeps = [&removal](std::string_view key, std::string_view host, const Annotation&) {
        return std::any_of(
            removal.targets.begin(), removal.targets.end(), [&](const RemovalTarget& t) {
                return t.fits_key(key) || (t.may_be_host() && t.fits_host(host));
            });
    };
    return scope;
}

} // namespace relayctl
