#include "app/cli/command_table.hpp"
#include "app/cli/report.hpp"
#include "app/cli/value_kind.hpp"
#include "app/every_table.hpp"
#include "core/base/text.hpp"
#include "core/table/entry_index.hpp"
#include "core/x509/certificate.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace relayctl {

namespace {

struct AnnotateOptions {
    std::vector<std::string> files;
    std::string note;
    bool if_exists = false;
    ChangeOptions change;
};

// What a file says of an entry with this fingerprint.
struct Description {
    Fingerprint fingerprint;
    std::string kind;
    std::string subject;
    std::optional<Time> expires;
};

struct Described {
    std::string file;
    std::vector<Description>
        descriptions; // of all fingerprints that its entries may have, whatever the digest
};

Described describe(const std::string& path)
{
    Described result{ path, {} };
    const CertificateFile file = load_certificates(path);
    const Certificate* certificate = file.presented();
    for (const std::string& name : usable_digests()) {
        const Digest digest = Digest::by_name(name);
        if (certificate != nullptr) {
            result.descriptions.push_back({ certificate->fingerprint(digest), "cert",
                certificate->subject, certificate->not_after });
            result.descriptions.push_back({ certificate->key_fingerprint(digest), "key",
                certificate->subject, std::nullopt });
        } else {
            result.descriptions.push_back({ file.bare_key()->key_fingerprint(digest), "key",
                file.bare_key()->subject, std::nullopt });
        }
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

void plan_file(const Document& document, EntryIndex& index, const Described& file,
    const std::string& note, Editor& editor, ChangeReport& report)
{
    for (const Description& description : file.descriptions) {
        const Entry* entry = index.find(description.fingerprint);
        if (entry == nullptr) {
            continue;
        }
        EntryView view = view_of(document, *entry);
        Annotation annotation = completed(view.annotation, description, note);
        if (annotation != view.annotation) {
            editor.set_annotation(*entry, annotation);
            view.annotation = std::move(annotation);
            report.updated.push_back({ std::move(view), "annotated" });
        }
    }
}

// Files that are about no entry of this document are left to the other tables.
Plan plan_annotate(const Document& document, const std::vector<Described>& files,
    const AnnotateOptions& options, ChangeReport& report)
{
    Plan plan;
    Editor editor(document);
    EntryIndex index(document);
    for (const Described& file : files) {
        plan_file(document, index, file, options.note, editor, report);
    }
    report.nothing_to_do = "every entry is annotated already";
    plan.edits = editor.take();
    return plan;
}

bool is_listed(EntryIndex& index, const Described& file)
{
    return std::any_of(
        file.descriptions.begin(), file.descriptions.end(), [&](const Description& description) {
            return index.find(description.fingerprint) != nullptr;
        });
}

bool lists_any(const Document& document, const std::vector<Described>& files)
{
    EntryIndex index(document);
    return std::any_of(
        files.begin(), files.end(), [&](const Described& file) { return is_listed(index, file); });
}

// Those that no table lists are refused, or with --if-exists named.
void require_listed(Context& context, EveryTable& tables, const std::vector<Described>& files,
    const AnnotateOptions& options)
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
        if (!options.if_exists) {
            throw Error(ErrorKind::refused, escape(files[i].file) + ": is not listed",
                { "to accept that, give --if-exists; to list it: relayctl add" });
        }
        report_warning(context, escape(files[i].file) + ": is not listed");
    }
}

void run_annotate(const AnnotateOptions& options, Context& context)
{
    require_any_changeable(context);
    std::vector<Described> files;
    Scope scope;
    for (const std::string& path : options.files) {
        files.push_back(describe(path));
        for (const Description& description : files.back().descriptions) {
            scope.fingerprints.push_back(description.fingerprint);
        }
    }
    EveryTable tables(context, options.change, scope);
    tables.look();
    require_listed(context, tables, files, options);
    for (EveryTable::Member& member : tables.members()) {
        if (member.document
            && (tables.members().size() == 1 || lists_any(*member.document, files))) {
            tables.change(member, [&](const Document& document, ChangeReport& report) {
                return plan_annotate(document, files, options, report);
            });
        }
    }
    tables.finish("not annotated in every table", { "mend it and run this again" });
}

constexpr const char* annotate_footer
    = R"(Writes what the certificates say (kind, subject, expiry) into a comment above
their entries, for list, prune and verify. Postfix does not read it.

Examples:
  relayctl annotate clients/*.pem
  relayctl annotate --note 'leaves in May' zen.pem

Exit status:
  0 annotated now or before    1 a certificate is not listed    2 usage
  3 bad certificate or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

RunCommand declare_annotate(CLI::App& command, Context& context)
{
    auto options = std::make_shared<AnnotateOptions>();
    command.add_option("CERT", options->files, "certificates of clients that are listed")
        ->type_name("")
        ->required()
        ->check(completed_as(ValueKind::file));
    command.add_option("--note", options->note, "a remark, kept with the entries")
        ->type_name("TEXT");
    command.add_flag("--if-exists", options->if_exists, "no error where one is not listed");
    add_change_options(command, options->change);
    command.footer(annotate_footer);
    return [options, &context] {
        run_annotate(*options, context);
        return ExitStatus::ok;
    };
}

} // namespace relayctl
