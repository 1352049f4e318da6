#include "core/base/passable.hpp"

#include "core/base/file.hpp"

#include <pwd.h>
#include <sys/stat.h>

#include <filesystem>

namespace relayctl {

namespace {

bool may_pass(const struct stat& status, const struct passwd& user)
{
    const unsigned bits = status.st_uid == user.pw_uid ? S_IXUSR
        : status.st_gid == user.pw_gid                 ? S_IXGRP
                                                       : S_IXOTH;
    return (status.st_mode & bits) != 0;
}

} // namespace

std::optional<std::string> closed_directory(const std::string& path, const std::string& user)
{
    const struct passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) {
        return std::nullopt;
    }
    std::error_code failed;
    const std::filesystem::path real = std::filesystem::canonical(path, failed);
    // Where the name and what it leads to lie in different directories, both ways are gone.
    for (const std::filesystem::path& way : { std::filesystem::path(path), real }) {
        std::filesystem::path directory;
        for (const std::filesystem::path& part : way.parent_path()) {
            directory /= part;
            const auto status = stat_of(directory.string());
            if (status && S_ISDIR(status->st_mode) && !may_pass(*status, *entry)) {
                return directory.string();
            }
        }
    }
    return std::nullopt;
}

} // namespace relayctl
