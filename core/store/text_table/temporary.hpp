// A new file beside the one that it will replace, with the rights of that one.
#pragma once

#include "core/base/file.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace relayctl {

// Makes `path` anew (whatever stood there is removed, links are not followed anywhere), and writes
// the pieces one behind the other. Until then it is root's, or the user's, own and 0600. Then
// confirm() is called, which throws where the model is not what its name leads to any more; then
// the file is given owner, mode (without set-id bits), access control list and extended attributes
// of the model, by descriptor; 0644 without a model. Gives whether all attributes of the model
// could be seen. On any error nothing is left at `path`. Errors: throw_errno. The flush to disk is
// only begun: sync_file() waits for it.
using Confirmation = std::function<void()>;
bool write_temporary(const std::string& path, std::span<const std::string_view> pieces,
    const OpenFile* model, const Confirmation& confirm = {});

// The same with the content of another file, which is the model too, by the kernel
// (copy_file_range(2): blocks are shared where the file system can).
void copy_temporary(const std::string& path, const std::string& original);

// All that is left to read in one descriptor goes to the other. path: what errors name. Throws
// throw_errno(path, "write").
void copy_bytes(int from, int to, const std::string& path);

} // namespace relayctl
