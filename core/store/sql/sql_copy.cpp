#include "core/store/sql/sql_copy.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/copy_plan.hpp"

#include <chrono>
#include <optional>
#include <thread>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

constexpr int max_attempts = 5;

std::size_t number_in(const SqlResult& result)
{
    return static_cast<std::size_t>(std::stoull(result.text(0, 0)));
}

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
        session_.open(Connection::Purpose::writing);
        if (!knows_columns_) {
            session_.find_columns();
            knows_columns_ = true;
        }
        write_sql();
        result_ = {};
        session_.set_patience(patience_for(options_.publish.lock_timeout, 0));
        auto statements = begin_writing(options_.publish.lock_timeout, session_.patience());
        statements.push_back({ "CREATE TEMPORARY TABLE relayctl_staging ON COMMIT DROP AS SELECT "
                + as_staged_ + " FROM " + table().shape().table + " WITH NO DATA",
            {} });
        session_.run(statements);
        try {
            stage();
            compare();
            if (options_.dry_run) {
                session_.connection().roll_back();
            } else {
                carry_out();
            }
        } catch (const Error&) {
            if (session_.is_open()) {
                session_.connection().roll_back();
            }
            throw;
        }
        result_.publication.changed = result_.added + result_.updated + result_.removed > 0;
        result_.publication.map = MapState::none;
        if (!options_.dry_run) {
            look_at_replicas(session_, options_.publish, result_.publication);
        }
        return std::move(result_);
    }

private:
    const SqlTable& table() const { return session_.table(); }

    // The columns of the staging table have names of their own: conditions of the query are about
    // the table's.
    void write_sql()
    {
        const TableShape& shape = table().shape();
        const std::string key = shape.table + '.' + shape.key_column + "::text";
        const auto folded = [&](const std::string& text) {
            return shape.key_case == KeyCase::either ? "lower(" + text + ')' : text;
        };
        columns_ = table().column_list();
        staged_ = "relayctl_k, relayctl_v";
        as_staged_ = shape.key_column + " AS relayctl_k, " + shape.value_column + " AS relayctl_v";
        assigned_ = shape.value_column + " = relayctl_v";
        std::string here = "ROW(relayctl_v::text";
        std::string there = "ROW(" + shape.table + '.' + shape.value_column + "::text";
        for (const std::size_t column : table().present_columns()) {
            const std::string name(annotation_column::names[column]);
            staged_ += ", relayctl_" + name;
            as_staged_ += ", " + name + " AS relayctl_" + name;
            assigned_ += ", " + name + " = relayctl_" + name;
            here += ", relayctl_" + name;
            there += ", " + shape.table + '.' + name;
        }
        same_key_ = folded("relayctl_k::text") + " = " + folded(key);
        differs_ = here + ") IS DISTINCT FROM " + there + ')';
        condition_ = shape.conditions.empty() ? "" : " AND (" + shape.conditions + ')';
    }

    void stage()
    {
        session_.run({ { "SELECT set_config('statement_timeout', '0', true)",
            {} } }); // it takes as long as the source does
        session_.connection().copy_in("COPY relayctl_staging (" + staged_ + ") FROM STDIN",
            [&](const Connection::Sink& sink) {
                std::string lines;
                source_([&](std::string_view key, std::string_view value,
                            const Annotation& annotation) {
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
        session_.run({ session_.limit_statement(),
            { "CREATE UNIQUE INDEX ON relayctl_staging (relayctl_k)", {} },
            { "ANALYZE relayctl_staging", {} } });
    }

    std::string line_of(std::string_view key, std::string_view value, const Annotation& annotation)
    {
        if (key.find('\0') != std::string_view::npos
            || value.find('\0') != std::string_view::npos) {
            throw Error(ErrorKind::input,
                quote(key, 100) + ": has a NUL byte, which a database cannot keep");
        }
        session_.require_readable_value(value);
        for (std::size_t column = 0; column < annotation_column::names.size(); ++column) {
            missed_[column] = missed_[column]
                || (!table().columns()[column] && SqlTable::value_of(annotation, column));
        }
        return table().copy_line(table().stored_key(key), value, annotation);
    }

    void compare()
    {
        const TableShape& shape = table().shape();
        const std::string value = shape.table + '.' + shape.value_column + "::text";
        const std::string row = "SELECT " + shape.table + '.' + shape.key_column
            + "::text || ' ' || coalesce(" + value + ", '')";
        const std::string gone = " FROM " + shape.table
            + " WHERE NOT EXISTS (SELECT 1 FROM relayctl_staging WHERE " + same_key_ + ')'
            + condition_;
        const std::string both = " FROM " + shape.table + " JOIN relayctl_staging ON " + same_key_
            + " WHERE true" + condition_ + " AND ";
        const std::string renamed = both + "relayctl_v::text IS DISTINCT FROM " + value;
        const auto results = session_.run(
            { { "SELECT count(*) FROM relayctl_staging WHERE " + not_in_table(), {} },
                { "SELECT count(*)" + both + differs_, {} }, { "SELECT count(*)" + renamed, {} },
                { "SELECT count(*)" + gone, {} },
                { '(' + row + gone + " LIMIT 1) UNION ALL (" + row + renamed + " LIMIT 1)", {} } });
        result_.added = number_in(results[0]);
        result_.updated = number_in(results[1]);
        result_.renamed = number_in(results[2]);
        result_.removed = number_in(results[3]);
        result_.not_kept = in_words(missed_);
        require_allowed(
            options_, result_, results[4].rows() == 0 ? "" : escape(results[4].text(0, 0)));
    }

    std::string not_in_table() const
    {
        return "NOT EXISTS (SELECT 1 FROM " + table().shape().table + " WHERE " + same_key_
            + condition_ + ')';
    }

    void carry_out()
    {
        const TableShape& shape = table().shape();
        std::vector<Statement> statements;
        if (result_.removed > 0) {
            statements.push_back({ "DELETE FROM " + shape.table
                    + " WHERE NOT EXISTS (SELECT 1 FROM relayctl_staging WHERE " + same_key_ + ')'
                    + condition_,
                {} });
        }
        if (result_.updated > 0) {
            statements.push_back({ "UPDATE " + shape.table + " SET " + assigned_
                    + " FROM relayctl_staging WHERE " + same_key_ + " AND " + differs_ + condition_,
                {} });
        }
        if (result_.added > 0) {
            statements.push_back({ "INSERT INTO " + shape.table + " (" + columns_ + ") SELECT "
                    + staged_ + " FROM relayctl_staging WHERE " + not_in_table(),
                {} });
        }
        statements.push_back(
            { "SET CONSTRAINTS ALL IMMEDIATE", {} }); // triggers that wait for COMMIT
        // Entry for entry, as Postfix will see them: what is on one side only, or differs, ends it.
        const std::string same
            = "SELECT 1 FROM relayctl_staging WHERE " + same_key_ + " AND NOT " + differs_;
        statements.push_back({ "SELECT 1 / (1 - least(1, count(*))) FROM " + shape.table
                + " WHERE NOT EXISTS (" + same + ')' + condition_,
            {} });
        statements.push_back(
            { "SELECT 1 / (1 - least(1, count(*))) FROM relayctl_staging WHERE " + not_in_table(),
                {} });
        try {
            session_.run(statements);
        } catch (const SqlFailure& failure) {
            if (failure.state == "22012") {
                throw Error(ErrorKind::input,
                    session_.name()
                        + ": the table would not be the same as what is copied: it, or something "
                          "that it does with what is written, stands against it");
            }
            throw;
        }
        session_.commit();
    }

    SqlSession& session_;
    const EntrySource& source_;
    const CopyOptions& options_;
    CopyResult result_;
    std::string columns_; // of the table
    std::string staged_; // those of the staging table, and how they are made
    std::string as_staged_;
    std::string assigned_; // to the table's from the staged ones
    std::string same_key_;
    std::string differs_;
    std::string condition_;
    AnnotationColumns missed_;
    bool knows_columns_ = false;
};

} // namespace

CopyResult copy_into(SqlSession& session, const EntrySource& source, const CopyOptions& options)
{
    using Clock = std::chrono::steady_clock;
    const InterruptGuard guard;
    SqlCopy copy(session, source, options);
    std::optional<Clock::time_point> lost_since;
    bool in_doubt = false;
    // Whatever came of the last attempt: done once more it is as it should be.
    const auto is_worth_another = [&](bool is_lost, bool is_retryable, int attempt) {
        in_doubt = in_doubt || session.is_in_doubt();
        if (is_lost) {
            session.close();
            lost_since = lost_since.value_or(Clock::now());
            return Clock::now() - *lost_since < server_patience;
        }
        if (session.is_open()) {
            session.connection().roll_back();
        }
        return is_retryable && attempt < max_attempts;
    };
    const auto doubtful = [](ErrorKind kind, const std::string& message) {
        return Error(kind, message, { "run it again: what is done already is not done twice" })
            .with_state(
                "no answer came to the COMMIT, and whether the copy was made cannot be told");
    };
    for (int attempt = 1;; ++attempt) {
        try {
            CopyResult result = copy.run();
            if (in_doubt && !result.publication.changed) {
                result.publication.changed = true;
                result.publication.notes.emplace_back(
                    "the connection broke while the copy was being committed; asked again, the "
                    "server has it");
            }
            return result;
        } catch (const SqlFailure& failure) {
            if (!is_worth_another(failure.is_lost(), failure.is_retryable(), attempt)) {
                if (in_doubt) {
                    throw doubtful(ErrorKind::postfix, session.name() + ": " + failure.message);
                }
                throw;
            }
        } catch (const Error& error) {
            const bool no_server
                = lost_since && !session.is_open() && error.kind() == ErrorKind::postfix;
            if (!no_server || Clock::now() - *lost_since > server_patience) {
                if (in_doubt || session.is_in_doubt()) {
                    throw doubtful(error.kind(), error.what());
                }
                throw;
            }
        }
        throw_if_interrupted();
        std::this_thread::sleep_for(200ms);
    }
}

} // namespace relayctl
