// What several steps of a command need is found out once, at the first question, and kept: the
// Postfix that was meant, the tables that its services ask, the table of the command, the digest.
// So a command that needs none of it starts no postconf.
#include "app/cli/context.hpp"

#include "app/cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <unistd.h>

#include <filesystem>
#include <mutex>

namespace relayctl {

Context::Context(std::ostream& out, std::ostream& err, Environment environment)
    : out_(out)
    , err_(err)
    , environment_(std::move(environment))
{
}

// root does not search PATH: a directory of a user in it would let him choose what root runs.
Postfix& Context::postfix()
{
    if (!postfix_) {
        PostfixLocation location;
        location.config_directory = options.config_directory.empty() ? environment_.mail_config
                                                                     : options.config_directory;
        location.command_directory = options.postfix_directory.empty()
            ? ""
            : (std::filesystem::absolute(options.postfix_directory) / "")
                  .lexically_normal()
                  .parent_path();
        if (::geteuid() != 0) {
            location.search_path = split_list(environment_.path, ":");
        }
        postfix_ = std::make_unique<Postfix>(std::move(location));
    }
    return *postfix_;
}

// -t and -d are about the instance that the user meant. Other instances have tables and digests of
// their own.
Context Context::of_instance(const std::string& config_directory) const
{
    Environment environment = environment_;
    // The other instance is named by its directory, and MAIL_CONFIG is about the first one.
    environment.mail_config.clear();
    Context other(out_, err_, std::move(environment));
    other.options.config_directory = config_directory;
    other.options.postfix_directory = options.postfix_directory;
    return other;
}

// Returns what Postfix asks, from the first call on. With -t that is the one table, of which
// nothing else is known.
const AskedTables& Context::asked()
{
    if (asked_) {
        return *asked_;
    }
    if (!options.table.empty()) {
        if (!options.service.empty()) {
            throw Error(
                ErrorKind::usage, "-t and --service: both choose the table, so give one of them");
        }
        asked_.emplace();
        asked_->tables.push_back({ TableName::parse(options.table), {}, false, false, {} });
        return *asked_;
    }
    asked_postfix_ = true;
    asked_ = asked_tables(postfix(), options.service);
    // postconf may not have told everything; the user must know before he takes the list for
    // complete.
    if (!asked_->unseen.empty()) {
        report_warning(*this, asked_->unseen);
    }
    // Where no service asks any table, the command is about the one that add would make.
    if (asked_->tables.empty()) {
        asked_->tables.push_back(
            { choice().table, {}, false, false, postfix().parameters().digest });
    }
    return *asked_;
}

const std::vector<AskedTable>& Context::tables()
{
    return asked().tables;
}

const std::vector<AskingService>& Context::services()
{
    return asked().services;
}

// Returns the single table of the command and how it was chosen. Errors: those of choose_table().
const TableChoice& Context::choice()
{
    if (!choice_) {
        const AskedTables& known = asked_ ? *asked_ : asked();
        if (!choice_) { // asking has chosen it where there is none
            choice_ = options.table.empty()
                ? choose_table(postfix(), known, !options.service.empty())
                : TableChoice{ known.tables.front().table };
        }
    }
    return *choice_;
}

const TableName& Context::table()
{
    return choice().table;
}

// Several services may ask the same table, which is opened once for all of them.
Store& Context::store(const TableName& table)
{
    // A map keeps its elements in their places, so the reference stays good.
    std::unique_ptr<Store>& store = stores_[table.to_string()];
    if (!store) {
        store = open_store(postfix(), table);
        store->set_occasion(occasion());
    }
    return *store;
}

void Context::require_annotations(const TableName& table)
{
    const std::string hidden = table.is_database() ? store(table).hidden_columns() : "";
    if (!hidden.empty()) {
        throw Error(ErrorKind::permission,
            escape(table.to_string()) + ": this role may not read " + hidden,
            { "a role that may: user and password in " + escape(table.behind_proxy().path)
                + ".admin" });
    }
}

bool Context::table_is_configured()
{
    return choice().is_configured;
}

// -d decides first. Without any Postfix here sha256 is the usual choice; with -c the user named
// one, and its absence is an error.
const Digest& Context::digest()
{
    if (digest_) {
        return *digest_;
    }
    if (!options.digest.empty()) {
        digest_ = Digest::by_name(options.digest);
        return *digest_;
    }
    if (!postfix().is_configured() && options.config_directory.empty()) {
        digest_ = Digest::by_name("sha256");
        return *digest_;
    }
    const std::string name
        = options.service.empty() ? postfix().parameters().digest : services().front().digest;
    digest_ = Digest::find(name);
    if (!digest_) {
        throw Error(ErrorKind::postfix,
            "smtpd_tls_fingerprint_digest = " + quote(name)
                + ": unknown digest, with which smtpd disables TLS",
            { "set it to the digest of the entries, sha256 where there are none yet, and reload" });
    }
    return *digest_;
}

Digest Context::digest_of(const AskedTable& table)
{
    if (!options.digest.empty()) {
        return digest();
    }
    const AskedTable* asked = &table;
    AskedTables all;
    if (!options.table.empty() && postfix().is_configured()) { // nobody was asked who asks it
        all = asked_tables(postfix());
        asked = find_table(all.tables, table.table);
    }
    // A digest that OpenSSL does not know falls through to digest(), which names the fault.
    const bool is_asked = asked != nullptr && !asked->services.empty();
    const auto own = is_asked ? Digest::find(asked->digest) : std::nullopt;
    return own ? *own : digest();
}

Digest Context::digest_of_table()
{
    const AskedTable* asked = find_table(tables(), table());
    return asked != nullptr ? digest_of(*asked) : digest();
}

KeyEncoding Context::key_encoding()
{
    // Certificates are read by several threads, and Postfix is asked by one.
    static std::mutex one_asks;
    const std::lock_guard lock(one_asks);
    return postfix().key_encoding();
}

std::optional<Digest> Context::known_digest()
{
    if (digest_ || asked_postfix_ || !options.digest.empty()) {
        return digest();
    }
    return std::nullopt;
}

Time Context::now() const
{
    // Tests give a time; everybody else has the clock, in whole seconds.
    return environment_.now.value_or(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

Occasion Context::occasion()
{
    return { environment_.sudo_user, std::string(command_name), now(),
        [this](const std::string& sentence) { report_warning(*this, sentence); } };
}

Repair Context::repair() const
{
    // Hints must work where the reader pastes them, so MAIL_CONFIG becomes a -c.
    return Repair(
        options.config_directory.empty() ? environment_.mail_config : options.config_directory,
        options.digest, options.postfix_directory);
}

bool Context::colored_output() const
{
    return environment_.out_is_terminal && !environment_.no_color && !options.no_color;
}

bool Context::colored_messages() const
{
    return environment_.err_is_terminal && !environment_.no_color && !options.no_color;
}

bool Context::for_people() const
{
    return environment_.out_is_terminal && !options.plain && !options.json;
}

bool Context::for_people(bool text) const
{
    if (text && (options.json || options.plain)) {
        throw Error(ErrorKind::usage, "--text, --json and --plain: give one of them");
    }
    return text || for_people();
}

} // namespace relayctl
