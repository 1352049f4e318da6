// What changes the rows of a database table: a plan, or a copy of another table. Each is one
// transaction, which is done anew where a rival was quicker. Both throw SqlFailure, too.
#pragma once

#include "core/store/sql/sql_session.hpp"
#include "core/store/store.hpp"

namespace relayctl {

// Reads the scope, has the planner say what to do, and does it. Errors: what the planner throws;
// those of SqlSession::open(); ErrorKind::input if Postfix could not read one of the new values, or
// if the database does something else than what is written; ErrorKind::permission if this role may
// not add to the history, and the plan does more than take entries away. occasion: for the record.
Publication change_rows(SqlSession& session, const Scope& scope, const Planner& planner,
    const PublishOptions& options, const Occasion& occasion);

// Sends the entries into a staging table of this connection, compares them there with the rows, and
// changes what differs. Errors: those of Store::copy_from().
CopyResult copy_into(SqlSession& session, const EntrySource& source, const CopyOptions& options,
    const Occasion& occasion);

// Says after a change which standbys do not have it yet: waits for them if the options ask for
// that; otherwise, if the file names several hosts, notes which of them are behind. Fills notes and
// not_replicated of the publication: what was committed stands, so no failure is thrown.
void note_standbys(SqlSession& session, const PublishOptions& options, Publication& publication);

} // namespace relayctl
