// What every command is given: the global options, the streams, and the Postfix they are about.
#pragma once

#include "app/cli/exit_status.hpp"
#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/postfix/choose_table.hpp"
#include "core/store/store.hpp"
#include "core/x509/digest.hpp"

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

struct GlobalOptions {
    std::string config_directory;
    std::string table;
    std::string digest;
    std::string service;
    bool json = false;
    bool plain = false;
    bool quiet = false;
    bool no_color = false;
};

// What of the environment counts; main() hands it in.
struct Environment {
    std::string mail_config; // MAIL_CONFIG
    std::string path; // PATH; used when not root
    bool no_color = false; // NO_COLOR is set, or TERM is "dumb"
    bool speaks_utf8 = false; // by LC_ALL, LC_CTYPE, LANG
    std::size_t columns = 0; // of the terminal on standard output; 0 = not known
    bool in_is_terminal = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    std::string user; // who is working here: SUDO_USER, else the user's name
    std::optional<Time> now; // RELAYCTL_TEST_CLOCK; none: the real clock
};

class Context {
public:
    Context(std::ostream& out, std::ostream& err, Environment environment);

    GlobalOptions options;
    std::function<ExitStatus()> command; // set by the subcommand that was parsed
    // The words that somebody is typing, of which a shell asks the hidden command `complete`.
    std::vector<std::string> typed_words;

    // What a failure at this moment leaves behind; changing commands say it. Empty for those that
    // only read.
    std::string state;

    std::ostream& out() { return out_; }
    std::ostream& err() { return err_; }

    Postfix& postfix();
    // Another Postfix instance of this machine, without -t and -d. config_directory: empty =
    // Postfix's default instance.
    Context of_instance(const std::string& config_directory) const;

    // The tables: that of -t alone; those of the services of --service; else all that any smtpd
    // asks, or where none asks any, the one that would be the first. Postfix is asked once per
    // command, not at all with -t. Where not all of them could be found out, a warning says so.
    // Errors: those of asked_tables().
    const std::vector<AskedTable>& tables();
    // The smtpd services that were looked at for this; none with -t.
    const std::vector<AskingService>& services();
    // The one table of commands that write to a single one: that of -t, or choose_table()'s.
    const TableName& table();
    // A table as something that can be read and changed. Errors: those of open_store().
    Store& store(const TableName& table);
    Store& store() { return store(table()); }
    // For what stands on times and notes of the entries: ErrorKind::permission where this role may
    // not read them.
    void require_annotations(const TableName& table);
    // Whether Postfix's configuration names the table; true with -t, where nobody asked.
    bool table_is_configured();

    // The digest of -d, or the one that smtpd computes; sha256 where there is no Postfix to ask.
    const Digest& digest();
    // The digest of a table: that of -d, else of the first service that asks it, also where the
    // table is that of -t; else digest().
    Digest digest_of(const AskedTable& table);
    // That of table(). Errors: those of digest() and table().
    Digest digest_of_table();
    // The digest where it is known without asking postconf once more.
    std::optional<Digest> known_digest();

    Time now() const;
    const std::string& user() const { return environment_.user; }

    // Somebody sits there who can be asked.
    bool can_ask() const { return environment_.in_is_terminal && environment_.err_is_terminal; }

    // Somebody sits there who would wonder.
    bool shows_progress() const { return environment_.err_is_terminal && !options.quiet; }

    // Makes the commands of hints: about the same Postfix, and with the digest of -d.
    Repair repair() const;

    // A relayctl command about the same Postfix, table and digest as this one, ready to paste;
    // empty where no shell takes it. words: the command, its options and arguments.
    std::string command_line_of(const std::vector<std::string>& words) const;

    bool colored_output() const;
    bool colored_messages() const;
    // Aligned tables for people: standard output is a terminal and neither --plain nor --json was
    // given.
    bool for_people() const;
    // Columns of their terminal; 0 = not known.
    std::size_t columns() const { return environment_.columns; }
    // Whether their terminal shows more than ASCII.
    bool speaks_utf8() const { return environment_.speaks_utf8; }

private:
    const AskedTables& asked();
    const TableChoice& choice();

    std::ostream& out_;
    std::ostream& err_;
    Environment environment_;
    std::unique_ptr<Postfix> postfix_;
    std::optional<AskedTables> asked_;
    std::optional<TableChoice> choice_;
    std::map<std::string, std::unique_ptr<Store>> stores_; // by the name of the table
    std::optional<Digest> digest_;
    bool asked_postfix_ = false;
};

} // namespace relayctl
