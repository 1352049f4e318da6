// Lets somebody edit a table as a text, as vipw(8) and visudo(8) do: nobody else changes it
// meanwhile, and it is judged before it is published.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/operations/change.hpp"
#include "core/x509/digest.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Whoever edits.
class TextEditor {
public:
    virtual ~TextEditor() = default;

    // Gives the text as it is after editing. It is called again where that is to be edited again;
    // then editing goes on with what was given before. Errors: ErrorKind::refused where the editor
    // fails.
    virtual std::string edit(std::string_view text) = 0;

    enum class Decision { edit_again, publish, give_up };
    // Decides about a text in which something was found that was not there before.
    virtual Decision decide(const std::vector<Finding>& findings) = 0;
};

// What "edit" is asked for.
struct EditRequest {
    Digest digest; // of the table
    Time now;
    Repair repair;
    ChangeOptions change;
};

// Has the table edited and publishes it, all at once. The text of a source is edited under its
// lock. The rows of a database, which has none, become a text with an entry a line, and what is
// changed in it becomes edits of the rows; comments are not kept, and a row that no line can have
// stays as it is. No value where the editor gave up. Errors: ErrorKind::input where there is no
// table; ErrorKind::refused where it was changed by somebody else meanwhile; those of TextEditor
// and of change_table().
std::optional<ChangeResult> edit_table(const TableAccess& access, const TableName& table,
    const EditRequest& request, TextEditor& editor, Observer& observer);

} // namespace relayctl
