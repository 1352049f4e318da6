#include "core/audit/annotation_audit.hpp"

#include "core/audit/public_certificate.hpp"
#include "core/audit/validity_in_words.hpp"
#include "core/base/local_day.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

// Collects the findings of one table, entry by entry.
class AnnotationAudit {
public:
    AnnotationAudit(
        const Document& document, const TableName& table, Time now, const Repair& repair)
        : document_(document)
        , table_(table)
        , now_(now)
        , repair_(repair)
    {
    }

    std::vector<Finding> run()
    {
        for (const Entry& entry : document_.entries()) {
            if (document_.may_be_annotated(entry)) {
                examine(entry);
            }
        }
        return std::move(findings_);
    }

private:
    void add(std::uint32_t line, const char* id, std::string message, std::string hint)
    {
        findings_.push_back({ Severity::warning, id, table_.behind_proxy().path, line, 0,
            std::move(message), std::move(hint) });
    }

    // Judges one entry. The annotation of a row is in its columns; in a file it is in the comment
    // line directly above the entry.
    void examine(const Entry& entry)
    {
        // The comment is parsed here and not by Document::annotation(), since an annotation that
        // was made for another fingerprint or has an unreadable time is a finding, too.
        const auto annotation = document_.is_of_rows()
            ? std::optional(document_.annotation(entry))
            : parse_annotation(document_.comment_above(entry));
        if (!annotation) {
            return;
        }
        const auto fingerprint = document_.meant_fingerprint(entry);
        if (fingerprint && !is_for(*annotation, *fingerprint)) {
            add(entry.line - 1, "annotation-foreign",
                "this annotation was made for another fingerprint ("
                    + escape(annotation->for_fingerprint)
                    + "), so it says nothing of the entry below it",
                "remove this line; a right one is made by: " + command("annotate CERT"));
            // An annotation of another fingerprint says nothing of this entry, so neither its dates
            // nor its other words are judged.
            return;
        }
        if (const auto word = malformed_time(*annotation)) {
            add(entry.line - 1, "annotation-time",
                quote(*word) + " is no time, so relayctl does not know it",
                "write it as 2027-11-22 or 2027-11-22T08:00:00Z");
        }
        const std::string host = escape(document_.value(entry));
        // An entry whose time to retire has passed is reported as that alone, also where its
        // certificate has expired: prune --retired removes it in any case.
        if (is_retired(*annotation, now_)) {
            add(entry.line, "entry-retired",
                host + ": was to be retired after " + to_rfc3339(*annotation->retire_after)
                    + ", and may still relay",
                // Its date is the administrator's own, so the command does not ask once more.
                command("prune --retired --yes"));
        } else if (has_ended(*annotation, now_)) {
            add(entry.line, "entry-ended",
                host + ": was to relay until " + end_in_words(*annotation->until)
                    + ", and may still do so",
                command("prune --retired --yes"));
        } else if (is_expired(*annotation, now_)) {
            add(entry.line, "entry-expired",
                host + ": " + expired_in_words(*annotation->expires) + ", it relays for ever",
                ways_out(std::string(document_.value(entry))));
        } else if (const auto said = public_in_words(*annotation);
                   said && !annotation->retire_after) {
            findings_.push_back({ Severity::note, "public-certificate", table_.behind_proxy().path,
                entry.line, 0, host + ": " + *said, what_lasts() });
        }
    }

    // Says what can be done about an entry that has expired: which of the two, nobody but the
    // administrator knows, and prune asks him. The host's name is left out if no shell takes it.
    std::string ways_out(const std::string& host) const
    {
        const std::string prune
            = "to remove all that have expired, after a question: " + command("prune --expired");
        // A host that begins with '-' would be read as an option of relayctl.
        const std::string name = host.starts_with('-') ? "" : command_line({ host });
        return name.empty()
            ? prune
            : "to list its new certificate: " + command("rotate " + name + " CERT") + "; " + prune;
    }

    // Returns a command of relayctl about this table, ready to paste; empty if the table's name
    // cannot be pasted.
    std::string command(const std::string& words) const
    {
        return repair_.relayctl(words, table_.to_string());
    }

    const Document& document_;
    const TableName& table_;
    Time now_;
    const Repair& repair_;
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> audit_annotations(
    const Document& document, const TableName& table, Time now, const Repair& repair)
{
    return AnnotationAudit(document, table, now, repair).run();
}

} // namespace relayctl
