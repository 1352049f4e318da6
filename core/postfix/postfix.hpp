// One Postfix instance: its parameters, its maps, and whether it runs. Asks postconf, postmap and
// postfix.
#pragma once

#include "core/postfix/redirection.hpp"
#include "core/postfix/table_name.hpp"
#include "core/postfix/tools.hpp"
#include "core/x509/public_key.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// The parameters of main.cf that relayctl always needs, with every $name expanded ("postconf -x").
struct Parameters {
    std::string config_directory;
    std::string command_directory;
    std::string queue_directory;
    std::string default_database_type;
    std::string digest; // smtpd_tls_fingerprint_digest
    std::string mail_version; // "3.7.11"
    std::vector<std::string> relay_clientcerts; // TYPE:PATH each, in the order in which smtpd asks
    std::vector<std::string> other_instances; // multi_instance_directories
    Redirection redirection;
};

// The names and values of -o options of master.cf, in their order.
using Overrides = std::vector<std::pair<std::string, std::string>>;

// What came of building a map.
struct MapBuild {
    std::string map_path; // the file that postmap has made
    std::vector<std::string> warnings; // lines of its standard error
};

// What is to be changed in a map, by key in lower case.
struct MapUpdate {
    std::vector<std::pair<std::string, std::string>> put; // keys with their values
    std::vector<std::string> remove; // keys
};

// All member functions throw ErrorKind::postfix, with what Postfix said, if a command of Postfix is
// missing or fails, and ErrorKind::interrupted if a signal was noted while they waited for it.
class Postfix {
public:
    explicit Postfix(PostfixLocation location)
        : tools_(std::move(location))
    {
    }

    // Returns true if there is a postconf to ask. Does not throw.
    bool is_installed() const;
    // Returns true if it has a main.cf, too: a freshly installed Postfix may have none.
    bool is_configured() const;

    // Asks postconf the first time, and remembers the answer.
    const Parameters& parameters();

    // Returns mail_version; empty if there is no Postfix here. A Postfix without main.cf has one.
    std::string version();

    // Returns which encoding of a client's key its smtpd makes the fingerprint of. Where the
    // version is not known, that of the newest Postfix is meant.
    KeyEncoding key_encoding();

    // Returns the text of master.cf, which services.hpp parses. Reads it once, after "postconf -M"
    // has accepted the file. The output of postconf -M itself is of no use: of
    // "-oname=hash:/postfix" postconf (3.5 to 3.11) makes "-o name=hash:/p -o stfix", and of
    // "-osmtpd_relay_restrictions=x" two overrides. Throws what read_file() throws.
    const std::string& master_cf();

    // Returns the table as Postfix opens it: with another type where hash: and btree: are
    // redirected, else as it is. Asks no Postfix about other types. Where Postfix cannot tell, it
    // is the table as it is; whatever opens it then says what is wrong. Source:
    // nbdb_map_leg_type() in global/nbdb_util.c.
    TableName opened(const TableName& table);

    // Returns true if a map of this table that is missing is made when smtpd asks it
    // (nbdb_reindexd(8)), if that service may.
    bool makes_missing_map(const TableName& table);

    // Returns the types of table that work here ("postconf -m", once).
    const std::vector<std::string>& table_types();

    // Returns the type that this Postfix has in place of Berkeley DB: lmdb, whose map smtpd sees at
    // once, else cdb; empty if it has neither.
    std::string type_instead_of_berkeley_db();

    // Returns these parameters as they are effective with some overrides ("postconf -x -o
    // name=value
    // ... NAME ..."). A parameter that this Postfix does not know is missing. Remembers each
    // answer.
    std::map<std::string, std::string> effective(
        const std::vector<std::string>& parameters, const Overrides& overrides);

    // Returns true if main.cf sets the parameter ("postconf -n").
    bool is_set(const std::string& parameter);

    // Returns what main.cf sets ("postconf -nx"), and the text of master.cf.
    std::string settings_as_text();

    // What postconf warned of so far, for passing on: "warning: ... unused parameter".
    const std::vector<std::string>& messages() const noexcept { return messages_; }

    // Makes the map of a table: "postmap TYPE:PATH".
    MapBuild build_map(const TableName& table);

    // Changes an existing map: "postmap -ir" with the entries to put, then "postmap -d -" with the
    // keys to remove. Leaves out the command that has nothing to do. Returns what postmap warned
    // of. Errors: ErrorKind::postfix, also if the map has none of the keys to remove.
    std::vector<std::string> update_map(const TableName& table, const MapUpdate& update);

    // Looks keys up in a table ("postmap -q -"). Returns a value for each key that is found, in the
    // order of keys. warnings: receives what postmap warned of. folds: postmap folds keys to lower
    // case, those that it looks up and those of a file that it reads for that.
    std::vector<std::optional<std::string>> query_map(const TableName& table,
        const std::vector<std::string>& keys, std::vector<std::string>* warnings = nullptr,
        bool folds = true);

    // Gives each record of a map as "key<TAB>value" with a lower-case key, in no particular order;
    // the view holds during the call only. Asks "postmap -s", and reads a cdb file itself
    // (dump_cdb()).
    void dump_map(const TableName& table, const std::function<void(std::string_view)>& record);

    // Returns true if its master(8) runs: it holds a flock(2) on queue_directory/pid/master.pid
    // (observed with 3.5 to 3.11). Has no value if this user may not open that file.
    std::optional<bool> is_running();
    static std::optional<bool> is_running(const std::string& queue_directory); // asks no postconf

    // Runs "postfix reload", which runs what main.cf names in turn (daemon_directory,
    // multi_instance_wrapper). Throws ErrorKind::permission if we are root and others can write
    // main.cf or what it names.
    void reload();

    // Returns each setting of main.cf and each -o of master.cf that nothing reads, as "name=value".
    // Spawns "postconf -n".
    std::vector<std::string> unused_settings();

    // Where this instance is, and its commands.
    const PostfixTools& tools() const noexcept { return tools_; }

    // Passed on to PostfixTools.
    void let_inherit(int fd) noexcept { tools_.let_inherit(fd); }
    void let_own(std::optional<std::pair<uid_t, gid_t>> owner) noexcept { tools_.let_own(owner); }

private:
    ProcessResult postconf(std::vector<std::string> arguments);
    std::map<std::string, std::string> ask_parameters();
    // Returns false if main.cf surely leaves the parameter at its default, since its name is
    // nowhere in it: then no postconf need be started for it.
    bool may_set(std::string_view parameter); // throws what read_file() throws
    TableName ask_opened(const TableName& table);
    // Asks where main.cf says that the commands are, if that is not known: another Postfix may
    // stand beside the one that is found first. Errors are left to what is asked then.
    void find_commands();

    PostfixTools tools_;
    std::optional<Parameters> parameters_;
    bool is_searched_ = false; // find_commands() was called
    std::optional<std::string> main_cf_; // its text
    std::optional<std::string> master_cf_;
    std::vector<std::string> table_types_; // empty until they are asked for
    std::map<std::string, TableName> opened_; // by the name of the table
    std::map<std::pair<std::vector<std::string>, Overrides>, std::map<std::string, std::string>>
        effective_;
    std::vector<std::string> messages_;
};

} // namespace relayctl
