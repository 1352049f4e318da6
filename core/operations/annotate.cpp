// What certificates say is added to entries that are listed already: for entries that were made
// before relayctl, or by hand. A certificate is known by its fingerprints of all digests, so it
// finds its entry whatever the server computes.
#include "core/operations/annotate.hpp"

#include "core/base/text.hpp"
#include "core/operations/every_table.hpp"
#include "core/table/entry_index.hpp"
#include "core/x509/client_fingerprints.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// What a file says of an entry with this fingerprint.
struct Description {
    Fingerprint fingerprint;
    std::string kind;
    std::string subject;
    std::optional<Time> expires;
};

// A file that was named on the command line.
struct DescribedFile {
    std::string name;
    // Of all fingerprints that its entries may have, whatever the digest.
    std::vector<Description> descriptions;
};

// Reads the file. Errors: those of load_certificates() and CertificateFile::presented().
DescribedFile describe(const std::string& path)
{
    DescribedFile result{ path, {} };
    const CertificateFile file = load_certificates(path);
    const Certificate* certificate = file.presented();
    const std::string subject
        = certificate != nullptr ? certificate->subject : file.bare_key()->subject;
    for (const ClientFingerprint& own : client_fingerprints(file)) {
        result.descriptions.push_back({ own.fingerprint, own.kind, subject,
            // A key does not expire with its certificate.
            own.is_of_key() ? std::nullopt : certificate->not_after });
    }
    return result;
}

// What is known of the entry already stays: when and by whom it was added, its note, its
// retirement.
Annotation completed(Annotation annotation, const Description& description, const std::string& note)
{
    annotation.kind = description.kind;
    annotation.subject = description.subject;
    annotation.expires = description.expires;
    annotation.note = note.empty() ? annotation.note : note;
    annotation.for_fingerprint = beginning_of(description.fingerprint);
    return annotation;
}

// A file that is about no entry of this document is left to the other tables.
Plan plan_annotation(const Document& document, const std::vector<DescribedFile>& files,
    const std::string& note, ChangeReport& report)
{
    Plan plan;
    Editor editor(document);
    EntryIndex index(document);
    for (const DescribedFile& file : files) {
        for (const Description& description : file.descriptions) {
            const Entry* entry = index.find(description.fingerprint);
            if (entry == nullptr) {
                continue;
            }
            EntryView view = view_of(document, *entry);
            Annotation annotation = completed(view.annotation, description, note);
            // An entry that says all of it already is no change, so running this again does
            // nothing.
            if (annotation != view.annotation) {
                editor.set_annotation(*entry, annotation);
                view.annotation = std::move(annotation);
                report.updated.push_back({ std::move(view), "annotated" });
            }
        }
    }
    report.nothing_to_do = "every entry is annotated already";
    plan.edits = editor.take();
    return plan;
}

// Returns true if an entry has any of the fingerprints of the file.
bool is_listed(EntryIndex& index, const DescribedFile& file)
{
    return std::any_of(
        file.descriptions.begin(), file.descriptions.end(), [&](const Description& description) {
            return index.find(description.fingerprint) != nullptr;
        });
}

// Returns true if the document has an entry of any of the files.
bool lists_any(const Document& document, const std::vector<DescribedFile>& files)
{
    EntryIndex index(document);
    return std::any_of(files.begin(), files.end(),
        [&](const DescribedFile& file) { return is_listed(index, file); });
}

// Refuses files that no table lists, or with if_exists warns of them. Where a table could not be
// read, it may list them.
void require_listed(
    EveryTable& tables, const std::vector<DescribedFile>& files, bool if_exists, Observer& observer)
{
    std::vector<bool> listed(files.size());
    for (const EveryTable::Member& member : tables.members()) {
        if (member.document) {
            EntryIndex index(*member.document);
            for (std::size_t i = 0; i < files.size(); ++i) {
                listed[i] = listed[i] || is_listed(index, files[i]);
            }
        }
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (listed[i] || tables.any_failed()) {
            continue;
        }
        if (!if_exists) {
            throw Error(ErrorKind::refused, escape(files[i].name) + ": is not listed",
                { "to accept that, give --if-exists; to list it: relayctl add" });
        }
        observer.warning(escape(files[i].name) + ": is not listed");
    }
}

} // namespace

ChangeResult annotate(const TableAccess& access, const AnnotateRequest& request, Observer& observer)
{
    std::vector<DescribedFile> files;
    Scope scope;
    for (const std::string& path : request.files) {
        files.push_back(describe(path));
        for (const Description& description : files.back().descriptions) {
            scope.fingerprints.push_back(description.fingerprint);
        }
    }
    EveryTable tables(access, request.change, scope, observer);
    tables.read();
    require_listed(tables, files, request.if_exists, observer);
    for (EveryTable::Member& member : tables.members()) {
        if (member.document && (tables.is_single() || lists_any(*member.document, files))) {
            tables.change(member, [&](const Document& document, ChangeReport& report) {
                return plan_annotation(document, files, request.note, report);
            });
        }
    }
    return tables.result("not annotated in every table", { "mend it and run this again" });
}

} // namespace relayctl
