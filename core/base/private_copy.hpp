// A text in a file of its own, where one user can change it and nobody else can read it.
#pragma once

#include "core/base/account.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relayctl {

// The file has mode 0600, and lies in a new directory of mode 0700 below /var/tmp, which a reboot
// leaves alone. Both are of the user, so an editor can save as it likes. All member functions throw
// throw_errno().
class PrivateCopy {
public:
    // name: of the file. owner: none for the user of this process.
    PrivateCopy(
        const std::string& name, std::string_view text, const std::optional<Account>& owner);
    // Removes the directory with all that an editor has left in it, unless keep() was called.
    ~PrivateCopy();
    PrivateCopy(const PrivateCopy&) = delete;
    PrivateCopy& operator=(const PrivateCopy&) = delete;

    const std::string& path() const noexcept { return path_; }

    // Returns what is in the file now. Only a file of the same owner counts: he could have put a
    // link to somebody else's in its place. Errors: ErrorKind::input if it is not such a file, or
    // is larger than a table may be.
    std::string read() const;

    // Returns true if an editor has left something else beside the file.
    bool has_other_files() const;

    // Leaves the file where it is.
    void keep() noexcept { is_kept_ = true; }

private:
    void write(std::string_view text) const;

    std::string directory_;
    std::string path_;
    uid_t owner_;
    std::optional<Account> account_;
    bool is_kept_ = false;
};

} // namespace relayctl
