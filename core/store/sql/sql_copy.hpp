// Making the rows of a database table the entries of another table, in one transaction.
#pragma once

#include "core/store/sql/sql_session.hpp"
#include "core/store/store.hpp"

namespace relayctl {

// Sends the entries into a staging table of this connection, compares them there with the rows, and
// changes what differs. Errors: those of Store::copy_from(). Throws SqlFailure.
CopyResult copy_into(SqlSession& session, const EntrySource& source, const CopyOptions& options);

} // namespace relayctl
