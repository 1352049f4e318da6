// What every command is given: the global options, the streams, and the Postfix they are about.
#pragma once

#include "app/cli/exit_status.hpp"
#include "app/cli/system_log.hpp"
#include "core/audit/repair.hpp"
#include "core/base/caller.hpp"
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
#include <string_view>
#include <vector>

namespace relayctl {

// The options that every command has, as they were typed; empty if they were not.
struct GlobalOptions {
    std::string config_directory;
    std::string postfix_directory; // with the commands of Postfix
    std::string table;
    std::string digest;
    std::string service;
    // The form of the output; at most one of --json and --plain is given.
    bool json = false;
    bool plain = false;
    // Leaves out notes, hints and what was done. Errors and warnings stay.
    bool quiet = false;
    bool no_color = false;
    bool no_syslog = false; // of changing commands
};

// The only parts of the environment that relayctl obeys, and TZ, by which the C library knows the
// local time. main() fills it.
struct Environment {
    std::string mail_config; // MAIL_CONFIG
    std::string path; // PATH; root does not use it
    bool no_color = false; // NO_COLOR is set, or TERM is "dumb"
    bool speaks_utf8 = false; // by LC_ALL, LC_CTYPE, LANG
    std::size_t columns = 0; // of the terminal on standard output; 0 = not known
    bool in_is_terminal = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    std::string sudo_user; // SUDO_USER
    // All of it as NAME=VALUE, for the editor that a user has.
    std::vector<std::string> variables;
    std::optional<Time> now; // RELAYCTL_TEST_CLOCK; without it the real clock counts
};

// One run of relayctl. It asks Postfix only when a command needs it, and then keeps the answer.
class Context {
public:
    Context(std::ostream& out, std::ostream& err, Environment environment);

    GlobalOptions options;
    std::string_view command_name; // "add"
    std::function<ExitStatus()> command; // what the parsed command runs
    std::vector<std::string> words; // of the command line, as they were typed
    // The words that somebody is typing, of which a shell asks the hidden command `complete`.
    std::vector<std::string> typed_words;

    // What a failure at this moment leaves behind ("nothing was changed"): errors of changing
    // commands say it. Empty while a command only reads.
    std::string state;

    // The stream for results, which programs read.
    std::ostream& out() { return out_; }
    // The stream for messages, which people read.
    std::ostream& err() { return err_; }

    // Returns the Postfix of -c or MAIL_CONFIG, or else the default one. Nothing is asked of it
    // yet.
    Postfix& postfix();
    // Returns a context for another Postfix instance of this machine, without -t and -d.
    // config_directory: empty for the default instance.
    Context of_instance(const std::string& config_directory) const;

    // The tables that the command is about: with -t that one, with --service those of these
    // services, else all that any smtpd asks. If none asks any, the table that would be the first.
    // Postfix is asked once, and not at all with -t. A warning says if not all tables could be
    // found out. Errors: those of asked_tables().
    const std::vector<AskedTable>& tables();
    // The smtpd services whose tables these are; none with -t.
    const std::vector<AskingService>& services();
    // The table of commands that write to a single one: that of -t, or the choice of
    // choose_table(), whose errors it throws.
    const TableName& table();
    // Opens the table at the first call, and gives the same store from then on. Errors: those of
    // open_store().
    Store& store(const TableName& table);
    Store& store() { return store(table()); }
    // For commands that depend on times and notes of the entries. Errors: ErrorKind::permission if
    // the role of a database may not read those columns.
    void require_annotations(const TableName& table);
    // Returns false if Postfix's configuration does not name table(); true with -t, since nobody
    // asks then.
    bool table_is_configured();

    // The digest of -d, or the one that smtpd computes; sha256 if there is no Postfix to ask.
    // Errors: ErrorKind::usage or ErrorKind::postfix if OpenSSL does not know it.
    const Digest& digest();
    // The digest of -d, or that of the first service that asks the table, even if the table is
    // that of -t; digest() if no service asks it.
    Digest digest_of(const AskedTable& table);
    // digest_of() for table(). Errors: those of digest() and table().
    Digest digest_of_table();
    // Which encoding of a client's key the server digests. Asks Postfix at the first call. Any
    // thread may call it while no other uses the context.
    KeyEncoding key_encoding();
    // The digest if it is known without asking postconf once more.
    std::optional<Digest> known_digest();

    Time now() const; // UTC
    // Who runs relayctl. Asks the list of users at each call, which commands that only read spare.
    Caller caller() const { return caller_of_process(environment_.sudo_user); }
    // Who changes tables with which command, for their histories.
    Occasion occasion();
    const Environment& environment() const { return environment_; }
    // The audit trail, which a changing command has begun.
    SystemLog& system_log() { return system_log_; }

    // Returns true if somebody at a terminal can answer a question.
    bool can_ask() const { return environment_.in_is_terminal && environment_.err_is_terminal; }

    // Returns true if people read the messages at once.
    bool tells_people() const { return environment_.err_is_terminal; }
    // Returns true if somebody at a terminal would wonder why nothing happens.
    bool shows_progress() const { return environment_.err_is_terminal && !options.quiet; }

    // Makes the commands of hints: about the same Postfix, and with the digest of -d.
    Repair repair() const;

    // Returns whether results may be in colour: standard output is a terminal, and neither NO_COLOR
    // nor --no-color forbids it. The second is the same for messages on standard error.
    bool colored_output() const;
    bool colored_messages() const;
    // Returns true if people read standard output: it is a terminal, and neither --plain nor
    // --json was given.
    bool for_people() const;
    // The same of a command that was given --text, by which people read it through a pipe, too.
    // Errors: ErrorKind::usage with --plain or --json.
    bool for_people(bool text) const;
    // The width of their terminal; 0 if it is not known.
    std::size_t columns() const { return environment_.columns; }
    // Returns true if their terminal shows more than ASCII.
    bool speaks_utf8() const { return environment_.speaks_utf8; }

private:
    // Returns what Postfix asks, which is found out at the first call.
    const AskedTables& asked();
    // Returns the single table and how it was chosen, at the first call; see table().
    const TableChoice& choice();

    std::ostream& out_;
    std::ostream& err_;
    Environment environment_;
    SystemLog system_log_;
    std::unique_ptr<Postfix> postfix_;
    std::optional<AskedTables> asked_;
    std::optional<TableChoice> choice_;
    std::map<std::string, std::unique_ptr<Store>> stores_; // by the name of the table
    std::optional<Digest> digest_;
    bool asked_postfix_ = false;
};

} // namespace relayctl
