// Two passes make the plan. The first has each desired client listed for its host. The second goes
// over what is left in the table: entries of a desired client by another digest or encoding are
// replaced, entries of nobody go if pruning was asked for. What would go is asked about before the
// lock is taken, and under the lock the new plan is held against the answer.
#include "core/operations/apply.hpp"

#include "core/base/text.hpp"
#include "core/operations/table_plan.hpp"
#include "core/table/entry_index.hpp"

#include <map>
#include <set>

namespace relayctl {

namespace {

// The fingerprints by the current digest by which the desired clients may be listed.
std::set<Fingerprint> current_fingerprints(const std::vector<DesiredClient>& clients)
{
    std::set<Fingerprint> fingerprints;
    for (const auto& [client, file] : clients) {
        fingerprints.insert(client.fingerprint);
        if (client.key_fingerprint) {
            fingerprints.insert(*client.key_fingerprint);
        }
    }
    return fingerprints;
}

// What is to be done so that the table says what the directory says.
struct Application : TablePlan {
    const ApplyRequest& request;
    OtherDigests& others;
    MassRemoval mass; // what the plan takes from the table; complete after plan()
    EntryIndex index = EntryIndex(document);
    // The fingerprints that the first pass wants; entries with them stay.
    std::set<Fingerprint> covered = {};
    // Entries of desired clients by another digest, of which the administrator has noted something.
    std::map<const DesiredClient*, Annotation> remarks = {};

    Plan plan()
    {
        find_remarks();
        for (const DesiredClient& desired : request.desired.clients) {
            authorise(desired.client, desired);
        }
        // A key that somebody pinned is wanted as long as a certificate with it is.
        for (const DesiredClient& desired : request.desired.clients) {
            if (desired.client.key_fingerprint
                && index.find(*desired.client.key_fingerprint) != nullptr) {
                authorise(with_key_pinned(desired.client), desired);
            }
        }
        settle_the_rest();
        mass.removed = made.removed;
        mass.left = document.entries_in_table() + made.added - made.removed;
        report.nothing_to_do = "the table is as the directory says";
        return finished();
    }

    // A client keeps its owner and its end where its entry is made anew with the digest of today.
    void find_remarks()
    {
        const auto current = current_fingerprints(request.desired.clients);
        for (const Entry& entry : document.entries()) {
            const Annotation annotation = document.annotation(entry);
            const auto fingerprint = document.meant_fingerprint(entry);
            if ((annotation.until || !annotation.owner.empty()) && fingerprint
                && !current.contains(*fingerprint)) {
                if (const Origin* other = others.find(*fingerprint)) {
                    remarks.emplace(other->desired, annotation);
                }
            }
        }
    }

    // Has the table list the client for its host, and not to be retired. Does nothing for a client
    // that was handled before.
    void authorise(const NewClient& client, const DesiredClient& desired)
    {
        if (!covered.insert(client.fingerprint).second) {
            return; // a key that several certificates have
        }
        made.answers.emplace_back(client.fingerprint, client.entry.host);
        const Entry* entry = index.find(client.fingerprint);
        if (entry == nullptr) {
            EntryView added = client.entry;
            if (const auto known = remarks.find(&desired); known != remarks.end()) {
                added.annotation.until = known->second.until;
                added.annotation.owner = known->second.owner;
            }
            editor.append(added.fingerprint, added.host, added.annotation);
            ++made.added;
            report.added.push_back(std::move(added));
            if (!client.host_warning.empty()) {
                report.warnings.push_back(client.host_warning);
            }
            return;
        }
        EntryView view = view_of(document, *entry);
        // The directory decides the spelling, too, so the case of letters counts.
        if (view.host != client.entry.host) {
            report.removed.push_back(view);
            view.host = client.entry.host;
            editor.set_value(*entry, view.host);
            report.added.push_back(view);
        }
        keep_for_good(*entry, std::move(view), editor, report);
    }

    // Entries that have none of the desired fingerprints: they were made of a desired certificate
    // by another digest, or of no desired one.
    void settle_the_rest()
    {
        // They are collected first, since authorise() adds to what is covered.
        std::vector<std::pair<const Entry*, Fingerprint>> rest;
        for (const Entry& entry : document.entries()) {
            if (const auto fingerprint = document.meant_fingerprint(entry);
                fingerprint && !covered.contains(*fingerprint)) {
                rest.emplace_back(&entry, *fingerprint);
            }
        }
        for (const auto& [entry, fingerprint] : rest) {
            const Origin* other = others.find(fingerprint);
            // A pinned key stays pinned, by the digest of today.
            if (other != nullptr && other->is_key) {
                authorise(with_key_pinned(other->desired->client), *other->desired);
            }
            if (other != nullptr ? !request.options.keep_digests : request.options.prune) {
                erase(*entry, fingerprint);
            }
            if (other == nullptr && request.options.prune) {
                report.revoked.push_back(view_of(document, *entry));
            }
        }
    }

    // Removes an entry. Postfix must not answer for it afterwards, unless its key is none that
    // smtpd asks for.
    void erase(const Entry& entry, const Fingerprint& fingerprint)
    {
        editor.erase(entry);
        ++made.removed;
        mass.unnamed.emplace_back(document.key(entry));
        report.removed.push_back(view_of(document, entry));
        if (Fingerprint::from_key(document.key(entry))) {
            made.answers.emplace_back(fingerprint, std::nullopt);
        }
    }
};

// Asks about what --prune would take, before anything is written.
bool is_agreed(
    Application& application, const ChangeReport& report, Consent& consent, Observer& observer)
{
    const Plan plan = application.plan();
    if (consent.note(application.mass) == 0) {
        return true;
    }
    std::set<std::string_view> added;
    for (const EntryView& entry : report.added) {
        added.insert(entry.fingerprint);
    }
    std::vector<Loss> losses;
    for (const EntryView& entry : report.removed) {
        const bool is_renamed = added.contains(entry.fingerprint);
        losses.push_back({ is_renamed ? "to be renamed: " : "to be removed: ", entry });
    }
    return observer.agrees(losses,
        "add " + std::to_string(plan.added) + " and remove "
            + count_of(plan.removed, "entry", "entries"));
}

} // namespace

std::optional<ChangeResult> apply_directory(const TableAccess& access, const TableName& table,
    const ApplyRequest& request, Observer& observer)
{
    const std::string name = table.to_string();
    OtherDigests others(request.desired.clients, request.digest);
    const auto fingerprints = current_fingerprints(request.desired.clients);
    Scope scope = Scope::all();
    scope.counts_all = true;
    // Of a database only the rows are kept that the plan may be about; with --prune that is every
    // fingerprint.
    scope.keeps = [&](std::string_view key, std::string_view, const Annotation&) {
        const auto meant = Fingerprint::from_written(key);
        return meant
            && (request.options.prune || fingerprints.contains(*meant)
                || others.find(*meant) != nullptr);
    };
    const bool needs_consent = request.options.prune && !request.options.change.dry_run;
    Consent consent(request.options.consent, !needs_consent, 1);
    if (!consent.is_general()) {
        // This plan is only for the question. The one that is carried out is made of what the table
        // has by then.
        const Document document = access.store(table).read_scope(scope);
        ChangeReport report;
        Application application{ { document, report }, request, others, { name, {}, 0, 0 } };
        if (!is_agreed(application, report, consent, observer)) {
            return std::nullopt;
        }
    }
    ChangeOptions change = request.options.change;
    change.begins_table = true;
    return change_one_table(
        access, table, change, scope,
        [&](const Document& document, ChangeReport& report) {
            report.warnings = request.desired.warnings;
            Application application{ { document, report }, request, others, { name, {}, 0, 0 } };
            Plan plan = application.plan();
            consent.require(application.mass);
            return plan;
        },
        observer);
}

} // namespace relayctl
