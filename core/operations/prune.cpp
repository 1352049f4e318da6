// All tables are read, and one question is asked about all that is over in them. Then they are
// changed one by one, each with the same plan again under its own lock. Only entries that were in
// the question go: what comes to be over in between waits for the next run, as nobody has agreed to
// it.
#include "core/operations/prune.hpp"

#include "core/base/local_day.hpp"
#include "core/base/text.hpp"
#include "core/operations/every_table.hpp"

#include <algorithm>
#include <map>

namespace relayctl {

std::string reason_to_prune(const Annotation& annotation, const PruneRequest& request)
{
    const Time then = request.now - request.older_than;
    // Without either option both reasons count.
    const bool both = !request.expired && !request.retired;
    if ((both || request.retired) && is_retired(annotation, then)) {
        return "retired on " + to_date(*annotation.retire_after);
    }
    if ((both || request.retired) && has_ended(annotation, then)) {
        return "ended on " + end_in_words(*annotation.until);
    }
    if ((both || request.expired) && is_expired(annotation, then)) {
        return "expired on " + to_date(*annotation.expires);
    }
    return "";
}

namespace {

constexpr const char* nothing_to_prune = "nothing is expired or retired";

// An entry that is to go. reason: for people, "expired on 2026-11-22".
struct PrunedEntry {
    const Entry* entry;
    std::string reason;
};

// Other lines with the same fingerprint go as well: else the client would still relay.
std::vector<PrunedEntry> find_pruned(const Document& document, const PruneRequest& request)
{
    std::map<Fingerprint, std::string> reasons;
    for (const Entry& entry : document.entries()) {
        const std::string reason = reason_to_prune(document.annotation(entry), request);
        if (const auto fingerprint
            = reason.empty() ? std::nullopt : document.meant_fingerprint(entry)) {
            // Of duplicates the first reason is shown.
            reasons.emplace(*fingerprint, reason);
        }
    }
    std::vector<PrunedEntry> pruned;
    if (reasons.empty()) {
        return pruned;
    }
    for (const Entry& entry : document.entries()) {
        const auto fingerprint = document.meant_fingerprint(entry);
        if (!fingerprint) {
            continue;
        }
        if (const auto found = reasons.find(*fingerprint); found != reasons.end()) {
            pruned.push_back({ &entry, found->second });
        }
    }
    return pruned;
}

// Counts the entries that may expire without anybody knowing when.
std::size_t count_unknown_expiry(const Document& document)
{
    const auto& entries = document.entries();
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(),
        [&](const Entry& entry) { return document.has_unknown_expiry(entry); }));
}

// One prune of all tables of the command.
struct Pruning {
    const TableAccess& access;
    const PruneRequest& request;
    Observer& observer;
    std::size_t unknown_expiry = 0; // of a database: most of its rows come into no document
    Scope scope = scope_of_pruned();
    EveryTable tables = EveryTable(access, request.change, scope, observer);
    Consent consent = Consent(request.consent, request.change.dry_run, 1);

    using Member = EveryTable::Member;

    std::optional<ChangeResult> run(const std::function<void(const TableName&)>& require)
    {
        tables.read(require);
        tell_unknown_expiry();
        if (!is_agreed()) {
            return std::nullopt;
        }
        if (!consent.concerns_any() && !tables.any_failed()) { // said once, not of each table
            observer.done(nothing_to_prune);
        }
        for (const Member& member : tables.members()) {
            if (member.document) { // what is refused is refused before anything is changed
                ChangeReport unused;
                plan(member.outcome.table, *member.document, unused);
            }
        }
        for (Member& member : tables.members()) {
            if (member.document && !find_pruned(*member.document, request).empty()) {
                tables.change(member,
                    [this, table = member.outcome.table](const Document& document,
                        ChangeReport& report) { return plan(table, document, report); });
            }
        }
        return tables.result("not pruned in every table", { "mend it and run this again" });
    }

    Scope scope_of_pruned()
    {
        Scope pruned = Scope::all();
        pruned.counts_all = true;
        pruned.with_same_keys = true;
        pruned.keeps = [this](std::string_view, std::string_view, const Annotation& annotation) {
            // The rows pass by here once, when they are read, and most of them are not kept.
            unknown_expiry += has_unknown_expiry(annotation) ? 1 : 0;
            return !reason_to_prune(annotation, request).empty();
        };
        return pruned;
    }

    void tell_unknown_expiry()
    {
        for (const Member& member : tables.members()) {
            if (member.document && !member.outcome.table.is_database()) {
                unknown_expiry += count_unknown_expiry(*member.document);
            }
        }
        // With --retired alone nobody asks for the expiry.
        if (request.expired || !request.retired) {
            observer.has_unknown_expiry(unknown_expiry);
        }
    }

    // What goes from all of the tables together is asked for once.
    bool is_agreed()
    {
        std::size_t to_ask = 0;
        std::vector<Loss> losses;
        for (const Member& member : tables.members()) {
            if (!member.document) {
                continue;
            }
            const Document& document = *member.document;
            const std::string table = member.outcome.table.to_string();
            MassRemoval mass{ table, {}, 0, 0 };
            for (const auto& [entry, reason] : find_pruned(document, request)) {
                mass.unnamed.emplace_back(document.key(*entry));
                losses.push_back(
                    { "to be removed" + (tables.is_single() ? "" : " from " + escape(table)) + ": ",
                        view_of(document, *entry), ", " + reason });
            }
            to_ask += consent.note(mass);
        }
        return to_ask == 0
            || observer.agrees(losses, "remove " + count_of(to_ask, "entry", "entries"));
    }

    // What came to be over since somebody was asked stays until the next time.
    Plan plan(const TableName& table, const Document& document, ChangeReport& report) const
    {
        Plan plan;
        Editor editor(document);
        MassRemoval mass{ table.to_string(), {}, 0, 0 };
        for (const auto& [entry, reason] : find_pruned(document, request)) {
            const EntryView view = view_of(document, *entry);
            if (!consent.has_seen(mass.table, view.fingerprint)) {
                continue;
            }
            editor.erase(*entry);
            ++plan.removed;
            mass.unnamed.push_back(view.fingerprint);
            if (const auto fingerprint = Fingerprint::from_key(view.fingerprint)) {
                plan.answers.emplace_back(*fingerprint, std::nullopt);
            }
            report.removed.push_back(view);
            report.revoked.push_back(view);
        }
        mass.removed = plan.removed;
        mass.left = document.entries_in_table() - plan.removed;
        consent.require(mass);
        report.nothing_to_do = nothing_to_prune;
        plan.edits = editor.take();
        return plan;
    }
};

} // namespace

std::optional<ChangeResult> prune(const TableAccess& access, const PruneRequest& request,
    const std::function<void(const TableName&)>& require, Observer& observer)
{
    return Pruning{ access, request, observer }.run(require);
}

} // namespace relayctl
