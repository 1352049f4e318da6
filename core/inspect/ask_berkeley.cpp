#include "core/inspect/ask_berkeley.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/postfix/changes_by_version.hpp"
#include "core/postfix/map_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace relayctl {

namespace {

namespace fs = std::filesystem;

bool is_map_of_berkeley_db(const std::string& file)
{
    const auto status = lstat_of(file);
    try {
        return status && S_ISREG(status->st_mode) && table_type(map_file_type(file)).is_berkeley_db;
    } catch (const Error&) { // this user may not read it
        return false;
    }
}

// Returns true if a setting of main.cf or master.cf names a table of Berkeley DB with this path
// that Postfix does not open as another type.
bool is_named(Postfix& postfix, const std::string& path)
{
    const std::string settings = postfix.settings_as_text();
    constexpr std::array<const char*, 2> types = { "hash", "btree" };
    return std::any_of(types.begin(), types.end(), [&](const char* type) {
        const TableName table{ type, path };
        return postfix.opened(table) == table
            && settings.find(table.to_string()) != std::string::npos;
    });
}

// Returns true if a process has the file open. Only root sees the files of all of them.
bool is_open(const std::string& file)
{
    if (::geteuid() != 0) {
        return true;
    }
    const auto wanted = stat_of(file);
    std::error_code failed;
    for (fs::directory_iterator process("/proc", failed), end; wanted && process != end;
         process.increment(failed)) {
        for (fs::directory_iterator fd(process->path() / "fd", failed); !failed && fd != end;
             fd.increment(failed)) {
            const auto open = stat_of(fd->path().string());
            if (open && open->st_dev == wanted->st_dev && open->st_ino == wanted->st_ino) {
                return true;
            }
        }
        failed.clear();
    }
    return false;
}

// Returns the type that this Postfix has instead: one whose map smtpd sees at once, if there is.
std::string successor(Postfix& postfix)
{
    const auto types = postfix.table_types();
    for (const char* type : { "lmdb", "cdb" }) {
        if (std::find(types.begin(), types.end(), type) != types.end()) {
            return type;
        }
    }
    return {};
}

} // namespace

std::optional<BerkeleyFacts> ask_berkeley(Postfix& postfix, const TableName& table)
{
    BerkeleyFacts facts{ table, postfix.opened(table) };
    facts.is_going = table.traits().is_berkeley_db
        && has_change(postfix.parameters().mail_version, Change::redirection);
    if (facts.is_going) {
        facts.successor = successor(postfix);
    }
    const std::string old_map = table.path + ".db";
    if (facts.opened.has_map() && !facts.opened.traits().is_berkeley_db
        && is_map_of_berkeley_db(old_map) && !is_named(postfix, table.path)) {
        facts.old_map = old_map;
        facts.old_map_is_open = is_open(old_map);
    }
    return facts.is_going || !facts.old_map.empty() ? std::optional(facts) : std::nullopt;
}

} // namespace relayctl
