// What is said after a change about standbys that do not have it yet.
#pragma once

#include "core/store/plan.hpp"
#include "core/store/sql/sql_session.hpp"

namespace relayctl {

// Waits for the standbys if the options ask for that. Otherwise, if the file names several hosts,
// notes which of them are behind. Fills notes and not_replicated of the publication: what was
// committed stands, so no failure is thrown.
void note_standbys(SqlSession& session, const PublishOptions& options, Publication& publication);

} // namespace relayctl
