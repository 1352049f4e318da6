#include "core/base/new_directory.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <memory>

namespace relayctl {

namespace {

constexpr int to_enter = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

[[noreturn]] void throw_taken(const std::string& path, const std::string& way_out)
{
    throw Error(ErrorKind::refused, escape(path) + ": is there already, and is not overwritten",
        { way_out });
}

void flush(const FileDescriptor& fd, const std::string& path)
{
    if (::fsync(fd.get()) != 0) {
        throw_errno(escape(path), "flush it to disk");
    }
}

// Returns the names in a directory, without "." and "..". fd: of the directory.
std::vector<std::string> names_in(const FileDescriptor& fd, const std::string& path)
{
    FileDescriptor own(::openat(fd.get(), ".", to_enter));
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(
        own ? ::fdopendir(own.get()) : nullptr, ::closedir);
    if (!directory) {
        throw_errno(escape(path), "read the directory");
    }
    own.release(); // the directory closes it
    std::vector<std::string> names;
    errno = 0;
    while (const struct dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
        errno = 0;
    }
    if (errno != 0) {
        throw_errno(escape(path), "read the directory");
    }
    return names;
}

} // namespace

void require_free_name(const std::string& path, const std::string& way_out)
{
    if (lstat_of(path)) {
        throw_taken(path, way_out);
    }
}

NewDirectory::NewDirectory(const std::string& path, const std::string& way_out)
    : path_(path)
    , way_out_(way_out)
    , name_(base_name(path))
    , temporary_('.' + name_ + ".relayctl-new")
{
    require_free_name(path_, way_out_);
    const std::string parent = directory_of(path_);
    make_parents(parent);
    try {
        parent_ = FileDescriptor(::open(parent.c_str(), to_enter));
        if (!parent_) {
            throw_errno(escape(parent), "open");
        }
        make_temporary();
    } catch (...) {
        remove_files();
        throw;
    }
}

NewDirectory::~NewDirectory()
{
    if (!is_kept_) {
        remove_files();
    }
}

void NewDirectory::make_parents(const std::string& directory)
{
    if (stat_of(directory)) {
        return;
    }
    if (const std::string above = directory_of(directory); above != directory) {
        make_parents(above);
    }
    if (::mkdir(directory.c_str(), 0700) == 0) {
        made_parents_.push_back(directory);
    } else if (errno != EEXIST) {
        const int error = errno;
        remove_files();
        throw_errno(escape(directory), "make the directory", error);
    }
}

// Another process may remove a leftover at this moment, so the directory that was locked must
// still be the one that has the name.
void NewDirectory::make_temporary()
{
    const std::string subject = directory_of(path_) + '/' + temporary_;
    const bool is_new = ::mkdirat(parent_.get(), temporary_.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST) {
        throw_errno(escape(subject), "make the directory");
    }
    const auto give_up = [&](const char* action) {
        const int error = errno;
        if (is_new) {
            ::unlinkat(parent_.get(), temporary_.c_str(), AT_REMOVEDIR);
        }
        throw_errno(escape(subject), action, error);
    };
    FileDescriptor fd(::openat(parent_.get(), temporary_.c_str(), to_enter | O_NOFOLLOW));
    struct stat own { };
    struct stat named { };
    if (!fd || ::fstat(fd.get(), &own) != 0) {
        give_up("open");
    }
    if (own.st_uid != ::geteuid() || (own.st_mode & 077) != 0) {
        throw Error(ErrorKind::permission,
            escape(subject) + ": belongs to another user, or others may enter it",
            { "remove it, or choose a directory that others cannot write" });
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && !is_unsupported(errno)) {
        if (errno == EWOULDBLOCK) {
            throw_being_changed(subject);
        }
        give_up("lock");
    }
    if (::fstatat(parent_.get(), temporary_.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) {
        give_up("stat");
    }
    if (named.st_ino != own.st_ino || named.st_dev != own.st_dev) {
        throw_being_changed(subject);
    }
    fd_ = std::move(fd);
    if (!is_new) {
        remove_leftover();
    }
}

// Removes what a killed run has written. The key was written last, and goes first, so that it never
// stays alone.
void NewDirectory::remove_leftover()
{
    std::vector<std::string> names = names_in(fd_, temporary_);
    for (const std::string& name : names) {
        if (name.find("cert") == std::string::npos) {
            files_.push_back(name);
        } else {
            files_.insert(files_.begin(), name);
        }
    }
    for (; !files_.empty(); files_.pop_back()) {
        if (::unlinkat(fd_.get(), files_.back().c_str(), 0) != 0 && errno != ENOENT) {
            throw_errno(escape(temporary_ + '/' + files_.back()), "remove what a killed run left");
        }
    }
}

void NewDirectory::write(const std::string& name, std::string_view bytes, mode_t mode)
{
    const std::string subject = path_ + '/' + name;
    FileDescriptor fd(::openat(
        fd_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) {
        throw_errno(escape(subject), "create");
    }
    files_.push_back(name);
    write_all(fd.get(), bytes, subject);
    flush(fd, subject);
    if (!fd.close()) {
        throw_errno(escape(subject), "close");
    }
}

void NewDirectory::publish()
{
    flush(fd_, path_);
    int result = ::renameat2(
        parent_.get(), temporary_.c_str(), parent_.get(), name_.c_str(), RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || is_unsupported(errno))) {
        // rename(2) replaces no file by a directory, and of directories only an empty one.
        result = ::renameat(parent_.get(), temporary_.c_str(), parent_.get(), name_.c_str());
    }
    if (result != 0 && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)) {
        throw_taken(path_, way_out_);
    }
    if (result != 0) {
        throw_errno(escape(path_), "give the new directory its name");
    }
    is_published_ = true;
    flush(parent_, directory_of(path_));
    for (const std::string& made : made_parents_) {
        const FileDescriptor above(::open(directory_of(made).c_str(), to_enter));
        if (!above) {
            throw_errno(escape(made), "open the directory that it is in");
        }
        flush(above, made);
    }
}

void NewDirectory::remove_files() noexcept
{
    const std::string* name = &temporary_;
    if (is_published_) { // under its other name, what is left belongs to nobody
        const bool is_back
            = ::renameat(parent_.get(), name_.c_str(), parent_.get(), temporary_.c_str()) == 0;
        name = is_back ? &temporary_ : &name_;
    }
    for (; !files_.empty(); files_.pop_back()) {
        ::unlinkat(fd_.get(), files_.back().c_str(), 0);
    }
    if (fd_) {
        ::unlinkat(parent_.get(), name->c_str(), AT_REMOVEDIR);
    }
    for (; !made_parents_.empty(); made_parents_.pop_back()) {
        ::rmdir(made_parents_.back().c_str());
    }
}

} // namespace relayctl
