#include "core/store/sql/row_sightings.hpp"

#include "core/base/interrupt.hpp"
#include "core/store/sql/sql_attempts.hpp"
#include "core/store/sql/sql_session.hpp"
#include "core/store/sql/sql_state.hpp"

#include <charconv>

namespace relayctl {

namespace {

constexpr std::chrono::seconds rows_lock_timeout{ 10 };

bool has_column(SqlSession& session)
{
    const SqlResult columns
        = session.ask(session.database().select_columns(session.table().shape()));
    for (std::size_t row = 0; row < columns.rows(); ++row) {
        if (columns.text(row, 0) == last_seen_column
            && columns.text(row, 1) == "timestamp with time zone") {
            return true;
        }
    }
    return false;
}

} // namespace

LastTimes last_seen_in_rows(Postfix& postfix, const TableName& table)
{
    SqlSession session(postfix, table);
    return session.with_errors([&] {
        LastTimes times;
        session.open(Purpose::reading);
        if (!has_column(session)) {
            return times;
        }
        const SqlResult rows
            = session.ask(session.database().select_last_seen(session.table().shape()));
        for (std::size_t row = 0; row < rows.rows(); ++row) {
            const auto key = Fingerprint::from_written(rows.text(row, 0));
            const std::string text = rows.text(row, 1);
            long long seconds = 0;
            std::from_chars(text.data(), text.data() + text.size(), seconds);
            if (const auto time = time_of_seconds(seconds); key && time) {
                times.try_emplace(*key, *time);
            }
        }
        return times;
    });
}

NotedRows note_last_seen_in_rows(Postfix& postfix, const TableName& table, const LastTimes& times)
{
    SqlSession session(postfix, table);
    return session.with_errors([&] {
        session.open(Purpose::writing);
        NotedRows noted{ session.table().shape().table, has_column(session) };
        if (!noted.has_column) {
            return noted;
        }
        std::vector<std::string> keys;
        std::vector<SqlValue> when;
        for (const auto& [fingerprint, time] : times) {
            keys.push_back(SqlTable::stored_key(fingerprint.to_string()));
            when.emplace_back(to_rfc3339(time));
        }
        const InterruptGuard guard;
        session.set_patience(patience_for(rows_lock_timeout, keys.size()));
        SqlAttempts attempts(
            session, "it was noted who came", [](const SqlFailure& failure, int number) {
                return failure.is_retryable() && number < 10;
            });
        try {
            attempts.run([&] {
                session.open(Purpose::writing);
                auto statements = session.begin_writing(rows_lock_timeout);
                statements.push_back(
                    session.database().update_last_seen(session.table().shape(), keys, when));
                session.run(statements);
                session.commit();
            });
        } catch (const SqlFailure& failure) {
            if (failure.state != sql_state::permission_denied) {
                throw;
            }
            return noted;
        }
        noted.is_noted = true;
        return noted;
    });
}

} // namespace relayctl
