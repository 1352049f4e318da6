#include "core/store/text_table/text_history.hpp"

#include "core/base/error.hpp"
#include "core/postfix/source_file.hpp"
#include "core/store/text_table/history_file.hpp"
#include "core/store/text_table/outside.hpp"
#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/record.hpp"

namespace relayctl {

namespace {

// Returns what the lock file says; nothing if this user may not read it.
LockRecord read_lock_record(const TablePaths& paths)
{
    constexpr std::uint64_t most = 65'536;
    try {
        const auto file = read_file_if_any(paths.lock, most);
        return LockRecord::parse(file ? file->text : "");
    } catch (const Error&) {
        return {};
    }
}

class TextHistory : public HistoryReader {
public:
    TextHistory(HistoryFile file, const TablePaths& paths, Time now)
        : file_(std::move(file))
        , lines_(file_.lines())
    {
        const LockRecord known = read_lock_record(paths);
        const auto source = open_if_any(paths.source, max_table_bytes);
        const std::string text = source ? read_open_file(*source, paths.source) : "";
        last_ = next_record();
        // A run that was killed may have left the record of a change that was never made.
        if (last_ && last_->number != known.number && !was_made(*last_, text, paths)) {
            last_ = next_record();
        }
        const bool is_known = source && last_ && last_->number == known.number
            && known.text == text_identity(source->status) && !known.text.empty();
        if (last_ && !is_known) {
            outside_ = outside_change(*last_, text, paths, now);
        }
    }

    std::optional<HistoryRecord> next() override
    {
        if (outside_) {
            HistoryRecord record = std::move(outside_->record);
            outside_.reset();
            return record;
        }
        if (last_) {
            return std::exchange(last_, std::nullopt);
        }
        return next_record();
    }

    std::uint64_t folded() const override { return file_.folded(); }

private:
    // Returns the next line that is a record; no value if none is left.
    std::optional<HistoryRecord> next_record()
    {
        while (const auto line = lines_.next()) {
            if (auto record = record_of(line->text)) {
                return record;
            }
        }
        return std::nullopt;
    }

    HistoryFile file_;
    BackwardLines lines_;
    std::optional<HistoryRecord> last_; // read, and not given yet
    std::optional<OutsideChange> outside_;
};

} // namespace

std::unique_ptr<HistoryReader> open_text_history(const TableName& table, Time now)
{
    const TablePaths paths = resolve_paths(table, table);
    const auto source = stat_of(paths.source);
    auto file = HistoryFile::open(paths.history, HistoryFile::Purpose::reading,
        source ? std::optional(source->st_uid) : std::nullopt);
    return file ? std::make_unique<TextHistory>(std::move(*file), paths, now) : nullptr;
}

} // namespace relayctl
