#include "core/base/private_copy.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>

namespace relayctl {

PrivateCopy::PrivateCopy(
    const std::string& name, std::string_view text, const std::optional<Account>& owner)
    : directory_("/var/tmp/relayctl-edit-XXXXXX")
    , owner_(owner ? owner->uid : ::geteuid())
    , account_(owner)
{
    if (::mkdtemp(directory_.data()) == nullptr) {
        throw_errno("/var/tmp", "make a directory there");
    }
    path_ = directory_ + '/' + name;
    try {
        write(text);
    } catch (...) {
        ::unlink(path_.c_str());
        ::rmdir(directory_.c_str());
        throw;
    }
}

// The directory is handed over last: until then nobody else can put anything into it.
void PrivateCopy::write(std::string_view text) const
{
    const FileDescriptor fd(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) {
        throw_errno(escape(path_), "create");
    }
    write_all(fd.get(), text, escape(path_));
    if (account_
        && (::fchown(fd.get(), account_->uid, account_->gid) != 0
            || ::lchown(directory_.c_str(), account_->uid, account_->gid) != 0)) {
        throw_errno(escape(directory_), "hand over");
    }
}

bool PrivateCopy::has_other_files() const
{
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(directory_.c_str()), ::closedir);
    std::size_t names = 0; // ".", ".." and the file
    while (directory && ::readdir(directory.get()) != nullptr) {
        ++names;
    }
    return names > 3;
}

// What is in the directory belongs to somebody else, so nothing is followed: only names in this
// very directory are removed.
PrivateCopy::~PrivateCopy()
{
    if (is_kept_) {
        return;
    }
    const FileDescriptor fd(
        ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status { };
    if (fd && ::fstat(fd.get(), &status) == 0 && status.st_uid == owner_) {
        const std::unique_ptr<DIR, int (*)(DIR*)> directory(
            ::fdopendir(::dup(fd.get())), ::closedir);
        while (const struct dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
            ::unlinkat(fd.get(), entry->d_name, 0); // fails for . and ..
        }
    }
    ::rmdir(directory_.c_str());
}

std::string PrivateCopy::read() const
{
    OpenFile file;
    file.fd = open_without_links(path_, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (!file.fd) {
        throw_errno(escape(path_), "open");
    }
    if (::fstat(file.fd.get(), &file.status) != 0 || !S_ISREG(file.status.st_mode)
        || file.status.st_uid != owner_) {
        throw Error(ErrorKind::input, escape(path_) + ": is not the file that was to be edited");
    }
    if (static_cast<std::uint64_t>(file.status.st_size) > max_table_bytes) {
        throw_too_large(escape(path_), max_table_bytes);
    }
    return read_open_file(file, path_);
}

} // namespace relayctl
