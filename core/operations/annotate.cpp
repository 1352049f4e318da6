// What certificates say is added to entries that are listed already: for entries that were made
// before relayctl, or by hand. A certificate is known by its fingerprints of all digests, so it
// finds its entry whatever the server computes. Remarks need no certificate.
#include "core/operations/annotate.hpp"

#include "core/audit/public_certificate.hpp"
#include "core/base/local_day.hpp"
#include "core/base/text.hpp"
#include "core/operations/every_table.hpp"
#include "core/operations/find_clients.hpp"
#include "core/table/entry_index.hpp"
#include "core/x509/client_fingerprints.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// What a certificate says of an entry with its fingerprint.
struct CertificateWords {
    std::string kind;
    std::string subject;
    std::optional<Time> expires;
    std::vector<std::string> others; // what note_public() notes of it
};

// An entry that is meant. words: no value where no file was named.
struct Description {
    Fingerprint fingerprint;
    std::optional<CertificateWords> words;
};

// A client that was named on the command line.
struct DescribedClient {
    std::string name; // for messages, escaped
    // Of all fingerprints that its entries may have, whatever the digest.
    std::vector<Description> descriptions;
};

// Takes what the file of the client says.
DescribedClient describe_file(const std::string& name, const CertificateFile& file)
{
    DescribedClient result{ name, {} };
    const Certificate* certificate = file.presented();
    const std::string subject
        = certificate != nullptr ? certificate->subject : file.bare_key()->subject;
    Annotation of_certificate;
    if (certificate != nullptr) {
        note_public(of_certificate, *certificate);
    }
    for (const ClientFingerprint& own : client_fingerprints(file)) {
        const bool is_key = own.is_of_key(); // which does not expire with its certificate
        result.descriptions.push_back({ own.fingerprint,
            CertificateWords{ own.kind, subject, is_key ? std::nullopt : certificate->not_after,
                is_key ? std::vector<std::string>() : of_certificate.others } });
    }
    return result;
}

DescribedClient describe(const CheckedClient& checked)
{
    if (checked.file) {
        return describe_file(checked.client.name, *checked.file);
    }
    DescribedClient result{ checked.client.name, {} };
    for (const ClientFingerprint& listed : checked.client.listed) {
        result.descriptions.push_back({ listed.fingerprint, std::nullopt });
    }
    if (checked.client.fingerprint) {
        result.descriptions.push_back({ *checked.client.fingerprint, std::nullopt });
    }
    return result;
}

// What is known of the entry already stays: when and by whom it was added, its retirement.
Annotation completed(Annotation annotation, const Description& description, const Remarks& remarks)
{
    if (const auto& words = description.words) {
        annotation.kind = words->kind;
        annotation.subject = words->subject;
        annotation.expires = words->expires;
        forget_public(annotation);
        annotation.others.insert(
            annotation.others.end(), words->others.begin(), words->others.end());
    }
    annotation.note = remarks.note.empty() ? annotation.note : remarks.note;
    annotation.owner = remarks.owner.empty() ? annotation.owner : remarks.owner;
    if (remarks.until || remarks.has_no_end) {
        annotation.until = remarks.until;
    }
    annotation.for_fingerprint.clear();
    if (annotation != Annotation()) { // else there is nothing to be bound to a fingerprint
        annotation.for_fingerprint = beginning_of(description.fingerprint);
    }
    return annotation;
}

// Says what is new: "annotated, to relay until 2027-05-31".
std::string news_of(const Annotation& before, const Annotation& after)
{
    if (before.until == after.until) {
        return "annotated";
    }
    Annotation without_end = after;
    without_end.until = before.until;
    without_end.for_fingerprint = before.for_fingerprint;
    return (without_end == before ? "" : "annotated, ")
        + (after.until ? "to relay until " + end_in_words(*after.until) : "has no end any more");
}

// A client of which this document has no entry is left to the other tables.
Plan plan_annotation(const Document& document, const std::vector<DescribedClient>& clients,
    const Remarks& remarks, ChangeReport& report)
{
    Plan plan;
    Editor editor(document);
    EntryIndex index(document);
    for (const DescribedClient& client : clients) {
        for (const Description& description : client.descriptions) {
            const Entry* entry = index.find(description.fingerprint);
            if (entry == nullptr) {
                continue;
            }
            EntryView view = view_of(document, *entry);
            Annotation annotation = completed(view.annotation, description, remarks);
            // An entry that says all of it already is no change, so running this again does
            // nothing.
            if (annotation != view.annotation) {
                editor.set_annotation(*entry, annotation);
                std::string news = news_of(view.annotation, annotation);
                view.annotation = std::move(annotation);
                report.updated.push_back({ std::move(view), std::move(news) });
            }
        }
    }
    report.nothing_to_do = "every entry is annotated already";
    plan.edits = editor.take();
    return plan;
}

// Returns true if an entry has any of the fingerprints of the client.
bool is_listed(EntryIndex& index, const DescribedClient& client)
{
    return std::any_of(client.descriptions.begin(), client.descriptions.end(),
        [&](const Description& description) {
            return index.find(description.fingerprint) != nullptr;
        });
}

// Returns true if the document has an entry of any of the clients.
bool lists_any(const Document& document, const std::vector<DescribedClient>& clients)
{
    EntryIndex index(document);
    return std::any_of(clients.begin(), clients.end(),
        [&](const DescribedClient& client) { return is_listed(index, client); });
}

// Refuses clients that no table lists, or with if_exists warns of them. Where a table could not be
// read, it may list them.
void require_listed(EveryTable& tables, const std::vector<DescribedClient>& clients, bool if_exists,
    Observer& observer)
{
    std::vector<bool> listed(clients.size());
    for (const EveryTable::Member& member : tables.members()) {
        if (member.document) {
            EntryIndex index(*member.document);
            for (std::size_t i = 0; i < clients.size(); ++i) {
                listed[i] = listed[i] || is_listed(index, clients[i]);
            }
        }
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
        if (listed[i] || tables.any_failed()) {
            continue;
        }
        if (!if_exists) {
            throw Error(ErrorKind::refused, clients[i].name + ": is not listed",
                { "to accept that, give --if-exists; to list it: relayctl add" });
        }
        observer.warning(clients[i].name + ": is not listed");
    }
}

// Finds the clients in the tables of the command.
std::vector<DescribedClient> described_clients(
    const TableAccess& access, const AnnotateRequest& request, Observer& observer)
{
    const auto names = [&access] {
        std::vector<TableName> tables;
        for (const AskedTable& asked : access.tables) {
            tables.push_back(asked.table);
        }
        return tables;
    };
    // A store is opened for a name that outlives it.
    const auto open = [&access](const TableName& table) -> Store& {
        return access.store(find_table(access.tables, table)->table);
    };
    const FoundClients found = find_clients(request.who, { names, open });
    for (const std::string& note : found.notes) {
        observer.done(note);
    }
    std::vector<DescribedClient> clients;
    for (const CheckedClient& checked : found.clients) {
        clients.push_back(describe(checked));
        if (!checked.file && !request.remarks.is_any()) {
            throw Error(ErrorKind::usage, clients.back().name + ": what is to be noted of it?",
                { "give --until, --owner or --note, or its certificate, which says the rest" });
        }
    }
    return clients;
}

} // namespace

ChangeResult annotate(const TableAccess& access, const AnnotateRequest& request, Observer& observer)
{
    const std::vector<DescribedClient> clients = described_clients(access, request, observer);
    Scope scope;
    for (const DescribedClient& client : clients) {
        for (const Description& description : client.descriptions) {
            scope.fingerprints.push_back(description.fingerprint);
        }
    }
    EveryTable tables(access, request.change, scope, observer);
    tables.read();
    require_listed(tables, clients, request.if_exists, observer);
    for (EveryTable::Member& member : tables.members()) {
        if (member.document && (tables.is_single() || lists_any(*member.document, clients))) {
            tables.change(member, [&](const Document& document, ChangeReport& report) {
                return plan_annotation(document, clients, request.remarks, report);
            });
        }
    }
    return tables.result("not annotated in every table", { "mend it and run this again" });
}

} // namespace relayctl
