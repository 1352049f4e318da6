// Makes the rows of a database table the entries of another table, in one transaction.
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/copy_plan.hpp"
#include "core/store/sql/sql_attempts.hpp"
#include "core/store/sql/sql_change.hpp"

namespace relayctl {

namespace {

constexpr int max_attempts = 5;

class SqlCopy {
public:
    SqlCopy(SqlSession& session, const EntrySource& source, const CopyOptions& options)
        : session_(session)
        , source_(source)
        , options_(options)
    {
    }

    CopyResult run()
    {
        const InterruptGuard guard;
        SqlAttempts attempts(
            session_, "the copy was made", [](const SqlFailure& failure, int number) {
                return failure.is_retryable() && number < max_attempts;
            });
        // Whatever came of the attempt before: done once more it is as it should be.
        attempts.run([&] { attempt(); });
        Publication& publication = result_.publication;
        publication.changed = result_.added + result_.updated + result_.removed > 0;
        publication.map = MapState::none;
        if (attempts.is_in_doubt() && !publication.changed) {
            publication.changed = true;
            publication.notes.emplace_back("the connection broke while the copy was being "
                                           "committed; asked again, the server has it");
        }
        if (!options_.dry_run) {
            note_standbys(session_, options_.publish, publication);
        }
        return std::move(result_);
    }

private:
    const SqlTable& table() const { return session_.table(); }

    void attempt()
    {
        session_.open(Purpose::writing);
        if (!knows_columns_) {
            session_.find_columns();
            knows_columns_ = true;
        }
        sql_ = session_.database().copy_statements(table());
        result_ = {};
        stage();
        compare();
        if (options_.dry_run) {
            session_.connection().roll_back();
        } else {
            change();
            session_.commit();
        }
    }

    void stage()
    {
        session_.set_patience(patience_for(options_.publish.lock_timeout, 0));
        auto statements = session_.begin_writing(options_.publish.lock_timeout);
        statements.insert(statements.end(), sql_.stage.begin(), sql_.stage.end());
        // It takes as long as reading the source does.
        statements.push_back(session_.database().limit_statements(std::chrono::milliseconds(0)));
        session_.run(statements);
        session_.connection().copy_in(sql_.copy_in, [&](const SqlConnection::LineSink& sink) {
            std::string lines;
            source_(
                [&](std::string_view key, std::string_view value, const Annotation& annotation) {
                    ++result_.entries;
                    lines += line_of(key, value, annotation);
                    if (lines.size() > 1 << 16) {
                        sink(lines);
                        lines.clear();
                    }
                });
            sink(lines);
        });
        session_.set_patience(patience_for(options_.publish.lock_timeout, result_.entries));
        statements = { session_.limit_statements() };
        statements.insert(statements.end(), sql_.index.begin(), sql_.index.end());
        session_.run(statements);
        result_.not_kept = in_words(missing_);
    }

    std::string line_of(std::string_view key, std::string_view value, const Annotation& annotation)
    {
        if (key.find('\0') != std::string_view::npos
            || value.find('\0') != std::string_view::npos) {
            throw Error(ErrorKind::input,
                quote(key, 100) + ": has a NUL byte, which a database cannot keep");
        }
        session_.require_readable_value(value);
        missing_ |= table().missing_for(annotation);
        return session_.database().copy_line(table(), SqlTable::stored_key(key), value, annotation);
    }

    void compare()
    {
        auto statements = sql_.count;
        statements.push_back(sql_.example);
        const auto results = session_.run(statements);
        result_.added = results[0].number(0, 0);
        result_.updated = results[1].number(0, 0);
        result_.renamed = results[2].number(0, 0);
        result_.removed = results[3].number(0, 0);
        const SqlResult& example = results.back();
        require_allowed(options_, result_, example.rows() == 0 ? "" : escape(example.text(0, 0)));
    }

    void change()
    {
        std::vector<Statement> statements;
        for (const auto& [count, statement] : { std::pair(result_.removed, &sql_.remove),
                 std::pair(result_.updated, &sql_.update), std::pair(result_.added, &sql_.add) }) {
            if (count > 0) {
                statements.push_back(*statement);
            }
        }
        statements.push_back(session_.database().check_now());
        statements.insert(statements.end(), sql_.check.begin(), sql_.check.end());
        try {
            session_.run(statements);
        } catch (const SqlFailure& failure) {
            if (failure.state == sql_state::division_by_zero) {
                throw Error(ErrorKind::input,
                    session_.name()
                        + ": the table would not be the same as what is copied: it, or something "
                          "that it does with what is written, stands against it");
            }
            throw;
        }
    }

    SqlSession& session_;
    const EntrySource& source_;
    const CopyOptions& options_;
    CopyResult result_;
    CopyStatements sql_;
    AnnotationColumns missing_; // that annotations of the source would fill
    bool knows_columns_ = false;
};

} // namespace

CopyResult copy_into(SqlSession& session, const EntrySource& source, const CopyOptions& options)
{
    return SqlCopy(session, source, options).run();
}

} // namespace relayctl
