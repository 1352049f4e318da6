// postmap itself makes the map, of a source with another name beside the real one, so nothing here
// depends on the format of a map. The trial map is asked before it is published, and the real one
// afterwards, since postmap may make what smtpd does not find. Messages of postmap name the trial;
// they are told with the name of the table.
#include "core/store/text_table/trial_map.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/parse_output.hpp"
#include "core/store/text_table/in_place.hpp"
#include "core/store/text_table/temporary.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace relayctl {

namespace {

// Returns the N of "FILE, line N: ...", 0 if there is none.
std::size_t line_of(std::string_view message)
{
    constexpr std::string_view mark = ", line ";
    const std::size_t at = message.find(mark);
    std::size_t line = 0;
    if (at != std::string_view::npos) {
        const std::string_view digits = message.substr(at + mark.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), line);
    }
    return line;
}

// Returns the text with each `from` in it replaced by `to`.
std::string replace_all(std::string text, const std::string& from, const std::string& to)
{
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

// Returns true if a warning of postmap is about what the plan brings: a line that it writes, or a
// duplicate of an entry that it adds.
bool is_brought_by(
    const Plan& plan, const std::vector<LineRange>& written, const std::string& warning)
{
    const std::size_t line = line_of(warning);
    if (std::any_of(written.begin(), written.end(),
            [&](const LineRange& range) { return range.first <= line && line <= range.last; })) {
        return true;
    }
    return !plan.accepts_warnings && warning.find("duplicate entry") != std::string::npos
        && std::any_of(plan.answers.begin(), plan.answers.end(), [&](const auto& answer) {
               return answer.second && plan.added > 0
                   && warning.find(to_lower(answer.first.to_string())) != std::string::npos;
           });
}

} // namespace

RemoveOnExit::~RemoveOnExit()
{
    for (const std::string& name : names) {
        remove_quietly(name);
    }
}

TrialMap::TrialMap(Postfix& postfix, const TablePaths& paths, Answers answers)
    : postfix_(postfix)
    , paths_(paths)
    , answers_(std::move(answers))
    , target_(map_file_of(paths.opened))
    , had_map_(lstat_of(target_).has_value())
{
    leftovers_.names = possible_map_files(paths.trial.path);
}

bool TrialMap::is_transactional() const
{
    return had_map_ && paths_.opened.traits().updates == MapUpdates::one_key;
}

bool TrialMap::is_mounted() const
{
    return had_map_ && paths_.in_place && is_mount_point(target_);
}

void TrialMap::build(const NewText& text, const Plan& plan, const Written& written)
{
    // The source stays as it is, or its table is a link: then the trial map needs a source of its
    // own beside it.
    if (!text.is_there) {
        leftovers_.names.push_back(paths_.trial.path);
        write_temporary(paths_.trial.path, text.pieces, text.model);
    }
    MapBuild build;
    try {
        build = postfix_.build_map(paths_.trial);
    } catch (const Error& error) {
        auto hints = error.hints();
        const std::string type = is_about_missing_berkeley_db(error.what())
            ? postfix_.type_instead_of_berkeley_db()
            : "";
        if (!type.empty()) {
            hints.push_back(Hint("keep its name with another type: ",
                { "relayctl", "copy", paths_.table.to_string(), type + ':' + paths_.table.path }));
        }
        throw Error(error.kind(), replace_all(error.what(), paths_.trial.path, paths_.table.path),
            std::move(hints));
    }
    fresh_ = build.map_path;
    // The map that postmap has made tells the suffix: from 3.11 on it may be that of another type
    // than the table's name says.
    target_ = paths_.table.path + fresh_.substr(paths_.trial.path.size());
    had_map_ = lstat_of(target_).has_value();
    // The content has to be on the disk before the name is, or a crash would leave an empty map in
    // its place.
    sync_file(fresh_);
    sort_out(build.warnings, plan, written);
    require_answers(paths_.trial);
}

bool TrialMap::update(const MapUpdate& update)
{
    if (is_transactional()) {
        in_place_ = update;
        return true;
    }
    if (is_mounted()) {
        return false; // there is no way to put a changed copy in its place
    }
    const auto before = stat_of(target_);
    fresh_ = paths_.trial.path + target_.substr(paths_.table.path.size());
    copy_temporary(fresh_, target_);
    // Somebody's own postmap may have been at work during the copy, which would be half of each
    // then.
    const auto after = stat_of(target_);
    if (!before || !after || FileIdentity::of(*before) != FileIdentity::of(*after)) {
        return false;
    }
    for (const std::string& message : postfix_.update_map(paths_.trial, update)) {
        other_messages_.push_back(
            "postmap: " + replace_all(message, paths_.trial.path, paths_.table.path));
    }
    sync_file(fresh_);
    require_answers(paths_.trial);
    return true;
}

// Tells the warnings of postmap apart: about the change, about lines that were there before, about
// something else.
void TrialMap::sort_out(
    const std::vector<std::string>& warnings, const Plan& plan, const Written& written)
{
    const auto lines = warnings.empty() ? std::vector<LineRange>() : written();
    for (const std::string& warning : warnings) {
        const std::string readable = replace_all(warning, paths_.trial.path, paths_.table.path);
        if (warning.find(paths_.trial.path) == std::string::npos) {
            other_messages_.push_back("postmap: " + readable);
        } else if (is_brought_by(plan, lines, warning)) {
            throw Error(
                ErrorKind::postfix, "postmap does not accept the change: " + escape(readable));
        } else {
            ++old_warnings_;
        }
    }
}

void TrialMap::require_answers(const TableName& table)
{
    std::vector<std::string> keys;
    for (const auto& [key, value] : answers_) {
        keys.push_back(key);
    }
    const auto values = postfix_.query_map(table, keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& wanted = answers_[i].second;
        if (values[i] != wanted) {
            throw Error(ErrorKind::postfix,
                wanted ? "the new map does not hold " + escape(keys[i]) + " as " + quote(*wanted)
                       : "the new map still answers for " + escape(keys[i])
                        + ", which was to be removed",
                hints_for_a_wrong_map());
        }
    }
}

// See may_outgrow().
std::vector<Hint> TrialMap::hints_for_a_wrong_map() const
{
    const auto source = stat_of(paths_.source);
    const std::string parameter(paths_.opened.traits().size_parameter);
    if (parameter.empty() || !source) {
        return {};
    }
    const auto enough = enough_map_size(static_cast<std::uint64_t>(source->st_size));
    return { Hint(
        "a map larger than " + parameter + " is made wrong by postmap, no client is found in it: ",
        { "postconf", "-e", parameter + '=' + std::to_string(enough) }) };
}

void TrialMap::publish()
{
    if (in_place_) {
        wrote_in_place_ = true;
        postfix_.update_map(paths_.opened, *in_place_);
    } else if (is_transactional() || is_mounted()) {
        write_in_place();
    } else {
        replacement_.emplace(fresh_, target_);
        replacement_->swap_in();
        sync_directory_of(target_);
    }
    // This asks as smtpd does, by the name of the table, and also finds a map that was changed in
    // place.
    require_answers(paths_.table);
}

// An smtpd that has a hash or btree map open notices another mtime, in whole seconds, and opens the
// map anew (dict_changed_name() in util/dict.c).
void TrialMap::write_in_place()
{
    if (const TableType& type = paths_.opened.traits(); !type.temporary_suffix.empty()) {
        throw Error(ErrorKind::permission,
            escape(target_) + ": is a mount point of its own, and postmap can only put a new "
                + std::string(type.name) + " map in its place",
            { "mount its directory instead" });
    }
    const auto before = stat_of(target_);
    wrote_in_place_ = true;
    postfix_.build_map(paths_.opened);
    const auto after = stat_of(target_);
    if (!is_transactional() && before && after && after->st_mtim.tv_sec <= before->st_mtim.tv_sec) {
        const struct timespec times[2] = { { 0, UTIME_OMIT }, { before->st_mtim.tv_sec + 1, 0 } };
        ::utimensat(AT_FDCWD, target_.c_str(), times, AT_SYMLINK_NOFOLLOW);
    }
}

bool TrialMap::undo() noexcept
{
    try {
        if (wrote_in_place_) {
            postfix_.build_map(paths_.opened);
        }
    } catch (const std::exception&) {
        return false;
    }
    if (!replacement_) {
        return true;
    }
    if (!replacement_->undo()) {
        leftovers_.names.clear(); // the old map has the name of the trial map now: keep it
        return false;
    }
    sync_directory_quietly(target_);
    return true;
}

void TrialMap::finish()
{
    if (!replacement_) {
        return;
    }
    // A hard link (a backup made by ln) keeps the old inode alive, and a running smtpd that has it
    // open would go on using it: the other sign that smtpd looks for is another mtime. We only
    // touch the map of this source, since the owner of the directory may have given its name to
    // somebody else's file.
    const auto source = stat_of(paths_.source);
    if (const auto old = replacement_->old_file();
        old && old->st_nlink > 1 && source && old->st_uid == source->st_uid) {
        const struct timespec times[2] = { { 0, UTIME_OMIT }, { old->st_mtim.tv_sec + 2, 0 } };
        ::utimensat(AT_FDCWD, fresh_.c_str(), times, AT_SYMLINK_NOFOLLOW);
    }
    // From here on the change cannot be taken back.
    replacement_->finish();
}

} // namespace relayctl
