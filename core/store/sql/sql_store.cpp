// A table kept in the rows of a database.
// Each call is one transaction. Reading ends with a rollback, which costs nothing and frees the
// snapshot at once; all failures become errors of the program here.
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/read_rows.hpp"
#include "core/store/sql/row_changes.hpp"
#include "core/store/sql/sql_change.hpp"
#include "core/store/sql/sql_session.hpp"

namespace relayctl {

namespace {

// The entries part by part. The transaction ends with the last part.
class SqlStream : public EntryStream {
public:
    SqlStream(SqlSession& session, EntryOrder order)
        : session_(session)
        , cursor_(session, session.begin_reading(), order)
    {
    }

    // A caller may stop before the last part.
    ~SqlStream() override
    {
        if (!is_over_ && session_.is_open()) {
            session_.connection().roll_back();
        }
    }

    std::optional<Document> next() override
    {
        return session_.with_errors([&] { return fetch(); });
    }

private:
    std::optional<Document> fetch()
    {
        RowsBuilder builder;
        if (!cursor_.is_at_end()) {
            const SqlResult result = cursor_.fetch();
            for (std::size_t row = 0; row < result.rows(); ++row) {
                session_.table().add_to(builder, result, row, Scope::all());
            }
        }
        if (cursor_.is_at_end() && !is_over_) {
            is_over_ = true;
            session_.connection().roll_back();
        }
        // The last fetch may have given no row: no document is handed out for it.
        return builder.count() == 0 ? std::nullopt : std::optional(builder.build());
    }

    SqlSession& session_;
    SqlCursor cursor_;
    bool is_over_ = false; // the transaction
};

// A database table as a Store. Its connection is kept from one call to the next.
class SqlStore : public Store {
public:
    SqlStore(Postfix& postfix, const TableName& table)
        : session_(postfix, table)
    {
    }

    std::unique_ptr<EntryStream> stream(EntryOrder order) override
    {
        return session_.with_errors([&] {
            session_.open(Purpose::reading);
            return session_.with_known_columns(
                [&] { return std::make_unique<SqlStream>(session_, order); });
        });
    }

    Document read_all() override { return read_scope(Scope::all()); }

    Document read_scope(const Scope& scope) override
    {
        return session_.with_errors([&] {
            session_.open(Purpose::reading);
            return session_.with_known_columns([&] {
                Document document = relayctl::read_scope(session_, scope, session_.begin_reading());
                session_.connection().roll_back();
                return document;
            });
        });
    }

    Publication change(
        const Scope& scope, const Planner& planner, const PublishOptions& options) override
    {
        return session_.with_errors(
            [&] { return change_rows(session_, scope, planner, options, occasion_); });
    }

    void for_each_entry(const EntryVisitor& visitor) override
    {
        const auto entries = stream(EntryOrder::key);
        // Of several rows with the same key, whatever its case, the first is taken, since the
        // target has each key once.
        std::string last;
        while (const auto part = entries->next()) {
            for (const Entry& entry : part->entries()) {
                const std::string key(part->key(entry));
                if (entry.is_never_found) {
                    throw Error(ErrorKind::refused,
                        session_.name() + ": has entries that no lookup finds, " + quote(key, 100)
                            + " among them: somewhere else they might be found",
                        { "remove or mend them first: relayctl verify -t "
                            + shell_quote(session_.table_name().to_string()) });
                }
                const bool is_found
                    = !part->value(entry).empty(); // with nothing in it, it is none for Postfix
                if (is_found && !equal_ignoring_case(key, last)) { // rows come by key
                    visitor(key, part->value(entry), part->annotation(entry));
                }
                last = is_found ? key : last;
            }
        }
    }

    CopyResult copy_from(const EntrySource& source, const CopyOptions& options) override
    {
        return session_.with_errors(
            [&] { return copy_into(session_, source, options, occasion_); });
    }

    std::unique_ptr<HistoryReader> history() override { return open_row_history(session_); }

    bool answers_at_once() override
    {
        constexpr std::chrono::seconds patience{ 2 };
        for (const DatabaseHost& host : session_.file().hosts) {
            try {
                session_.database().connect(session_.file(), host, patience);
                return true;
            } catch (const SqlFailure&) { // the next one may
            }
        }
        return false;
    }

    Annotation storable_part_of(const Annotation& annotation) override
    {
        return storable_part(annotation, session_.table().columns());
    }

    std::string missing_columns() override
    {
        find_columns();
        // A column that is there and hidden is no missing one: it only needs a right.
        AnnotationColumns missing
            = ~(session_.table().columns() | session_.table().hidden_columns());
        return in_words(missing.reset(annotation_column::extra));
    }

    std::string hidden_columns() override
    {
        find_columns();
        return in_words(session_.table().hidden_columns());
    }

private:
    // Asks the server each time, since a column or a right may have come since. Errors: those of
    // open() and of SqlSession::find_columns().
    void find_columns()
    {
        session_.with_errors([&] {
            session_.open(Purpose::reading);
            session_.find_columns();
        });
    }

    SqlSession session_;
};

} // namespace

std::unique_ptr<Store> open_sql_store(Postfix& postfix, const TableName& table)
{
    return std::make_unique<SqlStore>(postfix, table);
}

} // namespace relayctl
