#include "core/operations/undo.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/show_change.hpp"
#include "app/render/history.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

// What was typed behind "undo".
struct UndoOptions {
    std::string what;
    bool agreed = false;
    ChangeOptions change;
};

// Takes one change back, and says which it was.
ExitStatus run_undo(const UndoOptions& options, Context& context)
{
    require_any_changeable(context);
    ChangeView view(context, options.change);
    const auto result = undo(table_access(context),
        { options.what, context.can_ask() && !options.agreed, options.change }, view);
    if (!result) {
        return view.declined();
    }
    const HistoryRecord& undone = result->undone.record;
    if (!options.change.dry_run && result->change.has_changed()) {
        report_note(context,
            "that takes back change " + std::to_string(undone.number) + " ("
                + (undone.is_outside() ? "made outside"
                                       : escape(undone.command) + " by " + who_of(undone))
                + ", " + to_rfc3339(undone.time) + ')');
    }
    view.show(result->change);
    return ExitStatus::ok;
}

} // namespace

void declare_undo(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_undo,
        R"(Without CHANGE the newest one; WHO is a host, a fingerprint or a certificate
file, and means the newest change about it. Entries and annotations are put back
as they were, the rest of the table is left alone. To undo an undo is to redo.

Examples:
  relayctl undo --dry-run
  relayctl undo 42
  relayctl undo zen.suse.co.uk

Exit status:
  0 taken back    1 there is no such change, its entries have changed since, or
  the answer was no    2 usage    3 bad certificate or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_optional_operand(command, "CHANGE", options.what, "number of a change, or WHO it was about",
        ValueKind::anybody);
    add_flag(command, "-y,--yes", options.agreed, "do not ask");
    add_change_options(command, options.change);
}

} // namespace relayctl
