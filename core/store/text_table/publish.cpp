#include "core/store/text_table/publish.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/source_file.hpp"
#include "core/store/text_table/in_place.hpp"
#include "core/store/text_table/lock.hpp"
#include "core/store/text_table/map_change.hpp"
#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/record.hpp"
#include "core/store/text_table/replace.hpp"
#include "core/store/text_table/temporary.hpp"
#include "core/store/text_table/trial_map.hpp"

#include <limits>
#include <thread>

namespace relayctl {

namespace {

// How often a change is redone because an editor saved the source meanwhile.
constexpr int max_attempts = 6;
constexpr std::chrono::milliseconds editor_patience{ 50 };

// Thrown within this file only: the source is not the one the plan was made for.
struct SourceMoved { };

// While one exists, every postmap holds the lock as well, and runs as the owner of the source.
class SharedLock {
public:
    SharedLock(Postfix& postfix, const FileLock& lock)
        : postfix_(postfix)
    {
        postfix_.let_inherit(lock.descriptor());
    }
    ~SharedLock()
    {
        postfix_.let_inherit(-1);
        postfix_.let_own({});
    }
    SharedLock(const SharedLock&) = delete;
    SharedLock& operator=(const SharedLock&) = delete;

private:
    Postfix& postfix_;
};

class Publisher {
public:
    Publisher(Postfix& postfix, const TableName& table, const Planner& planner,
        const PublishOptions& options)
        : postfix_(postfix)
        , planner_(planner)
        , options_(options)
        , paths_(resolve_paths(table))
    {
        paths_.in_place = options.in_place;
    }

    Publication run()
    {
        require_trust();
        FileLock lock(paths_.lock, options_.lock_timeout, owner_);
        const SharedLock shared(postfix_, lock);
        const InterruptGuard guard;
        require_not_half_written(paths_.source);
        sweep_leftovers();
        for (int attempt = 1;; ++attempt) {
            try {
                attempt_once(lock);
                return std::move(result_);
            } catch (const SourceMoved&) {
                if (attempt == max_attempts) {
                    throw_being_changed(paths_.source);
                }
                std::this_thread::sleep_for(
                    attempt * editor_patience); // it is in the middle of saving
                require_trust(); // what it has saved may be somebody else's
            }
        }
    }

    std::string state() const
    {
        return state_.empty() ? escape(paths_.table.path) + " unchanged" : state_;
    }

private:
    // --insecure-directory lets others see the table being changed, but never choose which file it
    // is that is changed.
    void require_trust()
    {
        const auto source = stat_of(paths_.source);
        owner_ = source ? std::optional(source->st_uid) : std::nullopt;
        std::string resolved;
        const auto weak = weak_way(paths_.table.path, owner_, &resolved);
        if (resolved != paths_.source) { // a link has come or gone since paths_ was made
            throw_being_changed(paths_.table.path);
        }
        if (weak && !options_.insecure_directory) {
            throw Error(ErrorKind::permission,
                escape(paths_.source) + ": refusing to change it, because " + weak->to_string(),
                { "whoever can write the directory can replace the table; "
                        + weak->repair_in_words(),
                    "or go on with --insecure-directory" });
        }
        if (weak && (weak->has_links || (source && source->st_nlink > 1))) {
            throw Error(ErrorKind::permission,
                escape(paths_.table.path)
                    + ": refusing to change the file that a link in a directory of others "
                      "leads to, also with --insecure-directory: "
                    + weak->to_string(),
                { "name the file itself: -t "
                    + shell_quote(paths_.table.type + ':' + paths_.source) });
        }
    }

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

    void attempt_once(FileLock& lock)
    {
        state_.clear();
        if (is_open_for_writing(paths_.source)) {
            throw SourceMoved(); // what we would read now may be half of it
        }
        opened_ = open_source();
        const auto status = opened_ ? std::optional(opened_->status) : std::nullopt;
        postfix_.let_own(
            status ? std::optional(std::pair(status->st_uid, status->st_gid)) : std::nullopt);
        identity_ = status ? std::optional(FileIdentity::of(*status)) : std::nullopt;
        const Document document(opened_ ? read_open_file(*opened_, paths_.source) : std::string());
        const Plan plan = planner_(document);
        splices_ = splices_of(document, plan.edits);
        pieces_ = plan.lines.empty() ? spliced_pieces(document.text(), splices_)
                                     : pieces_of(document, plan.lines);
        result_.changed = !splices_.empty() || !plan.lines.empty() || !status;
        result_.created = !status;
        note_hard_links(status);

        const bool has_map = paths_.table.has_map();
        const bool current = pair_identity(paths_.table) == lock.record() && !lock.record().empty();
        const bool build = has_map && options_.rebuild
            && (result_.changed || options_.force_rebuild || !current);
        result_.map = !has_map ? MapState::none
            : options_.rebuild ? MapState::unchanged
                               : MapState::skipped;
        if (!result_.changed && !build) {
            return;
        }
        const MapChange change = plan.lines.empty() ? MapChange(document, plan, splices_, paths_)
                                                    : MapChange(plan, paths_);
        throw_if_interrupted();
        const bool update = build && current && !options_.force_rebuild && change.is_small();
        put_in_place(document, plan, change, build, update);
        if (build) {
            lock.set_record(record_);
        }
    }

    // Everything is taken from this one descriptor: the text, and the rights of the new file.
    std::optional<OpenFile> open_source() const
    {
        auto file = open_resolved_if_any(paths_.source, max_table_bytes);
        if (file && file->status.st_uid != owner_) {
            throw SourceMoved(); // it is another file than the one whose directory was found to be
                                 // safe
        }
        if (file) {
            require_text(*file, paths_.source, paths_.table);
        }
        return file;
    }

    const OpenFile* model() const { return opened_ ? &*opened_ : nullptr; }

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

    std::vector<LineRange> written_by(const Document& document, const Plan& plan) const
    {
        if (plan.lines.empty()) {
            return written_lines(apply_splices(document.text(), splices_), splices_);
        }
        return { { count_newlines(document.text()) + 1, std::numeric_limits<std::size_t>::max() } };
    }

    void note_hard_links(const std::optional<struct stat>& status)
    {
        if (status && status->st_nlink > 1 && result_.changed) {
            result_.notes.push_back(escape(paths_.source) + " had "
                + count_of(status->st_nlink - 1, "other hard link", "other hard links")
                + ", which keep the old content");
        }
    }

    void make_map(std::optional<TrialMap>& trial, const Document& document, const Plan& plan,
        const MapChange& change, bool text_is_there, bool update)
    {
        trial.emplace(postfix_, paths_, change.answers());
        if (update && trial->update(change.update())) {
            result_.map = MapState::updated;
            return;
        }
        trial.emplace(postfix_, paths_, change.answers());
        trial->build(
            { pieces_, model(), text_is_there }, plan, [&] { return written_by(document, plan); });
        result_.map = MapState::rebuilt;
    }

    void put_in_place(const Document& document, const Plan& plan, const MapChange& change,
        bool build, bool update)
    {
        std::optional<Replacement> source;
        if (result_.changed) {
            if (!write_temporary(paths_.fresh, pieces_, model(), [&] { require_same_source(); })) {
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
            commit(source, trial);
        } catch (...) {
            roll_back(source, trial);
            throw;
        }
        result_.reload_needed
            = (trial && !trial->had_map()) || (paths_.table.type == "texthash" && result_.changed);
    }

    void commit(std::optional<Replacement>& source, std::optional<TrialMap>& trial)
    {
        require_same_source();
        if (source) {
            source->swap_in([&] { require_same_source(); });
            if (source->had_target() && !source->is_in_place()
                && (!came_out_as_read(*source) || is_open_for_writing(paths_.fresh))) {
                throw SourceMoved();
            }
        }
        sync_names_of_source();
        if (trial) {
            trial->publish();
            trial->finish();
        }
        state_ = escape(paths_.table.path) + " is changed, and its map";
        record_ = pair_identity(paths_.table);
        if (source ? !source->is_still_ours() : !is_same_source()) {
            record_.clear(); // somebody has saved it since: the map is not of that text
        }
        if (source) {
            finish_quietly(*source);
        }
    }

    // To be called before the map is touched. The disk writes what nobody has flushed in an order
    // of its own, and a map that reached it before its source would name clients that no source
    // does. A link is part of the way to the source.
    void sync_names_of_source() const
    {
        sync_directory_of(paths_.source);
        if (paths_.is_link()) {
            sync_directory_of(paths_.trial.path);
        }
    }

    // Everything is in place: what is left over now is only an old file.
    void finish_quietly(Replacement& source)
    {
        try {
            source.finish();
        } catch (const Error& error) {
            source.abandon();
            result_.notes.push_back(error.what());
        }
    }

    // A map never names a client that its source does not, on the way back either: where the two
    // were exchanged, the map goes back first. An lmdb map that was changed in place is made anew
    // of the old source, which has to be there for it.
    void roll_back(std::optional<Replacement>& source, std::optional<TrialMap>& trial)
    {
        if (!state_.empty()) {
            return;
        }
        const bool source_first = trial && trial->is_undone_from_source();
        bool map_is_back = source_first || !trial || trial->undo();
        if (source && !source->undo()) {
            state_ = escape(paths_.table.path)
                + " IS CHANGED and could not be put back, the old text is in "
                + escape(paths_.fresh);
        }
        sync_directory_quietly(paths_.source);
        map_is_back = map_is_back && (!source_first || trial->undo());
        if (!map_is_back && state_.empty()) {
            state_ = escape(paths_.table.path)
                + " unchanged, but its map may already have the change: run relayctl rebuild";
        }
    }

    // An editor takes no lock.
    bool is_same_source() const
    {
        const auto now
            = lstat_of(paths_.source); // it is resolved: a link in its place is another file
        return (now ? std::optional(FileIdentity::of(*now)) : std::nullopt) == identity_;
    }

    void require_same_source() const
    {
        if (!is_same_source()) {
            throw SourceMoved();
        }
    }

    bool came_out_as_read(const Replacement& source) const
    {
        const auto old = source.old_file();
        return old && identity_ && FileIdentity::of(*old).same_content_as(*identity_);
    }

    Postfix& postfix_;
    const Planner& planner_;
    const PublishOptions& options_;
    TablePaths paths_;
    std::optional<uid_t> owner_; // of the source, who is trusted with its directories
    std::optional<OpenFile> opened_; // the source that was read
    std::vector<Splice> splices_; // of the plan
    std::vector<std::string_view> pieces_; // of the new text
    std::optional<FileIdentity> identity_; // of the source that was read; none if there was none
    Publication result_;
    std::string state_;
    std::string record_; // of the pair that was published; empty where it is none
};

} // namespace

Publication publish(
    Postfix& postfix, const TableName& table, const Planner& planner, const PublishOptions& options)
{
    require_writable(table);
    Publisher publisher(postfix, table, planner, options);
    try {
        return publisher.run();
    } catch (Error& error) {
        error.with_state(publisher.state());
        throw;
    }
}

std::string_view to_string(MapState state) noexcept
{
    switch (state) {
    case MapState::rebuilt:
        return "rebuilt";
    case MapState::updated:
        return "updated";
    case MapState::unchanged:
        return "unchanged";
    case MapState::skipped:
        return "skipped";
    case MapState::none:
        return "none";
    }
    return {};
}

} // namespace relayctl
