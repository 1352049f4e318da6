// Making a new file beside the one that it will replace, with the rights of that one.
#pragma once

#include "core/base/file.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace relayctl {

// Makes `path` anew: removes whatever stood there, follows no links, and writes the pieces one
// behind the other. Until then only this user can read the file (0600). Then it calls confirm(),
// which throws if the model is not what its name leads to any more. Then it gives the file owner,
// mode (without set-id bits), access control list and extended attributes of the model, by
// descriptor; without a model, mode 0644. Returns false if this system does not show all attributes
// of the model. On any error nothing is left at `path`. The flush to disk is only begun:
// sync_file() waits for it. Errors: throw_errno.
using Confirmation = std::function<void()>;
bool write_temporary(const std::string& path, std::span<const std::string_view> pieces,
    const OpenFile* model, const Confirmation& confirm = {});

// Does the same with the content of another file, which is the model, too. The kernel copies
// (copy_file_range(2)), so the file system may share the blocks.
void copy_temporary(const std::string& path, const std::string& original);

// Copies all that is left to read in one descriptor to the other. Errors: throw_errno(path,
// "write").
void copy_bytes(int from, int to, const std::string& path);

} // namespace relayctl
