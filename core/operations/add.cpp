#include "core/operations/add.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/operations/table_plan.hpp"
#include "core/table/entry_index.hpp"

#include <map>
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

// The plan of one table.
struct Addition : TablePlan {
    const AddRequest& request;

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
        if (request.clients.size() > 1) {
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

    // The entry lists this client for this host already: it is not to be retired any more.
    void confirm(const Entry& entry, const NewClient& client)
    {
        EntryView view = view_of(document, entry);
        const std::string& note = client.entry.annotation.note;
        const bool retires = view.annotation.retire_after.has_value();
        if (!retires && (note.empty() || note == view.annotation.note)) {
            report.nothing_to_do
                = client.entry.fingerprint + ' ' + escape(client.entry.host) + " is listed already";
            return;
        }
        view.annotation.retire_after.reset();
        view.annotation.note = note.empty() ? view.annotation.note : note;
        view.annotation.for_fingerprint = client.entry.annotation.for_fingerprint;
        editor.set_annotation(entry, view.annotation);
        report.updated.push_back({ std::move(view),
            retires ? "is listed already, and no longer to be retired"
                    : "is listed already, the note is new" });
    }

    // The entry lists this client for another host, which only --replace changes.
    void rename(const Entry& entry, const NewClient& client)
    {
        const EntryView old = view_of(document, entry);
        if (!request.replace) {
            throw Error(ErrorKind::refused,
                client.entry.fingerprint + ": is listed already, for " + escape(old.host)
                    + line_in_words(entry),
                { "to rename that entry, give --replace" });
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
    return change_one_table(
        access, table, request.change, scope_of(request.clients),
        [&](const Document& document, ChangeReport& report) {
            return Addition{ { document, report }, request }.plan();
        },
        observer);
}

} // namespace relayctl
