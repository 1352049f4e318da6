#include "core/store/sql_copy.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/copy_plan.hpp"

#include <chrono>
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
    SqlCopy(SqlSession& session, const EntrySource& source, const CopyOptions& options) : session_(session), source_(source), options_(options) {}

    CopyResult run()
    {
        session_.open(Connection::Purpose::writing);
        if (!knows_columns_) {
            session_.find_columns();
            knows_columns_ = true;
        }
        write_sql();
        result_ = {};
        session_.run({{"BEGIN ISOLATION LEVEL SERIALIZABLE", {}},
                      {"SELECT set_config('lock_timeout', $1, true)", {std::to_string(std::max<long long>(1, options_.publish.lock_timeout.count()))}},
                      {"CREATE TEMPORARY TABLE relayctl_staging ON COMMIT DROP AS SELECT " + columns_ + " FROM " + table().shape().table + " WITH NO DATA", {}}});
        try {
            stage();
            compare();
            if (options_.dry_run) {
                session_.connection().roll_back();
            } else {
                carry_out();
            }
        } catch (const Error&) {
            session_.connection().roll_back();
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

    void write_sql()
    {
        const TableShape& shape = table().shape();
        const auto key_of = [&](const std::string& from) {
            const std::string key = from + '.' + shape.key_column + "::text";
            return shape.key_case == KeyCase::either ? "lower(" + key + ')' : key;
        };
        const auto row_of = [&](const std::string& from) {
            std::string row = "ROW(" + from + '.' + shape.value_column;
            for (const std::size_t column : table().present_columns()) {
                row += ", " + from + '.' + std::string(annotation_column::names[column]);
            }
            return row + ')';
        };
        columns_ = table().column_list();
        same_key_ = key_of("relayctl_staging") + " = " + key_of("t");
        differs_ = row_of("relayctl_staging") + " IS DISTINCT FROM " + row_of("t");
        target_ = shape.conditions.empty() ? shape.table : "(SELECT * FROM " + shape.table + " WHERE " + shape.conditions + ')';
    }

    void stage()
    {
        session_.connection().copy_in("COPY relayctl_staging (" + columns_ + ") FROM STDIN", [&](const Connection::Sink& sink) {
            std::string lines;
            source_([&](std::string_view key, std::string_view value, const Annotation& annotation) {
                ++result_.entries;
                lines += line_of(key, value, annotation);
                if (lines.size() > 1 << 16) {
                    sink(lines);
                    lines.clear();
                }
            });
            sink(lines);
        });
        session_.run({{"CREATE UNIQUE INDEX ON relayctl_staging (" + table().shape().key_column + ')', {}}, {"ANALYZE relayctl_staging", {}}});
    }

    std::string line_of(std::string_view key, std::string_view value, const Annotation& annotation)
    {
        if (key.find('\0') != std::string_view::npos || value.find('\0') != std::string_view::npos) {
            throw Error(ErrorKind::input, quote(key, 100) + ": has a NUL byte, which a database cannot keep");
        }
        session_.require_readable_value(value);
        for (std::size_t column = 0; column < annotation_column::names.size(); ++column) {
            missed_[column] = missed_[column] || (!table().columns()[column] && SqlTable::value_of(annotation, column));
        }
        return table().copy_line(table().stored_key(key), value, annotation);
    }

    void compare()
    {
        const TableShape& shape = table().shape();
        const std::string gone = " FROM " + target_ + " AS t WHERE NOT EXISTS (SELECT 1 FROM relayctl_staging WHERE " + same_key_ + ')';
        const std::string both = " FROM relayctl_staging JOIN " + target_ + " AS t ON " + same_key_ + " WHERE ";
        const std::string renamed = both + "relayctl_staging." + shape.value_column + " IS DISTINCT FROM t." + shape.value_column;
        const std::string row = "SELECT t." + shape.key_column + "::text || ' ' || coalesce(t." + shape.value_column + "::text, '')";
        const auto results = session_.run({{"SELECT count(*) FROM relayctl_staging WHERE NOT EXISTS (SELECT 1 FROM " + target_ + " AS t WHERE " + same_key_ + ')', {}},
                                           {"SELECT count(*)" + both + differs_, {}},
                                           {"SELECT count(*)" + renamed, {}},
                                           {"SELECT count(*)" + gone, {}},
                                           {'(' + row + gone + " LIMIT 1) UNION ALL (" + row + renamed + " LIMIT 1)", {}}});
        result_.added = number_in(results[0]);
        result_.updated = number_in(results[1]);
        result_.renamed = number_in(results[2]);
        result_.removed = number_in(results[3]);
        for (std::size_t column = 0; column < annotation_column::names.size(); ++column) {
            result_.not_kept += missed_[column] ? (result_.not_kept.empty() ? "" : ", ") + std::string(annotation_column::names[column]) : "";
        }
        require_allowed(options_, result_, results[4].rows() == 0 ? "" : escape(results[4].text(0, 0)));
    }

    void carry_out()
    {
        const TableShape& shape = table().shape();
        const std::string condition = shape.conditions.empty() ? "" : " AND (" + shape.conditions + ')';
        std::string assigned = shape.value_column + " = relayctl_staging." + shape.value_column;
        for (const std::size_t column : table().present_columns()) {
            const std::string name(annotation_column::names[column]);
            assigned += ", " + name + " = relayctl_staging." + name;
        }
        std::vector<Statement> statements;
        if (result_.removed > 0) {
            statements.push_back({"DELETE FROM " + shape.table + " AS t WHERE NOT EXISTS (SELECT 1 FROM relayctl_staging WHERE " + same_key_ + ')' + condition, {}});
        }
        if (result_.updated > 0) {
            statements.push_back({"UPDATE " + shape.table + " AS t SET " + assigned + " FROM relayctl_staging WHERE " + same_key_ + " AND " + differs_, {}});
        }
        if (result_.added > 0) {
            statements.push_back({"INSERT INTO " + shape.table + " (" + columns_ + ") SELECT " + columns_ + " FROM relayctl_staging WHERE NOT EXISTS (SELECT 1 FROM "
                                      + target_ + " AS t WHERE " + same_key_ + ')', {}});
        }
        // Entry for entry, as Postfix will see them: what is on one side only, or differs, ends it.
        statements.push_back({"SELECT 1 / (1 - least(1, count(*))) FROM relayctl_staging FULL JOIN " + target_ + " AS t ON " + same_key_ + " WHERE t." + shape.key_column
                                  + " IS NULL OR relayctl_staging." + shape.key_column + " IS NULL OR " + differs_, {}});
        statements.push_back({"COMMIT", {}});
        try {
            session_.run(statements);
        } catch (const SqlFailure& failure) {
            if (failure.state == "22012") {
                throw Error(ErrorKind::input, session_.name() + ": the table would not be the same as what is copied: it, or something that it does with what is written, stands against it");
            }
            throw;
        }
    }

    SqlSession& session_;
    const EntrySource& source_;
    const CopyOptions& options_;
    CopyResult result_;
    std::string columns_;
    std::string same_key_;
    std::string differs_;
    std::string target_;
    AnnotationColumns missed_;
    bool knows_columns_ = false;
};

} // namespace

CopyResult copy_into(SqlSession& session, const EntrySource& source, const CopyOptions& options)
{
    SqlCopy copy(session, source, options);
    for (int attempt = 1;; ++attempt) {
        try {
            return copy.run();
        } catch (const SqlFailure& failure) {
            // Whatever came of it: done once more it is as it should be.
            const bool again = failure.is_retryable() || failure.is_lost();
            if (!again || attempt == max_attempts) {
                throw;
            }
            failure.is_lost() ? session.close() : session.connection().roll_back();
            std::this_thread::sleep_for(attempt * 500ms);
        }
    }
}

} // namespace relayctl
