#include "core/store/text_table/publish.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/store/text_table/in_place.hpp"
#include "core/store/text_table/kept_history.hpp"
#include "core/store/text_table/lock.hpp"
#include "core/store/text_table/map_change.hpp"
#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/record.hpp"
#include "core/store/text_table/replace.hpp"
#include "core/store/text_table/shared_lock.hpp"
#include "core/store/text_table/source_guard.hpp"
#include "core/store/text_table/temporary.hpp"
#include "core/store/text_table/trial_map.hpp"

#include <array>
#include <limits>
#include <thread>

namespace relayctl {

namespace {

constexpr int most_attempts = 6; // of a change, where an editor saves the source meanwhile
constexpr std::chrono::milliseconds editor_patience{ 50 };

// One change of one table. It is a class because publish() still needs state() after a step has
// thrown.
class Publisher {
public:
    Publisher(Postfix& postfix, const TableName& table, const Planner& planner,
        const PublishOptions& options, const Occasion& occasion)
        : postfix_(postfix)
        , planner_(planner)
        , options_(options)
        , paths_(resolve_paths(table, postfix.opened(table)))
        , source_(paths_)
        , history_(paths_, occasion, options)
    {
        paths_.in_place = options.in_place;
    }

    Publication run()
    {
        // The lock file lies beside the source, so whoever can change that directory is looked at
        // before the lock is made.
        source_.require_trust(options_.insecure_directory);
        FileLock lock(paths_.lock, options_.lock_timeout, source_.owner());
        const SharedLock shared(postfix_, lock);
        const InterruptGuard guard;
        require_not_half_written(paths_.source);
        history_.settle(LockRecord::parse(lock.record()), source_.owner());
        sweep_leftovers();
        for (int attempt = 1;; ++attempt) {
            try {
                attempt_once(lock);
                const auto warnings = history_.take_warnings();
                result_.messages.insert(result_.messages.end(), warnings.begin(), warnings.end());
                return std::move(result_);
            } catch (const SourceMoved&) {
                if (attempt == most_attempts) {
                    throw_being_changed(paths_.source);
                }
                std::this_thread::sleep_for(
                    attempt * editor_patience); // it is in the middle of saving
                // What it has saved may be somebody else's.
                source_.require_trust(options_.insecure_directory);
            }
        }
    }

    std::string state() const
    {
        return state_.empty() ? escape(paths_.table.path) + " unchanged" : state_;
    }

private:
    // The lock is held: whatever lies there is of a run that was killed.
    void sweep_leftovers()
    {
        for (const std::string& file : paths_.leftovers()) {
            if (lstat_of(file)) {
                remove_quietly(file);
                result_.notes.push_back(
                    "removed " + escape(file) + ", which an interrupted run had left");
            }
        }
    }

    // Plans and publishes. Throws SourceMoved if the source is not the one that was read any more.
    void attempt_once(FileLock& lock)
    {
        state_.clear();
        const Document document(source_.read());
        const OpenFile* model = source_.model();
        LockRecord known = LockRecord::parse(lock.record());
        history_.look(document.text(), model, known);
        postfix_.let_own(model != nullptr
                ? std::optional(std::pair(model->status.st_uid, model->status.st_gid))
                : std::nullopt);
        const Plan plan = planner_(document);
        splices_ = splices_of(document, plan.edits);
        pieces_ = plan.lines.empty() ? spliced_pieces(document.text(), splices_)
                                     : pieces_of(document, plan.lines);
        result_.changed = !splices_.empty() || !plan.lines.empty() || model == nullptr;
        result_.created = model == nullptr;
        note_hard_links();

        const bool has_map = paths_.opened.has_map();
        // The map is known to be that of the source only if nobody has touched either since they
        // were published together. Otherwise it is built even where the plan changes nothing.
        const bool current = !known.pair.empty() && pair_identity(paths_.opened) == known.pair;
        const bool build = has_map && options_.rebuild
            && (result_.changed || options_.force_rebuild || !current);
        result_.map = !has_map ? MapState::none
            : options_.rebuild ? MapState::unchanged
                               : MapState::skipped;
        if (!result_.changed && !build) {
            remember(lock, known, known.pair);
            return;
        }
        const MapChange change = plan.lines.empty() ? MapChange(document, plan, splices_, paths_)
                                                    : MapChange(plan, paths_);
        throw_if_interrupted();
        // A map can be changed key by key only if everything else in it is right already.
        const bool update = build && current && !options_.force_rebuild && change.is_small();
        put_in_place(document, plan, change, build, update);
        remember(lock, known, build ? record_ : known.pair);
    }

    // Tells the next run what was published. pair: the map and its source.
    void remember(FileLock& lock, LockRecord& known, const std::string& pair)
    {
        if (!result_.changed) {
            history_.note_outside();
            is_ours_ = source_.is_same();
        }
        known.pair = pair;
        history_.acknowledge(known, is_ours_, result_.changed);
        if (const std::string text = known.to_text(); text != lock.record()) {
            lock.set_record(text);
        }
        history_.fold();
    }

    static std::vector<std::string_view> pieces_of(
        const Document& document, const std::vector<std::string>& lines)
    {
        std::vector<std::string_view> pieces = { document.text() };
        if (!document.text().empty() && document.text().back() != '\n') {
            pieces.emplace_back("\n");
        }
        pieces.insert(pieces.end(), lines.begin(), lines.end());
        return pieces;
    }

    // Returns the lines of the new text that the plan writes, for judging the warnings of postmap.
    std::vector<LineRange> written_by(const Document& document, const Plan& plan) const
    {
        if (plan.accepts_warnings) { // then they count like those of other lines
            return {};
        }
        if (plan.lines.empty()) {
            return written_lines(apply_splices(document.text(), splices_), splices_);
        }
        return { { count_newlines(document.text()) + 1, std::numeric_limits<std::size_t>::max() } };
    }

    void note_hard_links()
    {
        const OpenFile* old = source_.model();
        if (old != nullptr && old->status.st_nlink > 1 && result_.changed) {
            result_.notes.push_back(escape(paths_.source) + " had "
                + count_of(old->status.st_nlink - 1, "other hard link", "other hard links")
                + ", which keep the old content");
        }
    }

    // Changes the map if that is possible, else has postmap make all of it.
    void make_map(std::optional<TrialMap>& trial, const Document& document, const Plan& plan,
        const MapChange& change, bool text_is_there, bool update)
    {
        trial.emplace(postfix_, paths_, change.answers());
        if (update && trial->update(change.update())) {
            result_.map = MapState::updated;
            return;
        }
        trial.emplace(postfix_, paths_, change.answers());
        trial->build({ pieces_, source_.model(), text_is_there }, plan,
            [&] { return written_by(document, plan); });
        result_.map = MapState::rebuilt;
    }

    // Writes both files beside the old ones, and exchanges them once they are on the disk.
    void put_in_place(const Document& document, const Plan& plan, const MapChange& change,
        bool build, bool update)
    {
        std::optional<Replacement> source;
        if (result_.changed) {
            if (!write_temporary(
                    paths_.fresh, pieces_, source_.model(), [&] { source_.require_same(); })) {
                result_.notes.push_back(escape(paths_.source)
                    + ": this system does not show its extended attributes and access control "
                      "list: "
                      "they are not kept");
            }
            source.emplace(
                paths_.fresh, paths_.source, paths_.in_place && is_mount_point(paths_.source));
        }
        std::optional<TrialMap> trial;
        if (build) {
            make_map(trial, document, plan, change, source && !paths_.is_link(), update);
            result_.old_warnings = result_.map == MapState::updated ? document.dropped_lines()
                                                                    : trial->old_warnings();
            result_.messages = trial->other_messages();
        }
        if (source || trial) {
            sync_file(source ? paths_.fresh : paths_.source);
        }
        throw_if_interrupted();
        const InterruptHold hold; // from here to the end without a stop
        try {
            history_.append(document.text(), splices_, plan);
            commit(source, trial);
        } catch (...) {
            if (roll_back(source, trial)) {
                history_.take_back();
            }
            throw;
        }
        result_.reload_needed = (trial && !trial->had_map())
            || (paths_.opened.traits().is_read_once && result_.changed);
    }

    // From the exchange of the source to that of the map. Whatever throws here is rolled back.
    void commit(std::optional<Replacement>& source, std::optional<TrialMap>& trial)
    {
        // An editor may have saved while the map was made. The exchange itself shows what it took
        // out of its place, and that is compared again behind it.
        source_.require_same();
        if (source) {
            source->swap_in([&] { source_.require_same(); });
            source_.require_same(*source);
        }
        sync_names_of_source();
        if (trial) {
            trial->publish();
            trial->finish();
        }
        state_ = escape(paths_.table.path) + " is changed, and its map";
        record_ = pair_identity(paths_.opened);
        is_ours_ = source ? source->is_still_ours() : source_.is_same();
        if (!is_ours_) {
            record_.clear(); // somebody has saved it since: the map is not of that text
        }
        if (source) {
            finish_quietly(*source);
        }
    }

    // Must be called before the map is touched. The disk writes what nobody has flushed in an order
    // of its own, and a map that reached it before its source would name clients that no source
    // names. A link is part of the way to the source.
    void sync_names_of_source() const
    {
        sync_directory_of(paths_.source);
        if (paths_.is_link()) {
            sync_directory_of(paths_.trial.path);
        }
    }

    // Everything is in place by now, and only an old file is left over: that is no failure.
    void finish_quietly(Replacement& source)
    {
        try {
            history_.finish(source);
        } catch (const Error& error) {
            source.abandon();
            result_.notes.push_back(error.what());
        }
    }

    // A map never names a client that its source does not, on the way back either: if both were
    // exchanged, the map goes back first. An lmdb map that was changed in place is made anew of the
    // old source, which has to be there for that. Returns true if the source is the old one.
    bool roll_back(std::optional<Replacement>& source, std::optional<TrialMap>& trial)
    {
        // Both files were in place already, and what failed came after that: there is nothing to
        // take back.
        if (!state_.empty()) {
            return false;
        }
        const bool source_first = trial && trial->is_undone_from_source();
        bool map_is_back = source_first || !trial || trial->undo();
        if (source && !source->undo()) {
            state_ = escape(paths_.table.path)
                + " IS CHANGED and could not be put back, the old text is in "
                + escape(paths_.fresh);
        }
        const bool is_back = state_.empty();
        sync_directory_quietly(paths_.source);
        map_is_back = map_is_back && (!source_first || trial->undo());
        if (!map_is_back && state_.empty()) {
            state_ = escape(paths_.table.path)
                + " unchanged, but its map may already have the change: run relayctl rebuild";
        }
        return is_back;
    }

    Postfix& postfix_;
    const Planner& planner_;
    const PublishOptions& options_;
    TablePaths paths_;
    SourceGuard source_;
    KeptHistory history_;
    std::vector<Splice> splices_; // of the plan
    std::vector<std::string_view> pieces_; // of the new text
    Publication result_;
    std::string state_;
    bool is_ours_ = true; // the source is the text that was read or published
    std::string record_; // of the pair that was published; empty where it is none
};

} // namespace

Publication publish(Postfix& postfix, const TableName& table, const Planner& planner,
    const PublishOptions& options, const Occasion& occasion)
{
    require_writable(table);
    Publisher publisher(postfix, table, planner, options, occasion);
    try {
        return publisher.run();
    } catch (Error& error) {
        error.with_state(publisher.state());
        throw;
    }
}

std::string_view to_string(MapState state) noexcept
{
    constexpr std::array<std::string_view, 5> names
        = { "rebuilt", "updated", "unchanged", "skipped", "none" };
    return names.at(static_cast<std::size_t>(state));
}

} // namespace relayctl
