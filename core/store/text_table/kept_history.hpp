// The history of a text table while the table is being changed: the record of a change is a part of
// its publication.
#pragma once

#include "core/base/error.hpp"
#include "core/store/plan.hpp"
#include "core/store/text_table/history_file.hpp"
#include "core/store/text_table/outside.hpp"
#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/record.hpp"
#include "core/store/text_table/replace.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// One run of publish(). All functions are called under the lock, in this order; those from look()
// on once for each attempt.
class KeptHistory {
public:
    // All of them must outlive it.
    KeptHistory(const TablePaths& paths, const Occasion& occasion, const PublishOptions& options)
        : paths_(paths)
        , occasion_(occasion)
        , options_(options)
    {
    }

    // Completes or takes back the record of a run that was killed, before its files are removed.
    // owner: of the source. A history that cannot be used is no error yet.
    void settle(const LockRecord& known, std::optional<uid_t> owner);

    // Tells what was changed past relayctl since the last record. text: the source as it is.
    // model: nullptr where there is none.
    void look(std::string_view text, const OpenFile* model, const LockRecord& known);

    // Writes the record of a change that is about to be published. splices: of that text. Errors:
    // ErrorKind::permission or ErrorKind::system if it cannot be written, unless the plan only
    // takes entries away; then warnings() says so.
    void append(std::string_view text, std::span<const Splice> splices, const Plan& plan);

    // The change is rolled back, so its record goes as well. Where that fails, the next run does
    // it.
    void take_back() noexcept;

    // The change is published. Keeps the old text for the next comparison, or removes it where the
    // change has no record. Errors: those of Replacement::finish().
    void finish(Replacement& source);

    // Nothing of the source is changed: what was changed past relayctl gets its record now, since
    // the map takes it over.
    void note_outside() noexcept;

    // Fills in what the lock file is to say. is_ours: the source is what was read or published.
    // is_changed: it is another one than what was read.
    void acknowledge(LockRecord& known, bool is_ours, bool is_changed) const;

    // Folds a history that has become too long. A failure is no error.
    void fold() noexcept;

    // What keeps the history from being complete, for people; each is returned once.
    std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

private:
    bool is_known(const OpenFile* model, const LockRecord& known) const;
    HistoryRecord new_record(std::uint64_t number) const;
    void write(std::string_view text, std::span<const Splice> splices, const Plan& plan);
    void settle_last(HistoryFile& file, const LockRecord& known) const;

    const TablePaths& paths_;
    const Occasion& occasion_;
    const PublishOptions& options_;
    std::optional<uid_t> owner_;
    std::optional<HistoryFile> file_;
    std::optional<Error> unusable_;
    const OpenFile* model_ = nullptr; // the source that was read
    std::optional<OutsideChange> outside_;
    bool is_as_recorded_ = false; // the source that was read is the text of the last record
    std::string told_; // of what was changed outside
    std::uint64_t size_ = 0; // of the file in front of the records of this change
    std::uint64_t number_ = 0; // of the last record that was written; 0: none
    std::vector<std::string> warnings_;
};

} // namespace relayctl
