#include "core/audit/annotation_audit.hpp"

#include "core/base/text.hpp"

namespace relayctl {

namespace {

class AnnotationAudit {
public:
    AnnotationAudit(const Document& document, const TableName& table, Time now)
        : document_(document)
        , table_(table)
        , now_(now)
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

    void examine(const Entry& entry)
    {
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
                "relayctl annotate CERT; then remove this line");
            return;
        }
        if (const auto word = malformed_time(*annotation)) {
            add(entry.line - 1, "annotation-time",
                quote(*word) + " is no time, so relayctl does not know it",
                "write it as 2027-11-22 or 2027-11-22T08:00:00Z");
        }
        const std::string host = escape(document_.value(entry));
        const std::string table = table_.to_string();
        if (is_retired(*annotation, now_)) {
            add(entry.line, "entry-retired",
                host + ": was to be retired after " + to_rfc3339(*annotation->retire_after)
                    + ", and may still relay",
                command_line({ "relayctl", "prune", "--retired", "-t", table }));
        } else if (is_expired(*annotation, now_)) {
            add(entry.line, "entry-expired",
                host + ": the certificate expired on " + to_date(*annotation->expires)
                    + "; Postfix does not look at that, it relays for ever",
                ways_out(std::string(document_.value(entry)), table));
        }
    }

    // Of an entry that has expired. What no shell takes as the host's name cannot be rotated by it.
    static std::string ways_out(const std::string& host, const std::string& table)
    {
        const std::string prune = command_line({ "relayctl", "prune", "--expired", "-t", table });
        const std::string rotate = host.starts_with('-')
            ? ""
            : command_line({ "relayctl", "rotate", host, "CERT", "-t", table });
        return rotate.empty() ? prune : rotate + ", or " + prune;
    }

    const Document& document_;
    const TableName& table_;
    Time now_;
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> audit_annotations(const Document& document, const TableName& table, Time now)
{
    return AnnotationAudit(document, table, now).run();
}

} // namespace relayctl
