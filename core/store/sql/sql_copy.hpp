// Making the rows of a database table the entries of another table, in one transaction.
#pragma once

#include "core/store/sql/sql_session.hpp"
#include "core/store/store.hpp"

namespace relayctl {

// The entries go by COPY into a staging table of this connection, are compared there, and what
// differs is changed. Errors: those of Store::copy_from(). Throws SqlFailure.
CopyResult copy_into(SqlSession& session, const EntrySource& source, const CopyOptions& options);

} // namespace relayctl
