// Makes the rows of a database table the entries of another table, in one transaction.
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/copy_plan.hpp"
#include "core/store/sql/row_changes.hpp"
#include "core/store/sql/sql_attempts.hpp"
#include "core/store/sql/sql_change.hpp"
#include "core/store/sql/sql_state.hpp"

namespace relayctl {

namespace {

// Each attempt reads the source again and sends all of it.
constexpr int most_transactions = 5;

// The staged rows are compared and written by the server: a million rows travel once.
struct SqlCopy {
    SqlSession& session;
    const EntrySource& source;
    const CopyOptions& options;
    const Occasion& occasion;
    CopyResult result = {};
    CopyStatements sql = {};
    AnnotationColumns missing = {}; // that annotations of the source would fill
    bool knows_columns = false;

    CopyResult run()
    {
        const InterruptGuard guard;
        SqlAttempts attempts(
            session, "the copy was made", [](const SqlFailure& failure, int number) {
                return failure.is_retryable() && number < most_transactions;
            });
        // Whatever came of the attempt before: done once more it is as it should be.
        attempts.run([&] { attempt(); });
        Publication& publication = result.publication;
        publication.changed = result.added + result.updated + result.removed > 0;
        publication.map = MapState::none;
        // The last attempt found nothing to do, so it was the one before, whose COMMIT had no
        // answer, that did it.
        if (attempts.is_in_doubt() && !publication.changed) {
            publication.changed = true;
            publication.notes.emplace_back("the connection broke while the copy was being "
                                           "committed; asked again, the server has it");
        }
        if (!options.dry_run) {
            note_standbys(session, options.publish, publication);
        }
        return std::move(result);
    }

    const SqlTable& table() const { return session.table(); }

    // Does the whole transaction; the staging table ends with it.
    void attempt()
    {
        session.open(Purpose::writing);
        // Here the columns are asked for at once: a failure in the middle would mean to send
        // everything again.
        if (!knows_columns) {
            session.find_columns();
            knows_columns = true;
        }
        sql = session.database().copy_statements(
            table(), record_on(occasion, session.table_name().to_string()));
        result = {};
        stage();
        compare();
        if (options.dry_run) {
            session.connection().roll_back();
        } else {
            change();
            session.commit();
        }
    }

    // Sends the entries of the source. They travel in pieces of 64 KiB.
    void stage()
    {
        session.set_patience(patience_for(options.publish.lock_timeout, 0));
        auto statements = session.begin_writing(options.publish.lock_timeout);
        statements.insert(statements.end(), sql.stage.begin(), sql.stage.end());
        // It takes as long as reading the source does.
        statements.push_back(session.database().limit_statements(std::chrono::milliseconds(0)));
        session.run(statements);
        session.connection().copy_in(sql.copy_in, [&](const SqlConnection::LineSink& sink) {
            std::string lines;
            source([&](std::string_view key, std::string_view value, const Annotation& annotation) {
                ++result.entries;
                lines += line_of(key, value, annotation);
                if (lines.size() > 1 << 16) {
                    sink(lines);
                    lines.clear();
                }
            });
            sink(lines);
        });
        // The limit that was lifted for the source holds again, by the number of rows that came.
        session.set_patience(patience_for(options.publish.lock_timeout, result.entries));
        statements = { session.limit_statements() };
        statements.insert(statements.end(), sql.index.begin(), sql.index.end());
        session.run(statements);
        result.not_kept = in_words(missing);
    }

    // Errors: ErrorKind::input for what the database cannot keep, or Postfix could not read.
    std::string line_of(std::string_view key, std::string_view value, const Annotation& annotation)
    {
        if (key.find('\0') != std::string_view::npos
            || value.find('\0') != std::string_view::npos) {
            throw Error(ErrorKind::input,
                quote(key, 100) + ": has a NUL byte, which a database cannot keep");
        }
        session.require_readable_value(value);
        // The user is told once what is not kept, not for each entry.
        missing |= table().missing_for(annotation);
        return session.database().copy_line(table(), SqlTable::stored_key(key), value, annotation);
    }

    // Counts what differs, and refuses what the options do not allow.
    void compare()
    {
        auto statements = sql.count;
        statements.push_back(sql.example);
        const auto results = session.run(statements);
        result.added = results[0].number(0, 0);
        result.updated = results[1].number(0, 0);
        result.renamed = results[2].number(0, 0);
        result.removed = results[3].number(0, 0);
        const SqlResult& example = results.back();
        require_allowed(options, result, example.rows() == 0 ? "" : escape(example.text(0, 0)));
    }

    // Returns true if there is a history, and something for it.
    bool keeps_record()
    {
        if (!options.publish.keep_history || result.added + result.updated + result.removed == 0) {
            return false;
        }
        Plan plan; // of which only the numbers count
        plan.added = result.added + result.updated;
        plan.removed = result.removed;
        const auto found = session.ask(session.database().find_history(table().shape()));
        return may_record(session, history_state(found), plan, result.publication);
    }

    // Writes what differs, and has the server check that nothing does any more.
    void change()
    {
        std::vector<Statement> statements;
        if (keeps_record()) {
            statements.push_back(sql.record);
        }
        // Rows are removed first and added last: in between, no key is there twice.
        for (const auto& [count, statement] : { std::pair(result.removed, &sql.remove),
                 std::pair(result.updated, &sql.update), std::pair(result.added, &sql.add) }) {
            if (count > 0) {
                statements.push_back(*statement);
            }
        }
        statements.push_back(session.database().check_now());
        statements.insert(statements.end(), sql.check.begin(), sql.check.end());
        try {
            session.run(statements);
        } catch (const SqlFailure& failure) {
            if (failure.state == sql_state::division_by_zero) {
                throw Error(ErrorKind::input,
                    session.name()
                        + ": the table would not be the same as what is copied: it, or something "
                          "that it does with what is written, stands against it");
            }
            throw;
        }
    }
};

} // namespace

CopyResult copy_into(SqlSession& session, const EntrySource& source, const CopyOptions& options,
    const Occasion& occasion)
{
    return SqlCopy{ session, source, options, occasion }.run();
}

} // namespace relayctl
