#include "core/store/sql/read_rows.hpp"

#include <algorithm>
#include <span>

namespace relayctl {

namespace {

// A batch of about half a megabyte: large enough to make the round trips few.
constexpr std::size_t rows_at_once = 5000;

// One call of read_scope().
struct ScopeReader {
    SqlSession& session;
    const Scope& scope;
    std::vector<SqlResult> first = {}; // results of the first round trip
    // The number of entries of the table, if the scope wants it.
    std::size_t all = 0;
    RowsBuilder builder = {};
    std::vector<std::string> kept_keys = {};

    Document run(std::vector<Statement> begin)
    {
        // The count is taken in the same transaction as the rows, so that both are of one state.
        const std::size_t count_at = begin.size();
        if (scope.counts_all) {
            begin.push_back(session.database().count_all(session.table()));
        }
        if (scope.everything) {
            read_everything(std::move(begin));
        } else {
            read_named(std::move(begin));
        }
        if (scope.counts_all) {
            all = first.at(count_at).number(0, 0);
        }
        if (scope.everything && scope.with_same_keys && !kept_keys.empty()) {
            read_same_keys();
        }
        return builder.build(all > builder.count() ? all - builder.count() : 0);
    }

    // The server finds the rows that the scope names.
    void read_named(std::vector<Statement> statements)
    {
        statements.push_back(session.database().select_scope(session.table(), scope));
        first = session.run(statements);
        take(first.back());
    }

    // All rows come here, and the filter of the scope chooses.
    void read_everything(std::vector<Statement> begin)
    {
        SqlCursor cursor(session, std::move(begin), EntryOrder::any);
        first = cursor.take_results();
        while (!cursor.is_at_end()) {
            take(cursor.fetch());
        }
    }

    // Reads all rows with the key of one that the filter kept, and nothing else.
    void read_same_keys()
    {
        builder = RowsBuilder();
        // The filter has chosen the keys. Their other rows must come, too, whatever it thinks of
        // them.
        const Scope unfiltered;
        const std::span<const std::string> keys(kept_keys);
        for (std::size_t from = 0; from < keys.size(); from += rows_at_once) {
            const SqlResult result = session.ask(session.database().select_keys(
                session.table(), keys.subspan(from, std::min(rows_at_once, keys.size() - from))));
            for (std::size_t row = 0; row < result.rows(); ++row) {
                session.table().add_to(builder, result, row, unfiltered);
            }
        }
    }

    // Adds the rows that the filter lets through, and remembers their keys if the scope asks for
    // that.
    void take(const SqlResult& result)
    {
        for (std::size_t row = 0; row < result.rows(); ++row) {
            if (session.table().add_to(builder, result, row, scope) && scope.with_same_keys) {
                kept_keys.push_back(result.text(row, 0));
            }
        }
    }
};

} // namespace

SqlCursor::SqlCursor(SqlSession& session, std::vector<Statement> begin, EntryOrder order)
    : session_(session)
{
    const SqlDatabase& database = session.database();
    begin.push_back(database.declare_cursor(database.select_all(session.table(), order)));
    results_ = session_.run(begin);
}

SqlResult SqlCursor::fetch()
{
    SqlResult result = session_.ask(session_.database().fetch_rows(rows_at_once));
    // A batch that is not full is the last one; it may be empty.
    is_at_end_ = result.rows() < rows_at_once;
    return result;
}

Document read_scope(SqlSession& session, const Scope& scope, std::vector<Statement> begin)
{
    return ScopeReader{ session, scope }.run(std::move(begin));
}

} // namespace relayctl
