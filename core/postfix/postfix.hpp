// One Postfix instance: its parameters and its commands. Spawns postconf, postmap and postfix by
// argv.
#pragma once

#include "core/base/process.hpp"
#include "core/postfix/table_name.hpp"

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

struct PostfixLocation {
    std::string config_directory; // -c; empty = Postfix's own default
    std::vector<std::string>
        search_path; // directories beside the fixed ones; empty when running as root
};

// The parameters that relayctl asks of main.cf, effective ("postconf -x": every $name expanded).
struct Parameters {
    std::string config_directory;
    std::string command_directory;
    std::string queue_directory;
    std::string default_database_type;
    std::string digest; // smtpd_tls_fingerprint_digest
    std::vector<std::string> relay_clientcerts; // TYPE:PATH each, in the order smtpd asks them
    std::vector<std::string> relay_restrictions; // smtpd_relay_restrictions
    std::string ask_ccert; // smtpd_tls_ask_ccert: "yes" or "no"
    std::vector<std::string> other_instances; // multi_instance_directories
};

// What postmap had to say of a table it built.
struct MapBuild {
    std::string map_path; // the file that appeared
    std::vector<std::string> warnings; // whole lines of its standard error
};

// What is to be changed in a map, by key in lower case.
struct MapUpdate {
    std::vector<std::pair<std::string, std::string>> put;
    std::vector<std::string> remove;
};

class Postfix {
public:
    explicit Postfix(PostfixLocation location)
        : location_(std::move(location))
    {
    }

    // Whether there is a postconf to ask.
    bool is_installed() const;
    // Whether it is there and has a main.cf: a freshly installed Postfix may have none.
    bool is_configured() const;

    // Asked once, by one postconf; ErrorKind::postfix with what postconf said where it is missing
    // or fails.
    const Parameters& parameters();

    // The text of master.cf, which services.hpp reads; read once. ErrorKind::postfix where
    // "postconf -M" refuses the file. What that prints is not used: of "-oname=hash:/postfix"
    // postconf (3.5 to 3.11) makes "-o name=hash:/p -o stfix", and of
    // "-osmtpd_relay_restrictions=x" two overrides.
    const std::string& master_cf();

    // The types of table that work here ("postconf -m").
    std::vector<std::string> table_types();

    // These parameters as they are effective with some -o overrides ("postconf -x -o name=value ...
    // NAME..."). One that Postfix does not know is missing. The same question is asked only once.
    std::map<std::string, std::string> effective(const std::vector<std::string>& parameters,
        const std::vector<std::pair<std::string, std::string>>& overrides);

    // Whether main.cf sets the parameter ("postconf -n").
    bool is_set(const std::string& parameter);

    // Messages of postconf that were no failure ("warning: ... unused parameter"), for passing on.
    const std::vector<std::string>& messages() const noexcept { return messages_; }

    // postmap TYPE:PATH. ErrorKind::postfix where it fails.
    MapBuild build_map(const TableName& table);

    // Changes an existing map: "postmap -ir" with the entries to put, then "postmap -d -" with the
    // keys to remove; whichever has something to do. Gives what it had to say. Types: hash, btree,
    // lmdb. ErrorKind::postfix where it fails.
    std::vector<std::string> update_map(const TableName& table, const MapUpdate& update);

    // postmap -q -: the values of those keys that the map has, in the order of keys.
    // ErrorKind::postfix where the map cannot be read. warnings: what postmap had to say besides.
    std::vector<std::optional<std::string>> query_map(const TableName& table,
        const std::vector<std::string>& keys, std::vector<std::string>* warnings = nullptr);

    // All records of the map, "key<TAB>value" with folded key, in no particular order; a view holds
    // during its call only. ErrorKind::postfix where the map cannot be read. Types: hash, btree,
    // lmdb by postmap -s; cdb: see cdb.hpp.
    void dump_map(const TableName& table, const std::function<void(std::string_view)>& record);

    // Whether its master(8) runs: it holds a lock on queue_directory/pid/master.pid (flock(2), as
    // observed). No value where this user may not look.
    std::optional<bool> is_running();

    // postfix reload, which runs what main.cf names (daemon_directory, multi_instance_wrapper).
    // ErrorKind::postfix where that fails, and ErrorKind::permission where root would run it and
    // others can write main.cf or what it names.
    void reload();

    // From now on the commands inherit this descriptor; -1 = none.
    void let_inherit(int fd) noexcept { inherited_ = fd; }

    // From now on root's postmap runs as the owner of the source: he may put another file in its
    // place, which root could read and he could not. postmap itself becomes the owner of what it
    // finds, which is root where he has put a file of root's. No value: as we are.
    void let_own(std::optional<std::pair<uid_t, gid_t>> owner) noexcept { owner_ = owner; }

    // Absolute path of a command: in command_directory, in the fixed directories, or in those of
    // the location. As root, no program that others can write or replace, and command_directory
    // only where the same holds for main.cf. ErrorKind::postfix where it is nowhere.
    std::string tool(const std::string& name) const;

private:
    std::optional<std::string> find_tool(
        const std::string& name, std::string* refused = nullptr) const;
    void judge_command_directory();
    std::string
    config_directory() const; // of the file itself, whatever config_directory in it says
    std::string own_main_cf() const;
    std::vector<std::string> as_owner() const;
    ProcessResult run(const std::string& name, std::vector<std::string> arguments,
        ProcessOptions options = {}) const;
    ProcessResult postconf(std::vector<std::string> arguments);

    PostfixLocation location_;
    using Overrides = std::vector<std::pair<std::string, std::string>>;

    std::optional<Parameters> parameters_;
    std::string command_directory_; // of main.cf, where it may be a source of programs
    std::optional<std::string> master_cf_;
    std::map<std::pair<std::vector<std::string>, Overrides>, std::map<std::string, std::string>>
        effective_;
    std::vector<std::string> messages_;
    int inherited_ = -1;
    std::optional<std::pair<uid_t, gid_t>> owner_;
};

} // namespace relayctl
