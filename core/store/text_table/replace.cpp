// There are three ways to exchange two files, and each is tried where the system does not have the
// one before: renameat2(2) with RENAME_EXCHANGE; a hard link and two renames; a copy and two
// renames. In all of them the name of the target leads to a whole file at every moment, because
// smtpd may open it at any moment.
#include "core/store/text_table/replace.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/text_table/in_place.hpp"
#include "core/store/text_table/temporary.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

namespace relayctl {

namespace {

// Throws the failure of a rename or link onto the target, with what helps if it is a mount point.
[[noreturn]] void throw_not_placed(const std::string& target, int error = errno)
{
    if (error == EBUSY) {
        throw Error(ErrorKind::permission,
            escape(target)
                + ": is a mount point of its own (a container has this single file from outside), "
                  "so no "
                  "new file can take its place",
            { "mount its directory instead, or have it written in place: the same command with "
              "--in-place" });
    }
    throw_errno(escape(target), "put the new file in its place", error);
}

// Keeps the old file under another name, or a copy of it if the file system has no hard links.
// Returns the status of the original if it was copied.
std::optional<struct stat> keep_aside(const std::string& target, const std::string& aside)
{
    if (::link(target.c_str(), aside.c_str()) == 0) {
        return std::nullopt;
    }
    if (!is_unsupported(errno) && errno != EMLINK) {
        throw_errno(escape(target), "keep the old file aside");
    }
    copy_temporary(aside, target);
    return lstat_of(target);
}

// Exchanges two names by links and renames. That is more than one step, but target names one of the
// two files at every moment. Returns what keep_aside() returns.
std::optional<struct stat> exchange_by_renames(const std::string& fresh, const std::string& target)
{
    // A killed run may have left this name; the lock is held, so it is nobody's now.
    const std::string aside = aside_name(fresh);
    remove_quietly(aside);
    const auto copied = keep_aside(target, aside);
    if (::rename(fresh.c_str(), target.c_str()) != 0) {
        const int error = errno;
        remove_quietly(aside);
        throw_not_placed(target, error);
    }
    if (::rename(aside.c_str(), fresh.c_str()) != 0) {
        const int error = errno;
        // The old file goes back to its place; the first error is the one to report.
        ::rename(aside.c_str(), target.c_str());
        throw_errno(escape(target), "keep the old file aside", error);
    }
    return copied;
}

// Calls renameat2(2) with this flag. Returns false if the system, a sandbox or the file system does
// not have it.
bool rename_with(unsigned flag, const std::string& fresh, const std::string& target)
{
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), flag) == 0) {
        return true;
    }
    if (errno != EINVAL && !is_unsupported(errno)) {
        throw_not_placed(target);
    }
    return false;
}

// Exchanges the two in the best way that there is. Returns what keep_aside() returns.
std::optional<struct stat> exchange_files(const std::string& fresh, const std::string& target)
{
    return rename_with(RENAME_EXCHANGE, fresh, target) ? std::nullopt
                                                       : exchange_by_renames(fresh, target);
}

// Renames fresh to a name that was free. A file that has come up there meanwhile is somebody's
// work: it stays, and this throws.
void take_free_name(const std::string& fresh, const std::string& target)
{
    if (rename_with(RENAME_NOREPLACE, fresh, target)) {
        return;
    }
    if (::link(fresh.c_str(), target.c_str()) == 0) { // link() never replaces
        remove_quietly(fresh);
        return;
    }
    // Without hard links, an empty file takes the name first, which never replaces anything either.
    if (!is_unsupported(errno) || !open_without_links(target, O_WRONLY | O_CREAT | O_EXCL, 0600)
        || ::rename(fresh.c_str(), target.c_str()) != 0) {
        throw_not_placed(target);
    }
}

// Opens a file or directory with these flags, and waits until the disk has it.
void flush(const std::string& path, int flags)
{
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
    if (!fd) {
        throw_errno(escape(path), "open");
    }
    if (::fsync(fd.get()) != 0) {
        throw_errno(escape(path), "flush it to disk");
    }
}

} // namespace

std::string aside_name(const std::string& fresh)
{
    return fresh + ".old";
}

void sync_file(const std::string& path)
{
    flush(path, O_NOFOLLOW);
}

void sync_directory_of(const std::string& path)
{
    flush(directory_of(path), O_DIRECTORY);
}

void sync_directory_quietly(const std::string& path) noexcept
{
    try {
        sync_directory_of(path);
    } catch (const std::exception&) {
        return;
    }
}

void remove_quietly(const std::string& path) noexcept
{
    const int saved = errno;
    ::unlink(path.c_str());
    errno = saved;
}

Replacement::Replacement(std::string fresh, std::string target, bool in_place)
    : fresh_(std::move(fresh))
    , target_(std::move(target))
    , had_target_(lstat_of(target_).has_value())
    , in_place_(in_place)
{
}

Replacement::~Replacement()
{
    // If undoing fails, fresh holds the old file, which must stay.
    if (stage_ != Stage::done && undo()) {
        remove_quietly(fresh_);
    }
}

void Replacement::exchange_with_target(const Confirmation& confirm)
{
    if (in_place_) {
        exchange_contents(fresh_, target_, confirm);
        return;
    }
    copied_ = exchange_files(fresh_, target_);
}

void Replacement::swap_in(const Confirmation& confirm)
{
    // The new file is taken down before the exchange: afterwards the name may lead to what somebody
    // else has put there. In place it is the target's own inode that goes on, with new times.
    const auto fresh = lstat_of(fresh_);
    if (had_target_) {
        exchange_with_target(confirm);
    } else {
        take_free_name(fresh_, target_);
    }
    stage_ = Stage::swapped;
    const auto ours = in_place_ ? lstat_of(target_) : fresh;
    ours_ = ours ? std::optional(FileIdentity::of(*ours)) : std::nullopt;
}

// The rename has changed the ctime, so that is left out.
bool Replacement::is_still_ours() const
{
    const auto now = lstat_of(target_);
    return now && ours_ && FileIdentity::of(*now).same_content_as(*ours_);
}

bool Replacement::undo() noexcept
{
    if (stage_ != Stage::swapped) {
        return true;
    }
    try {
        if (!is_still_ours()) {
            return false; // an editor has saved it since: what it has written stays
        }
        if (had_target_) {
            exchange_with_target();
        } else if (::unlink(target_.c_str()) != 0) {
            return false;
        }
    } catch (const std::exception&) {
        return false;
    }
    stage_ = Stage::waiting;
    return true;
}

void Replacement::finish()
{
    if (had_target_ && ::unlink(fresh_.c_str()) != 0) {
        throw_errno(escape(fresh_), "remove the old file");
    }
    stage_ = Stage::done;
}

std::optional<struct stat> Replacement::old_file() const
{
    if (!had_target_ || in_place_) {
        return std::nullopt;
    }
    return copied_ ? copied_ : lstat_of(fresh_);
}

} // namespace relayctl
