// A file that is a mount point keeps its inode, so a new text can only be written over the old one.
// That is no single step: a reader may see half of it, and a crash may leave half of it. So a whole
// copy of the old text lies on the disk, under a name of its own, before the first byte changes,
// and it keeps that name until the new text is on the disk.
#include "core/store/text_table/in_place.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/store/text_table/replace.hpp"
#include "core/store/text_table/temporary.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace relayctl {

namespace {

// Opens a file without following links. Errors: throw_errno.
FileDescriptor open_or_throw(const std::string& path, int flags)
{
    FileDescriptor fd = open_without_links(path, flags);
    if (!fd) {
        throw_errno(escape(path), "open");
    }
    return fd;
}

// Writes the bytes of one file into another, and waits for the disk.
void overwrite(const std::string& target, const std::string& with)
{
    const FileDescriptor from = open_or_throw(with, O_RDONLY);
    const FileDescriptor to = open_or_throw(target, O_WRONLY);
    struct stat status { };
    if (::fstat(from.get(), &status) != 0) {
        throw_errno(escape(with), "stat");
    }
    // So a full disk is noticed before anything is lost. If the file system cannot do this, writing
    // will tell.
    if (::fallocate(to.get(), FALLOC_FL_KEEP_SIZE, 0, std::max<off_t>(status.st_size, 1)) != 0
        && errno == ENOSPC) {
        throw_errno(escape(target), "write");
    }
    copy_bytes(from.get(), to.get(), target);
    // The new content may be shorter than the old one, whose end is still there.
    if (::ftruncate(to.get(), status.st_size) != 0) {
        throw_errno(escape(target), "write");
    }
    if (::fsync(to.get()) != 0) {
        throw_errno(escape(target), "flush it to disk");
    }
}

// Only a copy that is whole, and on the disk, gets the name: whoever finds it can rely on it.
void save_whole(const std::string& target, const std::string& saved, const std::string& on_its_way)
{
    copy_temporary(on_its_way, target);
    try {
        sync_file(on_its_way);
        if (::rename(on_its_way.c_str(), saved.c_str()) != 0) {
            throw_errno(escape(saved), "create");
        }
        sync_directory_of(saved);
    } catch (...) {
        remove_quietly(on_its_way);
        remove_quietly(saved);
        throw;
    }
}

// Undoes overwrite(). If that fails, the error says how to do it by hand.
void put_back(const std::string& target, const std::string& saved)
{
    try {
        overwrite(target, saved);
    } catch (const Error& error) {
        throw Error(error.kind(),
            escape(target)
                + ": IS HALF WRITTEN, and its old text could not be put back: " + error.what(),
            { restore_command(target) })
            .with_state(escape(target) + " is half written");
    }
    remove_quietly(saved);
}

} // namespace

bool is_mount_point(const std::string& path) noexcept
{
    struct statx status { };
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS, &status) == 0
        && (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
        return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    }
    // Linux before 5.8 does not tell. Then a mount from the same file system is not noticed.
    const auto file = stat_of(path);
    const auto directory = stat_of(directory_of(path));
    return file && directory && file->st_dev != directory->st_dev;
}

std::string saved_name(const std::string& source)
{
    return source + ".relayctl-saved";
}

void exchange_contents(
    const std::string& fresh, const std::string& target, const Confirmation& confirm)
{
    const std::string saved = saved_name(target);
    save_whole(target, saved, aside_name(fresh));
    try {
        // Until here nothing has changed: if confirm() throws, the copy is not needed.
        if (confirm) {
            confirm();
        }
    } catch (...) {
        remove_quietly(saved);
        throw;
    }
    try {
        overwrite(target, fresh);
    } catch (...) {
        put_back(target, saved);
        throw;
    }
    // From here on the old content is where it is after any other exchange, under the name of the
    // new file, so Replacement need not tell the two ways apart.
    if (::rename(saved.c_str(), fresh.c_str()) != 0) {
        const int error = errno;
        put_back(target, saved);
        throw_errno(escape(saved), "rename", error);
    }
}

void require_not_half_written(const std::string& source)
{
    const std::string saved = saved_name(source);
    const auto file = open_resolved_if_any(saved, max_table_bytes);
    if (!file) {
        return;
    }
    const std::string old = read_open_file(*file, saved);
    // Equal texts mean that nothing was lost: the run ended before it wrote, or somebody has put
    // the old text back.
    if (const auto now = read_file_if_any(source, max_table_bytes); now && now->text == old) {
        remove_quietly(saved);
        return;
    }
    throw Error(ErrorKind::permission,
        escape(source)
            + ": may be half written: writing it in place was interrupted, and its whole old text "
              "is in "
            + escape(saved),
        { "compare the two; to have the old text again: " + restore_command(source) });
}

std::string restore_command(const std::string& source)
{
    // In somebody else's directory both names may lead elsewhere by then, so root must not copy
    // there as root.
    const auto owner = stat_of(source);
    const std::string as_owner = owner && owner->st_uid != 0 && ::geteuid() == 0
        ? "setpriv --reuid=" + std::to_string(owner->st_uid)
            + " --regid=" + std::to_string(owner->st_gid) + " --clear-groups -- "
        : "";
    return as_owner + "cp " + shell_quote(saved_name(source)) + ' ' + shell_quote(source)
        + " && rm " + shell_quote(saved_name(source));
}

} // namespace relayctl
