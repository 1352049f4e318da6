#include "core/operations/edit.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/editor.hpp"
#include "app/cli/report.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/show_change.hpp"
#include "core/base/file.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/private_copy.hpp"
#include "core/base/text.hpp"

#include <ostream>

namespace relayctl {

namespace {

// The editor of whoever runs relayctl, on a copy of the table that only he can read.
class OwnEditor : public TextEditor {
public:
    // name: of the copy.
    OwnEditor(Context& context, std::string name)
        : context_(context)
        , name_(std::move(name))
        , user_(user_behind_sudo(context))
        , command_(find_editor(context, user_))
        , has_terminal_(context.can_ask())
    {
    }

    std::string edit(std::string_view text) override
    {
        if (!copy_) {
            text_ = text;
            copy_.emplace(name_, text, user_);
        }
        run_editor(context_, command_, user_, copy_->path());
        return copy_->read();
    }

    // Without a terminal errors end it, and warnings are only told.
    Decision decide(const std::vector<Finding>& findings) override
    {
        for (const Finding& finding : findings) {
            context_.err() << (finding.line == 0 ? ""
                                                 : "line " + std::to_string(finding.line) + ": ")
                           << to_string(finding.severity) << ": " << finding.message << " ["
                           << finding.id << "]\n";
        }
        if (!context_.can_ask()) {
            return has_error(findings) ? Decision::give_up : Decision::publish;
        }
        for (;;) {
            const std::string answer
                = answer_to(context_, "what now? (e)dit again, (p)ublish anyway, (g)ive up: ");
            const std::string word = to_lower(trim(answer));
            if (word == "e" || word == "edit") {
                return Decision::edit_again;
            }
            if (word == "p" || word == "publish") {
                return Decision::publish;
            }
            if (answer.empty() || word == "g" || word == "q") { // the input may have ended
                return Decision::give_up;
            }
        }
    }

    // Somebody has worked on the text, and it was not published: he may want it back. An editor
    // that was ended leaves what was not saved in a file beside it.
    void keep_work()
    {
        if (!copy_ || !has_terminal_) {
            return;
        }
        try {
            if (copy_->has_other_files() || copy_->read() != text_) {
                copy_->keep();
                report_note(context_, "what you have edited is in " + escape(copy_->path()));
            }
        } catch (const Error&) { // there is nothing to be read, so nothing to be kept
        }
    }

private:
    Context& context_;
    std::string name_;
    std::optional<Account> user_;
    EditorCommand command_;
    bool has_terminal_; // when it began: it may be gone when the editor ends
    std::string text_; // before editing
    std::optional<PrivateCopy> copy_;
};

// While the editor has the terminal, nothing is shown of what goes on.
class EditView : public ChangeView {
public:
    using ChangeView::ChangeView;

    void during(const std::string& /*what*/, std::size_t /*steps*/,
        const std::function<void(const Advance&)>& work) override
    {
        work([] {});
    }
};

ExitStatus run_edit(const ChangeOptions& options, Context& context)
{
    const TableName table = context.table();
    require_writable(table);
    const InterruptGuard guard; // the copy is to be removed, or named
    OwnEditor editor(context, base_name(table.path));
    bool has_changed = false;
    EditView view(context, options);
    const EditRequest request{ context.digest_of_table(), context.now(), context.repair(),
        options };
    try {
        const auto result = edit_table(table_access(context), table, request, editor, view);
        if (!result) {
            return view.declined();
        }
        has_changed = result->has_changed();
        view.show(*result);
    } catch (const Error&) {
        if (context.state == "nothing was changed") {
            editor.keep_work();
        }
        throw;
    }
    if (!options.dry_run && has_changed) {
        note_other_services(context, {});
        warn_of_refusals(context, { table });
    }
    return ExitStatus::ok;
}

} // namespace

void declare_edit(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_edit,
        R"(Opens a copy of the table in VISUAL, EDITOR or sensible-editor, under the lock.
What you save is judged: then it is published whole, or you edit again. Without
a terminal, as with EDITOR=./script, errors end it. The rows of a database are
edited as lines. With sudo the editor is yours, not root's.

Examples:
  relayctl edit
  EDITOR=nano relayctl edit -t pgsql:/etc/postfix/relay_clients.cf
  relayctl edit --dry-run

Exit status:
  0 published, or not edited    1 errors and no terminal, given up, the editor
  failed, or somebody else changed the table    2 usage    3 bad table
  4 Postfix failed    5 lock busy or permission denied    6 disk or system error)");
    add_change_options(command, options);
}

} // namespace relayctl
