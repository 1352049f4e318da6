#include "core/store/text_table/outside.hpp"

#include "core/base/file.hpp"
#include "core/table/change_summary.hpp"
#include "core/table/line_difference.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns true if the file has the text that the record begins with.
bool has_text_before(const std::string& path, const HistoryRecord& record)
{
    const auto file = read_file_if_any(path, max_table_bytes);
    return file && is_before(file->text, record.size, record.changes);
}

// Returns the text as the record has left it; no value if the file does not fit the record.
std::optional<std::string> text_published(const HistoryRecord& last, const TablePaths& paths)
{
    if (last.is_unknown) {
        return std::nullopt;
    }
    if (last.size == 0) {
        return text_after("", last.changes);
    }
    const auto before = read_file_if_any(paths.history_text, max_table_bytes);
    if (!before || !is_before(before->text, last.size, last.changes)) {
        return std::nullopt;
    }
    return text_after(before->text, last.changes);
}

// Nobody knows when it was. The source says when it was written last, unless it was copied there.
Time time_of_source(const TablePaths& paths, Time earliest, Time now)
{
    const auto source = stat_of(paths.source);
    const auto seconds = source ? source->st_mtim.tv_sec : now.time_since_epoch().count();
    return std::max(earliest, std::min(now, Time(std::chrono::seconds(seconds))));
}

} // namespace

bool was_made(const HistoryRecord& last, std::string_view text, const TablePaths& paths)
{
    if (last.is_outside() || is_after(text, last.size, last.changes)) {
        return true;
    }
    if (is_before(text, last.size, last.changes)) {
        return false;
    }
    // An editor has saved since. The old text is still there if the files were exchanged.
    return has_text_before(paths.fresh, last) || has_text_before(paths.history_text, last);
}

std::optional<OutsideChange> outside_change(
    const HistoryRecord& last, std::string_view text, const TablePaths& paths, Time now)
{
    OutsideChange outside;
    outside.text_before = text_published(last, paths);
    HistoryRecord& record = outside.record;
    record.table = last.table;
    record.time = time_of_source(paths, last.time, now);
    if (!outside.text_before) {
        if (is_after(text, last.size, last.changes)) {
            return std::nullopt; // its size and the changed lines fit; more cannot be known
        }
        record.is_unknown = true;
        record.size = text.size();
        return outside;
    }
    if (*outside.text_before == text) {
        return std::nullopt;
    }
    record.size = outside.text_before->size();
    record.changes
        = text_changes(*outside.text_before, line_difference(*outside.text_before, text));
    return outside;
}

std::string outside_in_words(const OutsideChange& change, Time since)
{
    return "changed outside since " + to_rfc3339(since) + ": "
        + (change.record.is_unknown ? "what was changed is not known"
                                    : summary_of(change.record.entries()));
}

} // namespace relayctl
