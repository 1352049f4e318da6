#include "core/store/text_table/kept_history.hpp"

#include "core/base/text.hpp"
#include "core/store/text_table/temporary.hpp"

#include <stdio.h>
#include <unistd.h>

#include <array>

namespace relayctl {

namespace {

// Returns the last line and cuts off what a crash has left of one that was being written.
std::optional<HistoryLine> last_whole_line(HistoryFile& file)
{
    const std::uint64_t size = file.size();
    auto last = file.lines().next();
    if (!last || last->offset + last->text.size() < size) {
        return last; // it has its newline
    }
    if (number_at_end(last->text) != 0) {
        file.append("\n");
        return last;
    }
    file.cut(last->offset);
    return file.lines().next();
}

// The old text takes the name under which the next run looks for it.
bool keep_as(const std::string& from, const std::string& to) noexcept
{
    return ::rename(from.c_str(), to.c_str()) == 0;
}

} // namespace

void KeptHistory::settle(const LockRecord& known, std::optional<uid_t> owner)
{
    owner_ = owner;
    try {
        file_ = HistoryFile::open(paths_.history, HistoryFile::Purpose::writing, owner_);
        if (file_ && (!file_->is_whole() || file_->last_number() != known.number)) {
            settle_last(*file_, known);
        }
    } catch (const Error& error) {
        unusable_ = error;
        file_.reset();
    }
}

void KeptHistory::settle_last(HistoryFile& file, const LockRecord& known) const
{
    const auto line = last_whole_line(file);
    const auto record = line ? record_of(line->text) : std::nullopt;
    if (!record || record->number == known.number) {
        return;
    }
    const auto source = read_file_if_any(paths_.source, max_table_bytes);
    if (!was_made(*record, source ? source->text : std::string(), paths_)) {
        // What was changed outside was written together with it, and is found out again.
        BackwardLines lines = file.lines();
        lines.next();
        const auto before = lines.next();
        const auto outside = before ? record_of(before->text) : std::nullopt;
        const bool together = outside && outside->is_outside() && known.number != 0
            && outside->number > known.number;
        file.cut(together ? before->offset : line->offset);
        return;
    }
    const auto old = read_file_if_any(paths_.fresh, max_table_bytes);
    if (old && is_before(old->text, record->size, record->changes)) {
        keep_as(paths_.fresh, paths_.history_text);
    }
}

// Returns true if nobody has touched the source since the last record.
bool KeptHistory::is_known(const OpenFile* model, const LockRecord& known) const
{
    return model != nullptr && !known.text.empty() && known.number == file_->last_number()
        && known.text == text_identity(model->status);
}

void KeptHistory::look(std::string_view text, const OpenFile* model, const LockRecord& known)
{
    outside_.reset();
    number_ = 0;
    model_ = model;
    is_as_recorded_ = false;
    if (!file_ || is_known(model, known)) {
        return;
    }
    try {
        const auto line = file_->lines().next();
        const auto last = line ? record_of(line->text) : std::nullopt;
        if (!last) {
            return;
        }
        outside_ = outside_change(*last, text, paths_, occasion_.now);
        const std::string said = outside_ ? outside_in_words(*outside_, last->time) : "";
        if (outside_ && said != told_ && occasion_.tell) {
            occasion_.tell(escape(paths_.source) + ": " + said);
        }
        told_ = said;
        is_as_recorded_ = !outside_;
    } catch (const Error& error) {
        warnings_.push_back(error.what());
    }
}

HistoryRecord KeptHistory::new_record(std::uint64_t number) const
{
    HistoryRecord record = record_on(occasion_, paths_.table.to_string());
    record.number = number;
    return record;
}

void KeptHistory::append(std::string_view text, std::span<const Splice> splices, const Plan& plan)
{
    if (!options_.keep_history || (splices.empty() && plan.lines.empty())) {
        return;
    }
    try {
        if (unusable_) {
            throw Error(*unusable_);
        }
        write(text, splices, plan);
    } catch (const Error& error) {
        number_ = 0;
        const std::string said = std::string(error.what()) + ", so the change has no record";
        if (plan.added > 0 || plan.removed == 0) {
            throw Error(error.kind(), said,
                { "mend it, or go on without a record: the same command with --no-history" });
        }
        // Revoking a client must not fail because the disk is full.
        warnings_.push_back(said);
    }
}

void KeptHistory::write(std::string_view text, std::span<const Splice> splices, const Plan& plan)
{
    if (!file_) {
        file_ = HistoryFile::open(paths_.history, HistoryFile::Purpose::making, owner_);
    }
    size_ = file_->size();
    std::uint64_t number = file_->last_number();
    std::string lines;
    if (outside_) {
        outside_->record.number = ++number;
        lines = line_of(outside_->record);
    }
    HistoryRecord record = new_record(++number);
    record.undoes = plan.undoes;
    record.size = text.size();
    if (plan.lines.empty()) {
        record.changes = text_changes(text, splices);
    } else {
        const bool is_open = !text.empty() && text.back() != '\n';
        const std::array<Splice, 1> all
            = { { { text.size(), 0, (is_open ? "\n" : "") + join(plan.lines, "") } } };
        record.changes = text_changes(text, all);
    }
    // It may be as large as the table, so it is not copied where nothing stands in front of it.
    lines = lines.empty() ? line_of(record) : lines + line_of(record);
    file_->append(lines);
    number_ = number;
}

void KeptHistory::take_back() noexcept
{
    if (number_ == 0) {
        return;
    }
    number_ = 0;
    try {
        file_->cut(size_);
    } catch (const std::exception& error) {
        warnings_.push_back(error.what());
    }
}

void KeptHistory::finish(Replacement& source)
{
    if (number_ == 0 || !source.had_target()) {
        source.finish();
        return;
    }
    const auto old = lstat_of(paths_.fresh);
    if (old && old->st_nlink == 1 && keep_as(paths_.fresh, paths_.history_text)) {
        source.abandon();
        return;
    }
    // A file with other names may be changed under them, so it is copied.
    try {
        copy_temporary(paths_.history_text, paths_.fresh);
    } catch (const Error&) {
        remove_quietly(paths_.history_text);
    }
    source.finish();
}

void KeptHistory::note_outside() noexcept
{
    if (!outside_ || !options_.keep_history) {
        return;
    }
    try {
        outside_->record.number = file_->last_number() + 1;
        file_->append(line_of(outside_->record));
        number_ = outside_->record.number;
        const std::array<std::string_view, 1> text
            = { outside_->text_before ? *outside_->text_before : std::string_view() };
        write_temporary(paths_.history_text, text, model_);
    } catch (const std::exception& error) {
        warnings_.push_back(error.what());
    }
}

void KeptHistory::acknowledge(LockRecord& known, bool is_ours, bool is_changed) const
{
    const bool is_same = is_as_recorded_ && !is_changed;
    if (number_ == 0 && !is_same) {
        return;
    }
    const auto source = stat_of(paths_.source);
    known.number = number_ != 0 ? number_ : file_->last_number();
    known.text = is_ours && source ? text_identity(*source) : "";
}

void KeptHistory::fold() noexcept
{
    if (number_ == 0) {
        return;
    }
    try {
        file_->fold(options_.history_limit, paths_.history_fresh);
    } catch (const std::exception& error) {
        remove_quietly(paths_.history_fresh);
        warnings_.push_back(error.what());
    }
}

} // namespace relayctl
