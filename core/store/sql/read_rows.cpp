#include "core/store/sql/read_rows.hpp"

#include <algorithm>
#include <span>

namespace relayctl {

namespace {

constexpr std::size_t rows_at_once = 5000;

class ScopeReader {
public:
    ScopeReader(SqlSession& session, const Scope& scope)
        : session_(session)
        , scope_(scope)
    {
    }

    Document run(std::vector<Statement> begin)
    {
        const std::size_t count_at = begin.size();
        if (scope_.counts_all) {
            begin.push_back(session_.database().count_all(session_.table()));
        }
        if (scope_.everything) {
            read_everything(std::move(begin));
        } else {
            read_named(std::move(begin));
        }
        if (scope_.counts_all) {
            all_ = first_.at(count_at).number(0, 0);
        }
        if (scope_.everything && scope_.with_same_keys && !kept_keys_.empty()) {
            read_same_keys();
        }
        return builder_.build(all_ > builder_.count() ? all_ - builder_.count() : 0);
    }

private:
    void read_named(std::vector<Statement> statements)
    {
        statements.push_back(session_.database().select_scope(session_.table(), scope_));
        first_ = session_.run(statements);
        take(first_.back());
    }

    void read_everything(std::vector<Statement> begin)
    {
        SqlCursor cursor(session_, std::move(begin), EntryOrder::any);
        first_ = cursor.take_results();
        while (!cursor.is_at_end()) {
            take(cursor.fetch());
        }
    }

    // Reads all rows with the key of one that the filter kept, and nothing else.
    void read_same_keys()
    {
        builder_ = RowsBuilder();
        const Scope unfiltered;
        const std::span<const std::string> keys(kept_keys_);
        for (std::size_t from = 0; from < keys.size(); from += rows_at_once) {
            const SqlResult result = session_.ask(session_.database().select_keys(
                session_.table(), keys.subspan(from, std::min(rows_at_once, keys.size() - from))));
            for (std::size_t row = 0; row < result.rows(); ++row) {
                session_.table().add_to(builder_, result, row, unfiltered);
            }
        }
    }

    void take(const SqlResult& result)
    {
        for (std::size_t row = 0; row < result.rows(); ++row) {
            if (session_.table().add_to(builder_, result, row, scope_) && scope_.with_same_keys) {
                kept_keys_.push_back(result.text(row, 0));
            }
        }
    }

    SqlSession& session_;
    const Scope& scope_;
    std::vector<SqlResult> first_; // results of the first round trip
    std::size_t all_ = 0;
    RowsBuilder builder_;
    std::vector<std::string> kept_keys_;
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
    is_at_end_ = result.rows() < rows_at_once;
    return result;
}

Document read_scope(SqlSession& session, const Scope& scope, std::vector<Statement> begin)
{
    return ScopeReader(session, scope).run(std::move(begin));
}

} // namespace relayctl
