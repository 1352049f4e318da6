// The planner of a text table runs the editor, since the store holds the lock around it. Planned
// again, because somebody has saved the source without a lock, it takes the text that it has if the
// source is still what was edited, and otherwise refuses: two texts are not merged.
#include "core/operations/edit.hpp"

#include "core/audit/annotation_audit.hpp"
#include "core/audit/source_audit.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/operations/row_text.hpp"
#include "core/postfix/source_file.hpp"
#include "core/table/line_difference.hpp"
#include "core/table/text_change.hpp"

#include <set>
#include <utility>

namespace relayctl {

namespace {

// Is thrown through the store where the editor gives up.
struct GaveUp { };

// Returns what is wrong with a text, notes apart. That no entry is left counts as an error, since
// it is what an editor without room on its disk leaves as well.
std::vector<Finding> faults_of(
    const std::string& text, const TableName& table, const EditRequest& request)
{
    std::vector<Finding> faults = audit_source(text, table, request.digest);
    for (Finding& finding : audit_annotations(Document(text), table, request.now, request.repair)) {
        faults.push_back(std::move(finding));
    }
    for (Finding& finding : faults) {
        if (finding.id == "source-empty") {
            finding.severity = Severity::error;
        }
    }
    std::erase_if(faults, [](const Finding& found) { return found.severity == Severity::note; });
    return faults;
}

// Leaves out what was there before, wherever its line stands now: a table is not to be repaired by
// whoever changes something else in it.
std::vector<Finding> new_faults(std::vector<Finding> faults, const std::vector<Finding>& known)
{
    std::multiset<std::pair<std::string, std::string>> old;
    for (const Finding& finding : known) {
        old.emplace(finding.id, finding.message);
    }
    std::erase_if(faults, [&](const Finding& finding) {
        const auto same = old.find({ finding.id, finding.message });
        if (same == old.end()) {
            return false;
        }
        old.erase(same);
        return true;
    });
    return faults;
}

// One table while it is edited.
struct Editing {
    const TableName& table;
    const EditRequest& request;
    TextEditor& editor;
    std::optional<std::string> before = {}; // the text that was given to the editor
    std::string after = {};
    bool is_forced = false; // published in spite of what was found

    // Lets somebody edit the text until it is to be published.
    void edit(std::string_view text)
    {
        if (before) {
            require_same(text);
            return;
        }
        before.emplace(text);
        const std::vector<Finding> known = faults_of(*before, table, request);
        for (;;) {
            after = editor.edit(text);
            require_text(after, "the edited text"); // else nobody could read it again, or undo it
            const auto faults = after == *before
                ? std::vector<Finding>()
                : new_faults(faults_of(after, table, request), known);
            const auto decision
                = faults.empty() ? TextEditor::Decision::publish : editor.decide(faults);
            if (decision == TextEditor::Decision::give_up) {
                throw GaveUp{};
            }
            if (decision == TextEditor::Decision::publish) {
                is_forced = !faults.empty();
                return;
            }
        }
    }

    void require_same(std::string_view text) const
    {
        if (*before != text) {
            throw Error(ErrorKind::refused,
                escape(table.to_string()) + ": was changed by somebody else while it was edited");
        }
    }

    std::vector<EntryChange> changes() const
    {
        return entry_changes(text_changes(*before, line_difference(*before, after)));
    }

    Plan plan_text(const Document& document, ChangeReport& report)
    {
        edit(document.text());
        Plan plan;
        Editor edits(document);
        for (const Splice& splice : line_difference(*before, after)) {
            edits.replace_text(splice.offset, splice.size, splice.replacement);
        }
        plan.edits = edits.take();
        const Document edited(after);
        plan.added = edited.entries().size();
        plan.removed = document.entries().size();
        plan.accepts_warnings = is_forced;
        tell(edited, report);
        return plan;
    }

    Plan plan_rows(const Document& document, ChangeReport& report) const
    {
        require_same(text_of_rows(document, table));
        Plan plan;
        const Document edited(after);
        RowEdits rows(document);
        for (const EntryChange& change : changes()) {
            rows.add(change);
            const EntryView& entry = change.after ? *change.after : *change.before;
            if (const auto fingerprint = Fingerprint::from_key(entry.fingerprint)) {
                const Entry* found = edited.find(*fingerprint);
                plan.answers.emplace_back(*fingerprint,
                    found == nullptr ? std::nullopt
                                     : std::optional(std::string(edited.value(*found))));
            }
        }
        plan.edits = rows.take();
        plan.added = rows.added();
        plan.removed = rows.removed();
        tell(edited, report);
        return plan;
    }

    // Tells what becomes of the entries. edited: the text as it is to be.
    void tell(const Document& edited, ChangeReport& report) const
    {
        report.nothing_to_do = "the text is as it was";
        for (const EntryChange& change : changes()) {
            if (change.before && change.after && change.before->host == change.after->host
                && change.before->fingerprint == change.after->fingerprint) {
                report.updated.push_back({ *change.after, "annotated" });
                continue;
            }
            if (change.after) {
                report.added.push_back(*change.after);
            }
            if (change.before) {
                report.removed.push_back(*change.before);
                const auto fingerprint = Fingerprint::from_written(change.before->fingerprint);
                // Another line may still list the client.
                if (!fingerprint || edited.find(*fingerprint) == nullptr) {
                    report.revoked.push_back(*change.before);
                }
            }
        }
    }
};

void require_table(const TableName& table)
{
    if (table.has_source() && !stat_of(table.path)) {
        throw Error(ErrorKind::input, escape(table.path) + ": no such file",
            { Hint("make it with its first client: ", { "relayctl", "add", "CERT", "HOST" },
                table.to_string()) });
    }
}

} // namespace

std::optional<ChangeResult> edit_table(const TableAccess& access, const TableName& table,
    const EditRequest& request, TextEditor& editor, Observer& observer)
{
    require_writable(table);
    require_table(table);
    Editing editing{ table, request, editor };
    try {
        if (table.is_database()) {
            editing.edit(text_of_rows(access.store(table).read_scope(Scope::all()), table));
        }
        return change_one_table(
            access, table, request.change, Scope::all(),
            [&](const Document& document, ChangeReport& report) {
                return table.is_database() ? editing.plan_rows(document, report)
                                           : editing.plan_text(document, report);
            },
            observer);
    } catch (const GaveUp&) {
        return std::nullopt;
    }
}

} // namespace relayctl
