// Publishing a change of a text table: source and map become the new ones together, or stay the old
// ones. docs/architecture.md has the protocol with the reason of each step.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/store/plan.hpp"

namespace relayctl {

// Has the planner say what to do with the source as it is, and does that; again if an editor saves
// the source meanwhile. occasion: for the record of the change in the history. Errors: what the
// planner throws; ErrorKind::permission (lock, rights, an editor that does not stop saving),
// ErrorKind::postfix (postmap failed, or warned of the new lines), ErrorKind::system,
// ErrorKind::interrupted. Each carries the state that it left.
Publication publish(Postfix& postfix, const TableName& table, const Planner& planner,
    const PublishOptions& options, const Occasion& occasion);

} // namespace relayctl
