#include "core/store/text_table/paths.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/source_file.hpp"
#include "core/store/text_table/replace.hpp"

#include <climits>
#include <cstdlib>

namespace relayctl {

namespace {

// Returns the path without links. Has no value, and sets errno, if a part of it does not exist or
// may not be searched by this user.
std::optional<std::string> real_path(const std::string& path)
{
    char resolved[PATH_MAX];
    return ::realpath(path.c_str(), resolved) != nullptr ? std::optional<std::string>(resolved)
                                                         : std::nullopt;
}

// Returns the file that the name leads to, or would lead to once it is made. Errors: those of
// resolve_paths().
std::string real_source(const std::string& path)
{
    if (auto source = real_path(path)) {
        const auto status = stat_of(*source);
        if (status && S_ISDIR(status->st_mode)) {
            throw Error(
                ErrorKind::input, escape(path) + ": is a directory, not the source of a table");
        }
        if (status && !S_ISREG(status->st_mode)) {
            throw Error(ErrorKind::input,
                escape(path) + ": is " + std::string(kind_of(*status)) + ", not a regular file");
        }
        return *source;
    }
    // Whether the source exists is not known then, so it must not be taken for a new one.
    if (errno == EACCES) {
        throw_errno(escape(path), "open");
    }
    if (lstat_of(path)) {
        throw Error(ErrorKind::input, escape(path) + ": is a dangling symbolic link",
            { "make the file that it points to, or remove the link" });
    }
    const auto directory = real_path(directory_of(path));
    if (!directory) {
        throw Error(ErrorKind::input, escape(path) + ": its directory does not exist");
    }
    return (*directory == "/" ? "" : *directory) + '/' + base_name(path);
}

} // namespace

TablePaths resolve_paths(const TableName& table, const TableName& opened)
{
    TablePaths paths;
    paths.table = table;
    paths.opened = opened;
    // A link may have a harmless name and lead to a file that is none of ours, or the other way
    // round, so both names are checked.
    require_source_name(table, table.path);
    paths.source = real_source(table.path);
    require_source_name(table, paths.source);
    paths.lock = paths.source + ".lock";
    paths.fresh = paths.source + ".relayctl-new";
    paths.history = paths.source + ".history";
    paths.history_text = paths.source + ".history-text";
    paths.history_fresh = paths.history + ".relayctl-new";
    const auto directory = real_path(directory_of(table.path));
    // postmap makes the map beside the name that it is given. The trial map has to lie in the
    // directory of the real map, which is that of the link, or it could not be renamed onto it.
    const auto named = lstat_of(table.path);
    const bool link = named && S_ISLNK(named->st_mode);
    paths.trial = { opened.type,
        link && directory ? *directory + '/' + base_name(table.path) + ".relayctl-new"
                          : paths.fresh };
    return paths;
}

std::vector<std::string> TablePaths::leftovers() const
{
    std::vector<std::string> files = { history_fresh };
    for (const std::string& name : { fresh, trial.path }) {
        files.insert(files.end(), { name, aside_name(name) });
        for (const std::string& map : possible_map_files(name)) {
            files.insert(files.end(), { map, aside_name(map) });
        }
        // Both names are the same then.
        if (!is_link()) {
            break;
        }
    }
    return files;
}

} // namespace relayctl
