#include "core/store/sql/sql_store.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/sql/sql_change.hpp"
#include "core/store/sql/sql_copy.hpp"
#include "core/store/sql/sql_session.hpp"
#include "core/store/sql/sql_table.hpp"

namespace relayctl {

namespace {

constexpr std::size_t rows_at_once = 5000;

// A cursor within one snapshot.
class SqlStream : public EntryStream {
public:
    SqlStream(SqlSession& session, Order order, const Scope& scope)
        : session_(session)
        , scope_(scope)
    {
        Statement cursor = session_.table().select_all(order);
        cursor.sql.insert(0, "DECLARE relayctl_entries NO SCROLL CURSOR FOR ");
        auto statements = begin_reading();
        statements.push_back(std::move(cursor));
        session_.run(statements);
    }

    ~SqlStream() override
    {
        if (!is_over_ && session_.is_open()) {
            session_.connection().roll_back();
        }
    }

    std::optional<Document> next() override
    {
        return session_.answered([&] { return fetch(); });
    }

private:
    std::optional<Document> fetch()
    {
        RowsBuilder builder;
        while (!at_end_ && builder.count() < rows_at_once) {
            const SqlResult result = session_.ask(
                { "FETCH FORWARD " + std::to_string(rows_at_once) + " FROM relayctl_entries", {} });
            for (std::size_t row = 0; row < result.rows(); ++row) {
                session_.table().add_to(builder, result, row, scope_);
            }
            at_end_ = result.rows() < rows_at_once;
        }
        if (at_end_ && !is_over_) {
            is_over_ = true;
            session_.connection().roll_back();
        }
        if (builder.count() == 0) {
            return std::nullopt;
        }
        return builder.build();
    }

    SqlSession& session_;
    const Scope scope_;
    bool at_end_ = false; // of the rows
    bool is_over_ = false; // the transaction
};

Order order_of(EntryOrder order)
{
    switch (order) {
    case EntryOrder::any:
        return Order::any;
    case EntryOrder::key:
        return Order::key;
    case EntryOrder::host:
        return Order::host;
    case EntryOrder::expiry:
        return Order::expiry;
    case EntryOrder::added:
        return Order::added;
    }
    return Order::any;
}

class SqlStore : public Store {
public:
    SqlStore(Postfix& postfix, const TableName& table)
        : session_(postfix, table)
    {
    }

    std::unique_ptr<EntryStream> stream(EntryOrder order) override
    {
        return session_.answered([&] {
            session_.open(Connection::Purpose::reading);
            return session_.with_known_columns([&] {
                return std::make_unique<SqlStream>(session_, order_of(order), Scope::all());
            });
        });
    }

    Document whole() override { return look(Scope::all()); }

    Document look(const Scope& scope) override
    {
        return session_.answered([&] {
            session_.open(Connection::Purpose::reading);
            return session_.with_known_columns([&] {
                Document document = read_scope(session_, scope, begin_reading());
                session_.connection().roll_back();
                return document;
            });
        });
    }

    Publication change(
        const Scope& scope, const Planner& planner, const PublishOptions& options) override
    {
        return session_.answered(
            [&] { return SqlChange(session_, scope, planner, options).run(); });
    }

    void visit(const EntryVisitor& visitor) override
    {
        const auto entries = stream(EntryOrder::key);
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
        return session_.answered([&] { return copy_into(session_, source, options); });
    }

    bool answers_at_once() override
    {
        constexpr std::chrono::seconds patience{ 2 };
        for (const PgsqlHost& host : session_.file().hosts) {
            try {
                Connection::connect(session_.file(), host, patience);
                return true;
            } catch (const SqlFailure&) { // the next one may
            }
        }
        return false;
    }

    Annotation kept_of(const Annotation& annotation) override
    {
        Annotation kept;
        const AnnotationColumns& columns = session_.table().columns();
        const auto has = [&](std::size_t column) { return columns[column]; };
        kept.kind = has(annotation_column::kind) ? annotation.kind : "";
        kept.subject = has(annotation_column::subject) ? annotation.subject : "";
        kept.expires = has(annotation_column::not_after) ? annotation.expires : std::nullopt;
        kept.added = has(annotation_column::added) ? annotation.added : std::nullopt;
        kept.by = has(annotation_column::added_by) ? annotation.by : "";
        kept.retire_after
            = has(annotation_column::retire_after) ? annotation.retire_after : std::nullopt;
        kept.note = has(annotation_column::note) ? annotation.note : "";
        kept.others
            = has(annotation_column::extra) ? annotation.others : std::vector<std::string>();
        return kept;
    }

    std::string columns_missing() override
    {
        find_columns();
        AnnotationColumns missing
            = ~(session_.table().columns() | session_.table().hidden_columns());
        missing.reset(annotation_column::extra);
        return in_words(missing);
    }

    std::string columns_hidden() override
    {
        find_columns();
        return in_words(session_.table().hidden_columns());
    }

private:
    void find_columns()
    {
        session_.answered([&] {
            session_.open(Connection::Purpose::reading);
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
