// Putting a new file in the place of another, so that every step but the last can be undone.
#pragma once

#include "core/base/file.hpp"
#include "core/store/text_table/temporary.hpp"

#include <optional>
#include <string>

namespace relayctl {

// Flushes a file; returns when it is on the disk.
void sync_file(const std::string& path);

// Flushes the directory that holds path: after a crash its names are what they are now.
void sync_directory_of(const std::string& path);

// Does the same and ignores errors: for use where a worse error is already on its way.
void sync_directory_quietly(const std::string& path) noexcept;

// Removes path if it is there, and ignores errors: for leftovers, and where a worse error is
// already on its way.
void remove_quietly(const std::string& path) noexcept;

// One file on its way to its place. fresh and target lie in the same directory. Destroyed before
// finish(), it puts the old file back and removes the new one.
class Replacement {
public:
    // in_place: the target is a mount point, which no other file can replace, so the contents are
    // exchanged (text_table/in_place.hpp).
    Replacement(std::string fresh, std::string target, bool in_place = false);
    ~Replacement();
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    // Makes target the new file and fresh the old one: by renameat2(2) with RENAME_EXCHANGE, by
    // link and rename if the file system does not have that, by copies if it has no hard links
    // either. If there was no target, fresh takes its name, but never over a file that came up
    // meanwhile. confirm: for exchange_contents(). Errors: throw_errno; ErrorKind::permission for a
    // mount point.
    void swap_in(const Confirmation& confirm = {});
    // Removes the old file. Only now does it lose its last name, and a running smtpd that has it
    // open sees st_nlink 0 and turns to the new one (dict_changed_name() in util/dict.c).
    void finish();
    // Leaves both files as they are.
    void abandon() noexcept { stage_ = Stage::done; }
    // Puts the old file back now. Returns false if that did not work.
    bool undo() noexcept;
    // Returns false if somebody has put another file in the place of the new one.
    bool is_still_ours() const;

    // Returns true if there was an old file, and if its content is overwritten in place.
    bool had_target() const noexcept { return had_target_; }
    bool is_in_place() const noexcept { return in_place_; }
    // Returns the file that was in the place of target; no value if there was none, or if only
    // contents were exchanged.
    std::optional<struct stat> old_file() const;

private:
    enum class Stage { waiting, swapped, done };
    void exchange_with_target(const Confirmation& confirm = {});

    std::string fresh_;
    std::string target_;
    bool had_target_;
    bool in_place_;
    std::optional<FileIdentity> ours_; // of the new file
    std::optional<struct stat> copied_; // the file of which only a copy could be kept under fresh
    Stage stage_ = Stage::waiting;
};

// Returns the name that Replacement may leave behind for `fresh` when it is killed.
std::string aside_name(const std::string& fresh);

} // namespace relayctl
