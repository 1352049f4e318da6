// What planning a change of one table works on, whatever the operation is.
#pragma once

#include "core/operations/observer.hpp"
#include "core/table/editor.hpp"

#include <utility>

namespace relayctl {

// The base of an operation's plan. The document and the report outlive it.
struct TablePlan {
    const Document& document; // the table as it is
    ChangeReport& report; // what people are told of the change
    Editor editor = Editor(document);
    Plan made = {};

    // Returns the plan with all edits. It is called once, at the end.
    Plan finished()
    {
        made.edits = editor.take();
        return std::move(made);
    }
};

} // namespace relayctl
