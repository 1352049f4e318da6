#include "core/base/passable.hpp"

#include "core/base/file.hpp"
#include "core/base/trust.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace relayctl {

std::optional<std::string> closed_directory(const std::string& path, const std::string& user)
{
    std::error_code failed;
    const std::filesystem::path real = std::filesystem::canonical(path, failed);
    // Where the name and what it leads to lie in different directories, both ways are gone.
    for (const std::filesystem::path& way : { std::filesystem::path(path), real }) {
        std::filesystem::path directory;
        for (const std::filesystem::path& part : way.parent_path()) {
            directory /= part;
            const auto status = stat_of(directory.string());
            if (status && S_ISDIR(status->st_mode) && !may_pass(*status, user)) {
                return directory.string();
            }
        }
    }
    return std::nullopt;
}

} // namespace relayctl
