#include "core/store/sql/row_changes.hpp"

#include "core/base/error.hpp"

#include <limits>
#include <map>

namespace relayctl {

namespace {

constexpr std::size_t records_at_once = 100;

// The records of a table, read part by part; each part is a statement of its own.
class RowHistory : public HistoryReader {
public:
    explicit RowHistory(SqlSession& session)
        : session_(session)
    {
    }

    std::optional<HistoryRecord> next() override
    {
        if (at_ == records_.size() && !is_at_end_) {
            fetch();
        }
        return at_ == records_.size() ? std::nullopt : std::optional(std::move(records_[at_++]));
    }

    std::uint64_t folded() const override { return 0; }

private:
    void fetch()
    {
        at_ = 0;
        records_.clear();
        const SqlResult result = session_.with_errors([&] {
            session_.open(Purpose::reading);
            return session_.ask(session_.database().select_records(
                session_.table().shape(), below_, records_at_once));
        });
        is_at_end_ = result.rows() < records_at_once;
        for (std::size_t row = 0; row < result.rows(); ++row) {
            HistoryRecord record;
            record.number = below_ = result.number(row, 0);
            record.time = time_of_seconds(std::stoll(result.text(row, 1))).value_or(Time());
            record.user = result.text(row, 2);
            record.sudo_user = result.text(row, 3);
            record.command = result.text(row, 4);
            record.table = session_.table_name().to_string();
            record.undoes = result.at(row, 5) ? result.number(row, 5) : 0;
            auto rows = rows_of_text(result.text(row, 6));
            record.is_unknown = !rows;
            record.rows = rows ? std::move(*rows) : std::vector<EntryChange>();
            records_.push_back(std::move(record));
        }
    }

    SqlSession& session_;
    std::vector<HistoryRecord> records_; // that were read
    std::size_t at_ = 0; // the next of them
    std::uint64_t below_ = std::numeric_limits<std::int64_t>::max();
    bool is_at_end_ = false;
};

} // namespace

HistoryState history_state(const SqlResult& result)
{
    return result.rows() == 0      ? HistoryState::missing
        : result.text(0, 0) == "t" ? HistoryState::writable
                                   : HistoryState::forbidden;
}

bool may_record(
    const SqlSession& session, HistoryState state, const Plan& plan, Publication& publication)
{
    const std::string history = history_table_of(session.table().shape());
    if (state == HistoryState::missing) {
        publication.notes.push_back("the change has no record: there is no table " + history
            + ", which relayctl init makes");
        return false;
    }
    if (state != HistoryState::forbidden) {
        return true;
    }
    const std::string said = session.name() + ": this role may not add to " + history
        + ", so the change has no record";
    if (plan.added > 0 || plan.removed == 0) {
        throw Error(ErrorKind::permission, said,
            { "GRANT SELECT, INSERT ON " + history
                + " to it, or go on without a record: the same command with --no-history" });
    }
    publication.messages.push_back(said);
    return false;
}

std::vector<EntryChange> row_changes(
    const Document& document, std::span<const Edit> edits, const AnnotationColumns& columns)
{
    std::vector<EntryChange> changes;
    std::map<const Entry*, std::size_t> numbers; // of the changes of entries that are there
    const auto kept = [&](const std::shared_ptr<const Annotation>& annotation) {
        return annotation ? storable_part(*annotation, columns) : Annotation();
    };
    for (const Edit& edit : edits) {
        if (edit.kind == Edit::Kind::append) {
            changes.push_back({ std::nullopt,
                EntryView{
                    SqlTable::stored_key(edit.key), edit.value, 0, kept(edit.annotation) } });
            continue;
        }
        const auto [found, is_new] = numbers.emplace(edit.entry, changes.size());
        if (is_new) {
            const EntryView view = view_of(document, *edit.entry);
            changes.push_back({ view, view });
        }
        EntryChange& change = changes[found->second];
        if (edit.kind == Edit::Kind::erase) {
            change.after.reset();
        } else if (edit.kind == Edit::Kind::set_value) {
            change.after->host = edit.value;
        } else {
            change.after->annotation = kept(edit.annotation);
        }
    }
    return changes;
}

std::unique_ptr<HistoryReader> open_row_history(SqlSession& session)
{
    const auto state = session.with_errors([&] {
        session.open(Purpose::reading);
        return history_state(session.ask(session.database().find_history(session.table().shape())));
    });
    return state == HistoryState::missing ? nullptr : std::make_unique<RowHistory>(session);
}

} // namespace relayctl
