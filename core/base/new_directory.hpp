// A directory of new files that appears under its name complete or not at all, as for a key with
// its certificate.
#pragma once

#include "core/base/file_descriptor.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The files are written into ".NAME.relayctl-new" beside it, which nobody else may enter (0700) and
// which is locked meanwhile (flock(2)). A killed run leaves it there, and the next one for the
// same name removes it. All member functions throw throw_errno().
class NewDirectory {
public:
    // path: of the directory to be made; where directories in front of it are missing, they are
    // made, 0700. Throws ErrorKind::refused if something of that name exists, and
    // ErrorKind::permission if another process is making it or its place belongs to another user.
    // way_out: the hint where the name is taken.
    NewDirectory(const std::string& path, const std::string& way_out);
    // Removes whatever keep() was not called for, the files written last first.
    ~NewDirectory();
    NewDirectory(const NewDirectory&) = delete;
    NewDirectory& operator=(const NewDirectory&) = delete;

    // Writes a file that does not exist yet, which has this mode from its first moment, and
    // flushes it to disk.
    void write(const std::string& name, std::string_view bytes, mode_t mode);

    // Gives the directory its name, and flushes that to disk. Never replaces anything but an empty
    // directory. Throws ErrorKind::refused if the name is taken by now.
    void publish();

    // Leaves the directory there.
    void keep() noexcept { is_kept_ = true; }

private:
    void make_parents(const std::string& directory);
    void make_temporary();
    void remove_leftover();
    void remove_files() noexcept;

    std::string path_;
    std::string way_out_;
    std::string name_; // the last part of path_
    std::string temporary_; // beside it
    FileDescriptor parent_;
    FileDescriptor fd_; // of the directory, locked
    std::vector<std::string> made_parents_;
    std::vector<std::string> files_; // in the order in which they were written
    bool is_published_ = false;
    bool is_kept_ = false;
};

// Throws ErrorKind::refused, with that hint, if anything of that name exists.
void require_free_name(const std::string& path, const std::string& way_out);

} // namespace relayctl
