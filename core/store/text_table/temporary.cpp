// A new file begins empty, readable by this user only, and is opened once: all that follows goes to
// that descriptor, so nobody can put another file under its name in between. It gets its rights
// last, when its content is complete.
#include "core/store/text_table/temporary.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/store/text_table/replace.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <vector>

namespace relayctl {

namespace {

// Returns true for "security.*", which belongs to the system's own policy: what the system does not
// let us set, it sets itself.
bool may_be_refused(std::string_view attribute)
{
    return attribute.starts_with("security.");
}

// The extended attribute in which Linux keeps the access control list of a file (acl(5)).
constexpr const char* access_list = "system.posix_acl_access";

// Removes the access control list that a new file gets from its directory: the model has none.
void drop_inherited_list(int fd, const std::string& path)
{
    // The caller still asks errno why the model showed no list.
    const int saved = errno;
    if (::fremovexattr(fd, access_list) != 0 && errno != ENODATA && !is_unsupported(errno)) {
        throw_errno(escape(path), "remove the access control list that it has from its directory");
    }
    errno = saved;
}

// Returns false if the system does not let us see whether the model has one.
bool copy_list_alone(const OpenFile& model, int fd, const std::string& path)
{
    std::vector<char> value(65536);
    const ssize_t length = ::fgetxattr(model.fd.get(), access_list, value.data(), value.size());
    if (length < 0) {
        drop_inherited_list(fd, path);
        return errno == ENODATA || errno == ENOTSUP;
    }
    if (::fsetxattr(fd, access_list, value.data(), static_cast<std::size_t>(length), 0) != 0) {
        throw_errno(escape(path), "keep the access control list of the old file");
    }
    return false; // there may be other attributes
}

// Returns false if the system does not let us see all attributes.
bool copy_attributes(const OpenFile& model, int fd, const std::string& path)
{
    std::vector<char> names(65536);
    const ssize_t size = ::flistxattr(model.fd.get(), names.data(), names.size());
    if (size < 0 && !is_unsupported(errno)) {
        throw_errno(escape(path), "list the extended attributes of the old file");
    }
    if (size < 0) {
        return copy_list_alone(model, fd, path);
    }
    // The kernel gives the names one behind the other, each with a NUL byte at its end.
    bool has_list = false;
    for (const char* name = names.data(); size > 0 && name < names.data() + size;
         name += std::string_view(name).size() + 1) {
        std::vector<char> value(65536);
        const ssize_t length = ::fgetxattr(model.fd.get(), name, value.data(), value.size());
        const bool copied = length >= 0
            && ::fsetxattr(fd, name, value.data(), static_cast<std::size_t>(length), 0) == 0;
        if (!copied && !may_be_refused(name)) {
            throw_errno(escape(path), "keep the extended attribute " + quote(name));
        }
        has_list = has_list || std::string_view(name) == access_list;
    }
    if (!has_list) {
        drop_inherited_list(fd, path);
    }
    return true;
}

// Gives the file owner and group of the model. Errors: throw_errno, if this user may not do that.
void copy_ownership(const struct stat& model, int fd, const std::string& path)
{
    struct stat now { };
    if (::fstat(fd, &now) != 0) {
        throw_errno(escape(path), "stat");
    }
    if ((now.st_uid != model.st_uid || now.st_gid != model.st_gid)
        && ::fchown(fd, model.st_uid, model.st_gid) != 0) {
        throw_errno(escape(path), "give it the owner of the old file");
    }
}

// Writes the pieces, of which there may be one for each entry, in few calls.
void write_pieces(int fd, std::span<const std::string_view> pieces, const std::string& path)
{
    constexpr std::size_t most = std::size_t{ 1 }
        << 18; // small pieces are put together up to this size
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

// Sets the owner before the mode, so that at no moment anybody may read more than in the end.
// Returns false if not all attributes of the model could be seen.
bool take_after(const FileDescriptor& fd, const std::string& path, const OpenFile* model)
{
    // A source holds no secret: smtpd and every user of the machine may read it. Set-id bits of a
    // model are not copied.
    mode_t mode = 0644;
    bool seen = true;
    if (model != nullptr) {
        copy_ownership(model->status, fd.get(), path);
        seen = copy_attributes(*model, fd.get(), path);
        mode = model->status.st_mode & 0777;
    }
    if (::fchmod(fd.get(), mode) != 0) {
        throw_errno(escape(path), "set its mode");
    }
    return seen;
}

// Some file systems report a failed write only now (close(2)).
void close_checked(FileDescriptor& fd, const std::string& path)
{
    if (!fd.close()) {
        throw_errno(escape(path), "close");
    }
}

// Has the disk begin while we do something else. sync_file() waits for it, and hears of errors.
void begin_flush(const FileDescriptor& fd) noexcept
{
    ::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

// Copies the rest by reading and writing. Errors: throw_errno.
void copy_by_hand(int from, int to, const std::string& path)
{
    std::vector<char> buffer(std::size_t{ 1 } << 20);
    while (const std::size_t got = read_up_to(from, buffer, path)) {
        write_all(to, { buffer.data(), got }, path);
    }
}

// Makes the file. O_EXCL refuses what somebody has put there since the name was cleared.
FileDescriptor create(const std::string& path)
{
    remove_quietly(path);
    FileDescriptor fd = open_without_links(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!fd) {
        throw_errno(escape(path), "create");
    }
    return fd;
}

// Makes a file and has fill() write it. If that fails, nothing is left.
template <typename Fill> void make_temporary(const std::string& path, Fill fill)
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

} // namespace

// Some systems and sandboxes do not have the call, and some file systems cannot do it: the rest is
// copied by hand then.
void copy_bytes(int from, int to, const std::string& path)
{
    ssize_t copied = 0;
    do {
        copied = ::copy_file_range(from, nullptr, to, nullptr, std::size_t{ 1 } << 30, 0);
        if (copied < 0 && (is_unsupported(errno) || errno == EXDEV || errno == EINVAL)) {
            break;
        }
        if (copied < 0 && errno != EINTR) {
            throw_errno(escape(path), "write");
        }
    } while (copied != 0);
    copy_by_hand(from, to, path); // after a whole copy there is nothing left
}

bool write_temporary(const std::string& path, std::span<const std::string_view> pieces,
    const OpenFile* model, const Confirmation& confirm)
{
    bool seen = true;
    make_temporary(path, [&](const FileDescriptor& fd) {
        write_pieces(fd.get(), pieces, path);
        if (confirm) {
            confirm();
        }
        seen = take_after(fd, path, model);
        begin_flush(fd);
    });
    return seen;
}

void copy_temporary(const std::string& path, const std::string& original)
{
    OpenFile model{
        FileDescriptor(::open(original.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)), {}
    };
    if (!model.fd || ::fstat(model.fd.get(), &model.status) != 0) {
        throw_errno(escape(original), "open");
    }
    make_temporary(path, [&](const FileDescriptor& fd) {
        copy_bytes(model.fd.get(), fd.get(), path);
        take_after(fd, path, &model);
        begin_flush(fd);
    });
}

} // namespace relayctl
