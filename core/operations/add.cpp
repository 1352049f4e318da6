#include "core/operations/add.hpp"

#include "core/audit/public_certificate.hpp"
#include "core/base/bytes.hpp"
#include "core/base/joined_error.hpp"
#include "core/base/local_day.hpp"
#include "core/base/text.hpp"
#include "core/operations/table_plan.hpp"
#include "core/table/entry_index.hpp"

#include <map>
#include <type_traits>
#include <unordered_set>

namespace relayctl {

namespace {

// The entries that the hosts of the clients have already.
std::map<std::string, std::vector<const Entry*>> entries_by_host(
    const Document& document, const std::vector<NewClient>& clients)
{
    std::map<std::string, std::vector<const Entry*>> found;
    std::unordered_set<std::uint64_t> hashes;
    for (const NewClient& client : clients) {
        found[to_lower(client.entry.host)];
        hashes.insert(hash_ignoring_case(client.entry.host));
    }
    for (const Entry* entry : document.entries_where([&](const Entry& e) {
             return hashes.contains(hash_ignoring_case(document.value(e)));
         })) {
        if (const auto host = found.find(to_lower(document.value(*entry)));
            host != found.end() && !entry->is_never_found) {
            host->second.push_back(entry);
        }
    }
    return found;
}

// Fills in what the certificate says where the annotation says nothing of it. Returns false if
// there was nothing to be filled in. When it was added and by whom is not known any more.
bool fill_in(Annotation& known, const Annotation& given)
{
    const Annotation before = known;
    known.kind = known.kind.empty() ? given.kind : known.kind;
    known.subject = known.subject.empty() ? given.subject : known.subject;
    if (!known.expires && given.expires) {
        known.expires = given.expires;
        forget_public(known); // it belongs to the expiry
        known.others.insert(known.others.end(), given.others.begin(), given.others.end());
    }
    return known != before;
}

// The plan of one table.
struct Addition : TablePlan {
    const AddRequest& request;
    Store& store; // of the table
    std::vector<Error> conflicts = {}; // of all clients, which are told at once

    Plan plan()
    {
        report.warnings = request.warnings;
        EntryIndex index(document);
        const auto others = entries_by_host(document, request.clients);
        for (const NewClient& client : request.clients) {
            made.answers.emplace_back(client.fingerprint, client.entry.host);
            report.warnings.insert(
                report.warnings.end(), client.warnings.begin(), client.warnings.end());
            const Entry* existing = index.find(client.fingerprint);
            if (existing == nullptr) {
                append(client, others.at(to_lower(client.entry.host)));
            } else if (document.value(*existing) == client.entry.host) {
                confirm(*existing, client);
            } else {
                rename(*existing, client);
            }
        }
        if (!conflicts.empty()) {
            throw joined(conflicts);
        }
        if (request.clients.size() > 1) {
            report.unchanged.reset();
            report.nothing_to_do
                = "all " + std::to_string(request.clients.size()) + " are listed already";
        }
        return finished();
    }

    // Returns true if all of them are of the client's digest.
    bool are_alike(const NewClient& client, const std::vector<const Entry*>& others) const
    {
        return std::all_of(others.begin(), others.end(), [&](const Entry* other) {
            return document.key(*other).size() == client.entry.fingerprint.size();
        });
    }

    // others: entries that the host has already.
    void append(const NewClient& client, const std::vector<const Entry*>& others)
    {
        if (!others.empty()) {
            report.warnings.push_back(escape(client.entry.host) + " has another entry ("
                + places_of(document, others) + "), which stays listed"
                + (are_alike(client, others) ? ""
                                             : "; a service computes one digest, and finds only "
                                               "entries of that"));
        }
        editor.append(client.entry.fingerprint, client.entry.host, client.entry.annotation);
        ++made.added;
        report.added.push_back(client.entry);
    }

    // The entry lists this client for this host already: it is not to be retired any more. What was
    // typed is noted, and what is not known of it yet is filled in.
    void confirm(const Entry& entry, const NewClient& client)
    {
        EntryView view = view_of(document, entry);
        const std::vector<std::string> news = renew(view.annotation, client.entry.annotation);
        warn_of_end(view, client);
        if (news.empty()) {
            report.unchanged = std::move(view);
            report.nothing_to_do = "is listed already";
            return;
        }
        view.annotation.for_fingerprint = client.entry.annotation.for_fingerprint;
        editor.set_annotation(entry, view.annotation);
        report.updated.push_back({ std::move(view), "is listed already, " + join(news, ", ") });
    }

    // Puts what is new into the annotation of an entry, and returns it in words.
    std::vector<std::string> renew(Annotation& known, const Annotation& given) const
    {
        std::vector<std::string> news;
        if (known.retire_after) {
            known.retire_after.reset();
            news.emplace_back("and no longer to be retired");
        }
        const auto set = [&](auto& field, const auto& value, const std::string& what) {
            if (value != std::decay_t<decltype(value)>() && field != value) {
                field = value;
                news.push_back(what);
            }
        };
        set(known.note, given.note, "the note is new");
        set(known.owner, given.owner, "the owner is new");
        set(known.until, given.until,
            given.until ? "to relay until " + end_in_words(*given.until) : "");
        // What the table has no column for would be filled in again each time.
        if (fill_in(known, store.storable_part_of(given))) {
            news.emplace_back("its annotation is filled in");
        }
        return news;
    }

    // An entry that has ended goes with the next prune, although somebody has just listed it.
    void warn_of_end(const EntryView& view, const NewClient& client)
    {
        const Time now = client.entry.annotation.added.value();
        if (has_ended(view.annotation, now)) {
            report.warnings.push_back(escape(view.host) + ": was to relay until "
                + end_in_words(*view.annotation.until)
                + ", and relayctl prune removes it; --until DATE lets it relay longer");
        }
    }

    // The entry lists this client for another host, which only --replace changes.
    void rename(const Entry& entry, const NewClient& client)
    {
        const EntryView old = view_of(document, entry);
        if (!request.replace) {
            conflicts.emplace_back(ErrorKind::refused,
                (client.place.empty() ? "" : client.place + ": ") + client.entry.fingerprint
                    + ": is listed already, for " + escape(old.host) + line_in_words(entry),
                std::vector<Hint>{ "to rename that entry, give --replace" });
            return;
        }
        EntryView renamed = old;
        renamed.host = client.entry.host;
        editor.set_value(entry, renamed.host);
        report.removed.push_back(old);
        report.added.push_back(std::move(renamed));
    }
};

// The entries of the clients, and those of their hosts: a host that has another entry is warned of.
Scope scope_of(const std::vector<NewClient>& clients)
{
    Scope scope;
    for (const NewClient& client : clients) {
        scope.fingerprints.push_back(client.fingerprint);
        scope.hosts.push_back(client.entry.host);
    }
    return scope;
}

} // namespace

ChangeResult add_clients(const TableAccess& access, const TableName& table,
    const AddRequest& request, Observer& observer)
{
    ChangeOptions change = request.change;
    change.begins_table = true;
    return change_one_table(
        access, table, change, scope_of(request.clients),
        [&](const Document& document, ChangeReport& report) {
            return Addition{ { document, report }, request, access.store(table) }.plan();
        },
        observer);
}

} // namespace relayctl
