// Putting a new file in the place of another so that every step can be undone until the last one.
#pragma once

#include "core/base/file.hpp"
#include "core/store/text_table/temporary.hpp"

#include <optional>
#include <string>

namespace relayctl {

// Comes back when the file is on the disk.
void sync_file(const std::string& path);

// Flushes the directory that holds path: after a crash its names are what they are now.
void sync_directory_of(const std::string& path);

// The same where an error is on its way that says more than that this failed.
void sync_directory_quietly(const std::string& path) noexcept;

// Removes path if it is there; errors are ignored: used where a worse error is already on its way,
// and for leftovers.
void remove_quietly(const std::string& path) noexcept;

// One file on its way to its place. fresh and target lie in the same directory.
//   swap_in(): target is the new file, fresh holds the old one (renameat2 RENAME_EXCHANGE; by link
//   and rename where the
//              file system has no such thing; by copies where it has no hard links either). Where
//              there was no target, fresh just takes its name, never over one that came up
//              meanwhile.
//   finish():  the old file goes. Only now does it lose its last name, and a running smtpd that has
//   it open sees st_nlink 0
//              and turns to the new one (dict_changed_name() in util/dict.c).
// Destroyed before finish(), it puts the old file back and removes the new one.
class Replacement {
public:
    // in_place: the target is a mount point, which no other file can replace, so the contents are
    // exchanged (publish/in_place.hpp).
    Replacement(std::string fresh, std::string target, bool in_place = false);
    ~Replacement();
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    // confirm: of an exchange of contents, see exchange_contents().
    void swap_in(const Confirmation& confirm = {});
    void finish();
    // Leaves both files as they are.
    void abandon() noexcept { stage_ = Stage::done; }
    // Puts the old file back now. False where that did not work.
    bool undo() noexcept;
    // Whether the target still is the new file: somebody may have put another in its place.
    bool is_still_ours() const;

    bool had_target() const noexcept { return had_target_; }
    bool is_in_place() const noexcept { return in_place_; }
    // What came out of the target's place; no value where there was none, or where nothing but
    // contents was exchanged.
    std::optional<struct stat> old_file() const;

private:
    enum class Stage { waiting, swapped, done };
    void exchange_as_told(const Confirmation& confirm = {});

    std::string fresh_;
    std::string target_;
    bool had_target_;
    bool in_place_;
    std::optional<FileIdentity> ours_; // of the new file
    std::optional<struct stat> copied_; // the file of which only a copy could be kept under fresh
    Stage stage_ = Stage::waiting;
};

// Names that Replacement and write_temporary may leave behind for `fresh` when they are killed.
std::string aside_name(const std::string& fresh);

} // namespace relayctl
