#include "core/publish/paths.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/publish/replace.hpp"

#include <unistd.h>

#include <climits>
#include <cstdlib>

namespace relayctl {

namespace {

std::optional<std::string> real_path(const std::string& path)
{
    char resolved[PATH_MAX];
    return ::realpath(path.c_str(), resolved) != nullptr ? std::optional<std::string>(resolved) : std::nullopt;
}

std::string real_source(const std::string& path)
{
    if (auto source = real_path(path)) {
        const auto status = stat_of(*source);
        if (status && S_ISDIR(status->st_mode)) {
            throw Error(ErrorKind::input, escape(path) + ": is a directory, not the source of a table");
        }
        if (status && !S_ISREG(status->st_mode)) {
            throw Error(ErrorKind::input, escape(path) + ": is not a regular file");
        }
        return *source;
    }
    if (errno == EACCES) {
        throw_errno(escape(path), "open");
    }
    if (lstat_of(path)) {
        throw Error(ErrorKind::input, escape(path) + ": is a dangling symbolic link",
                    {"make the file that it points to, or remove the link"});
    }
    const auto directory = real_path(directory_of(path));
    if (!directory) {
        throw Error(ErrorKind::input, escape(path) + ": its directory does not exist");
    }
    return (*directory == "/" ? "" : *directory) + '/' + base_name(path);
}

} // namespace

TablePaths resolve_paths(const TableName& table)
{
    TablePaths paths;
    paths.table = table;
    paths.source = real_source(table.path);
    paths.lock = paths.source + ".lock";
    paths.fresh = paths.source + ".relayctl-new";
    const auto directory = real_path(directory_of(table.path));
    const bool link = lstat_of(table.path) && S_ISLNK(lstat_of(table.path)->st_mode);
    paths.trial = {table.type, link && directory ? *directory + '/' + base_name(table.path) + ".relayctl-new" : paths.fresh};
    return paths;
}

std::vector<std::string> TablePaths::leftovers() const
{
    std::vector<std::string> files;
    for (const std::string& name : {fresh, trial.path}) {
        files.insert(files.end(), {name, aside_name(name)});
        for (const std::string& map : possible_map_files(name)) {
            files.insert(files.end(), {map, aside_name(map)});
        }
        if (!is_link()) {
            break;
        }
    }
    return files;
}

std::optional<std::string> untrusted_directory(const TablePaths& paths)
{
    const auto source = stat_of(paths.source);
    for (const std::string& start : {directory_of(paths.source), directory_of(paths.trial.path)}) {
        std::string directory = start;
        for (bool parent = false;; parent = true) {
            const auto status = stat_of(directory);
            if (!status) {
                break;
            }
            const bool trusted_owner = status->st_uid == 0 || status->st_uid == ::geteuid()
                || (source && status->st_uid == source->st_uid);
            const bool others_write = (status->st_mode & S_IWOTH) != 0 || ((status->st_mode & S_IWGRP) != 0 && status->st_gid != 0);
            if (!trusted_owner) {
                return escape(directory) + " belongs to user " + std::to_string(status->st_uid);
            }
            if (others_write && !(parent && (status->st_mode & S_ISVTX) != 0)) {
                return escape(directory) + " can be written by others";
            }
            if (directory == "/" || directory == ".") {
                break;
            }
            directory = directory_of(directory);
        }
    }
    return std::nullopt;
}

} // namespace relayctl
