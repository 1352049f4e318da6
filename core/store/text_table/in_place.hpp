// Writing files that no other file can replace, because they are mount points: a container may have
// a single file from outside.
#pragma once

#include "core/store/text_table/temporary.hpp"

#include <string>

namespace relayctl {

// Asks statx(2) (STATX_ATTR_MOUNT_ROOT), or compares devices if the kernel does not tell. Returns
// false if nothing is there.
bool is_mount_point(const std::string& path) noexcept;

// Returns SOURCE.relayctl-saved, which holds the whole old text while the source is written in
// place. It stays after a crash.
std::string saved_name(const std::string& source);

// Exchanges what is in two files. First a whole copy of target is flushed to disk under
// saved_name(target); then target is overwritten and flushed; then the copy becomes fresh. Whoever
// reads target meanwhile may see a part. If overwriting fails, the old content is written back; if
// that fails, too, the error says where it is. confirm() is called when the copy is there, and
// before the target is touched. Errors: throw_errno.
void exchange_contents(
    const std::string& fresh, const std::string& target, const Confirmation& confirm = {});

// Throws ErrorKind::permission, with the command that puts it right, if an exchange was interrupted
// and left the source half written. Removes a copy that is the same as the source.
void require_not_half_written(const std::string& source);

// Returns the command that puts a half written source right, for a shell.
std::string restore_command(const std::string& source);

} // namespace relayctl
