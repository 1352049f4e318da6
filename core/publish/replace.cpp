#include "core/publish/replace.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <vector>

namespace relayctl {

namespace {

// "security.*" belongs to the system's own policy: what it does not let us set, it sets itself.
bool may_be_refused(std::string_view attribute)
{
    return attribute.starts_with("security.");
}

void copy_attributes(const std::string& model, int fd, const std::string& path)
{
    std::vector<char> names(65536);
    const ssize_t size = ::listxattr(model.c_str(), names.data(), names.size());
    if (size < 0 && errno != ENOTSUP) {
        throw_errno(escape(model), "list its extended attributes");
    }
    for (const char* name = names.data(); size > 0 && name < names.data() + size; name += std::string_view(name).size() + 1) {
        std::vector<char> value(65536);
        const ssize_t length = ::getxattr(model.c_str(), name, value.data(), value.size());
        const bool copied = length >= 0 && ::fsetxattr(fd, name, value.data(), static_cast<std::size_t>(length), 0) == 0;
        if (!copied && !may_be_refused(name)) {
            throw_errno(escape(path), "keep the extended attribute " + quote(name));
        }
    }
}

void copy_ownership(const struct stat& model, int fd, const std::string& path)
{
    struct stat now {};
    if (::fstat(fd, &now) != 0) {
        throw_errno(escape(path), "stat");
    }
    if ((now.st_uid != model.st_uid || now.st_gid != model.st_gid) && ::fchown(fd, model.st_uid, model.st_gid) != 0) {
        throw_errno(escape(path), "give it the owner of the old file");
    }
}

void write_pieces(int fd, std::span<const std::string_view> pieces, const std::string& path)
{
    constexpr std::size_t most = std::size_t{1} << 18; // small pieces are put together up to this size
    std::string buffer;
    const auto flush = [&] {
        write_all(fd, buffer, path);
        buffer.clear();
    };
    for (const std::string_view piece : pieces) {
        if (buffer.size() + piece.size() > most) {
            flush();
        }
        if (piece.size() > most) {
            write_all(fd, piece, path);
        } else {
            buffer += piece;
        }
    }
    flush();
}

// Owner before mode: for no moment may somebody read more than in the end.
void take_after(const FileDescriptor& fd, const std::string& path, const std::string& model)
{
    const auto model_status = model.empty() ? std::nullopt : stat_of(model);
    if (model_status) {
        copy_ownership(*model_status, fd.get(), path);
        copy_attributes(model, fd.get(), path);
    }
    if (::fchmod(fd.get(), model_status ? model_status->st_mode & 0777 : 0644) != 0) {
        throw_errno(escape(path), "set its mode");
    }
}

void close_checked(FileDescriptor& fd, const std::string& path)
{
    if (!fd.close()) {
        throw_errno(escape(path), "close");
    }
}

// The disk may begin while we do something else. sync_file() waits for it, and hears of errors.
void begin_flush(const FileDescriptor& fd) noexcept
{
    ::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

void copy_bytes(int from, int to, const std::string& path)
{
    ssize_t copied = 0;
    do {
        copied = ::copy_file_range(from, nullptr, to, nullptr, std::size_t{1} << 30, 0);
        if (copied < 0 && errno != EINTR) {
            throw_errno(escape(path), "write");
        }
    } while (copied != 0);
}

FileDescriptor create(const std::string& path)
{
    remove_quietly(path);
    FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) {
        throw_errno(escape(path), "create");
    }
    return fd;
}

// Fills a file that create() made; where that fails, nothing is left.
template <typename Fill>
void make_temporary(const std::string& path, Fill fill)
{
    FileDescriptor fd = create(path);
    try {
        fill(fd);
        close_checked(fd, path);
    } catch (...) {
        remove_quietly(path);
        throw;
    }
}

// Exchanges two names by links and renames: not in one step, but target names one of the two files at every moment.
void exchange_by_renames(const std::string& fresh, const std::string& target)
{
    const std::string aside = aside_name(fresh);
    remove_quietly(aside);
    if (::link(target.c_str(), aside.c_str()) != 0) {
        throw_errno(escape(target), "keep the old file aside");
    }
    if (::rename(fresh.c_str(), target.c_str()) != 0) {
        const int error = errno;
        remove_quietly(aside);
        throw_errno(escape(target), "put the new file in its place", error);
    }
    if (::rename(aside.c_str(), fresh.c_str()) != 0) {
        const int error = errno;
        ::rename(aside.c_str(), target.c_str());
        throw_errno(escape(target), "keep the old file aside", error);
    }
}

void exchange(const std::string& fresh, const std::string& target)
{
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
        return;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) {
        throw_errno(escape(target), "put the new file in its place");
    }
    exchange_by_renames(fresh, target);
}

void take_free_name(const std::string& fresh, const std::string& target)
{
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
        return;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) {
        throw_errno(escape(target), "put the new file in its place");
    }
    if (::link(fresh.c_str(), target.c_str()) != 0) { // link() never replaces
        throw_errno(escape(target), "put the new file in its place");
    }
    remove_quietly(fresh);
}

} // namespace

std::string aside_name(const std::string& fresh)
{
    return fresh + ".old";
}

void write_temporary(const std::string& path, std::span<const std::string_view> pieces, const std::string& model)
{
    make_temporary(path, [&](const FileDescriptor& fd) {
        write_pieces(fd.get(), pieces, path);
        take_after(fd, path, model);
        begin_flush(fd);
    });
}

void copy_temporary(const std::string& path, const std::string& original)
{
    const FileDescriptor from(::open(original.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!from) {
        throw_errno(escape(original), "open");
    }
    make_temporary(path, [&](const FileDescriptor& fd) {
        copy_bytes(from.get(), fd.get(), path);
        take_after(fd, path, original);
        begin_flush(fd);
    });
}

void sync_file(const std::string& path)
{
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
        throw_errno(escape(path), "open");
    }
    if (::fsync(fd.get()) != 0) {
        throw_errno(escape(path), "flush it to disk");
    }
}

void sync_directory_of(const std::string& path)
{
    const std::string directory = directory_of(path);
    const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
        throw_errno(escape(directory), "open");
    }
    if (::fsync(fd.get()) != 0) {
        throw_errno(escape(directory), "flush it to disk");
    }
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

Replacement::Replacement(std::string fresh, std::string target)
    : fresh_(std::move(fresh)), target_(std::move(target)), had_target_(lstat_of(target_).has_value())
{
}

Replacement::~Replacement()
{
    // Where undoing fails, fresh holds the old file: that one is not thrown away.
    if (stage_ != Stage::done && undo()) {
        remove_quietly(fresh_);
    }
}

void Replacement::swap_in()
{
    if (had_target_) {
        exchange(fresh_, target_);
    } else {
        take_free_name(fresh_, target_);
    }
    stage_ = Stage::swapped;
}

bool Replacement::undo() noexcept
{
    if (stage_ != Stage::swapped) {
        return true;
    }
    try {
        if (had_target_) {
            exchange(fresh_, target_);
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
    return had_target_ ? lstat_of(fresh_) : std::nullopt;
}

} // namespace relayctl
