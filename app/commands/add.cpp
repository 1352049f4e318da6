#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/commands/import.hpp"
#include "app/configuration.hpp"
#include "app/new_host.hpp"
#include "app/other_services.hpp"
#include "core/base/bytes.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"
#include "core/table/index.hpp"
#include "core/x509/pasted.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <unordered_set>

namespace relayctl {

namespace {

struct AddOptions {
    std::vector<std::string> words; // CERT [HOST], or with --fingerprint HOST
    std::string fingerprint;
    std::string from;
    std::string label;
    bool labels = false;
    bool replace = false;
    ClientOptions client;
    ChangeOptions change;
};

std::string host_or_label(const AddOptions& options, const std::string& host)
{
    if (!options.label.empty()) {
        if (const auto problem = problem_with_label(options.label)) {
            throw Error(ErrorKind::usage, "label " + quote(options.label) + ": " + *problem);
        }
        return options.label;
    }
    if (const auto problem = problem_with_new_host(host)) {
        throw Error(ErrorKind::usage, "host " + quote(host) + ": " + *problem,
            { hint_for_new_host(host, "--label TEXT") });
    }
    return host;
}

// What the parser cannot say of optional words.
void require_words(const AddOptions& options)
{
    const bool by_fingerprint = !options.fingerprint.empty();
    if (!options.from.empty()) {
        if (!options.words.empty() || by_fingerprint || !options.label.empty()) {
            throw Error(ErrorKind::usage,
                "add --from FILE: expected nothing else; every line has its CERT and HOST",
                { "see: relayctl add --help" });
        }
        return;
    }
    const std::size_t least = by_fingerprint ? (options.label.empty() ? 1U : 0U) : 1U;
    const std::size_t most = (by_fingerprint ? 0U : 1U) + (options.label.empty() ? 1U : 0U);
    if (options.words.size() < least || options.words.size() > most) {
        throw Error(ErrorKind::usage,
            by_fingerprint ? "add --fingerprint FP: expected HOST or --label TEXT, and no file"
                           : "add: expected CERT [HOST], or CERT --label TEXT",
            { "see: relayctl add --help" });
    }
}

// HOST as it was typed, or the one that the certificate is for. who: the file, or the fingerprint
// of a line.
std::string host_of(const NewClient& client, const std::string& typed, const std::string& who,
    const AddOptions& options, const Context& context)
{
    if (!typed.empty()) {
        return typed;
    }
    if (client.only_host) {
        return *client.only_host;
    }
    const bool is_key = options.client.key;
    const bool by_fingerprint = !client.certificate && !client.key_fingerprint;
    std::vector<std::string> words = { "add" };
    words.insert(words.end(), is_key ? 1U : 0U, "--key");
    words.insert(words.end(), by_fingerprint ? 1U : 0U, "--fingerprint");
    words.insert(
        words.end(), { by_fingerprint ? client.entry.fingerprint : file_operand(who), "HOST" });
    throw Error(ErrorKind::usage, escape(who) + ": names no host or several, so HOST is needed",
        { context.command_line_of(words) });
}

void add_warning_about_host(NewClient& client)
{
    if (auto warning = warning_about_host(client)) {
        client.warnings.push_back(*std::move(warning));
    }
}

NewClient find_client(const AddOptions& options, Context& context)
{
    const bool by_fingerprint = !options.fingerprint.empty();
    const std::string host
        = options.words.size() > (by_fingerprint ? 0U : 1U) ? options.words.back() : "";
    if (!host.empty() && options.label.empty()) {
        host_or_label(options, host); // before anything else is read
    }
    const Digest digest = context.digest_of_table();
    NewClient client = by_fingerprint
        ? client_from_fingerprint(options.fingerprint, options.client, digest, context)
        : client_from_file(
            load_certificates(options.words.front()), options.client, digest, context);
    client.entry.host = by_fingerprint || !options.label.empty()
        ? host_or_label(options, host)
        : host_of(client, host, options.words.front(), options, context);
    add_warning_about_host(client);
    return client;
}

NewClient client_from_line(
    const ImportLine& line, const AddOptions& options, const Digest& digest, const Context& context)
{
    require_one_fingerprint(line.who + ' ' + line.host);
    const bool by_fingerprint = Fingerprint::from_any(line.who) && !stat_of(line.who);
    NewClient client = by_fingerprint
        ? client_from_fingerprint(line.who, options.client, digest, context)
        : client_from_file(load_certificates(line.who), options.client, digest, context);
    client.entry.host = host_of(client, line.host, line.who, options, context);
    const std::string& host = client.entry.host;
    if (const auto problem
        = options.labels ? problem_with_label(host) : problem_with_new_host(host)) {
        throw Error(ErrorKind::input, quote(host) + ": " + *problem,
            { hint_for_new_host(host, "--labels") });
    }
    add_warning_about_host(client);
    for (std::string& warning : client.warnings) {
        warning.insert(0, line.place + ": ");
    }
    return client;
}

std::vector<NewClient> clients_from_list(const AddOptions& options, Context& context)
{
    const Digest digest = context.digest_of_table();
    std::vector<NewClient> clients;
    std::map<Fingerprint, std::pair<std::string, std::string>> known; // place and host
    for (const ImportLine& line : read_import(options.from)) {
        try {
            NewClient client = client_from_line(line, options, digest, context);
            const auto [same, is_new]
                = known.try_emplace(client.fingerprint, line.place, client.entry.host);
            if (is_new) {
                clients.push_back(std::move(client));
            } else if (same->second.second != client.entry.host) {
                throw Error(ErrorKind::input,
                    client.entry.fingerprint + ": is " + quote(client.entry.host) + " here, and "
                        + quote(same->second.second) + " at " + same->second.first);
            }
        } catch (const Error& error) {
            throw Error(error.kind() == ErrorKind::usage ? ErrorKind::input : error.kind(),
                line.place + ": " + error.what(), error.hints());
        }
    }
    return clients;
}

// The entries that the hosts of the clients have already.
std::map<std::string, std::vector<const Entry*>> entries_by_host(
    const Document& document, const std::vector<NewClient>& clients)
{
    std::map<std::string, std::vector<const Entry*>> found;
    std::unordered_set<std::uint64_t> hashes;
    for (const NewClient& client : clients) {
        found[to_lower(client.entry.host)];
        hashes.insert(hash_ignoring_case(client.entry.host));
    }
    for (const Entry* entry : document.entries_where([&](const Entry& e) {
             return hashes.contains(hash_ignoring_case(document.value(e)));
         })) {
        if (const auto host = found.find(to_lower(document.value(*entry)));
            host != found.end() && !entry->never_found) {
            host->second.push_back(entry);
        }
    }
    return found;
}

// One that is listed for this host already: said again, it is not to be retired any more.
void plan_listed(const Document& document, const Entry& entry, const NewClient& client,
    Editor& editor, ChangeReport& report)
{
    EntryView view = view_of(document, entry);
    const std::string& note = client.entry.annotation.note;
    const bool retires = view.annotation.retire_after.has_value();
    if (!retires && (note.empty() || note == view.annotation.note)) {
        report.nothing_to_do
            = client.entry.fingerprint + ' ' + escape(client.entry.host) + " is listed already";
        return;
    }
    view.annotation.retire_after.reset();
    view.annotation.note = note.empty() ? view.annotation.note : note;
    view.annotation.for_fingerprint = client.entry.annotation.for_fingerprint;
    editor.set_annotation(entry, view.annotation);
    report.updated.push_back({ std::move(view),
        retires ? "is listed already, and no longer to be retired"
                : "is listed already, the note is new" });
}

void plan_rename(const Document& document, const Entry& entry, const NewClient& client,
    bool replace, Editor& editor, ChangeReport& report)
{
    const EntryView old = view_of(document, entry);
    if (!replace) {
        throw Error(ErrorKind::refused,
            client.entry.fingerprint + ": is listed already, for " + escape(old.host)
                + line_in_words(entry),
            { "to rename that entry, give --replace" });
    }
    EntryView renamed = old;
    renamed.host = client.entry.host;
    editor.set_value(entry, renamed.host);
    report.removed.push_back(old);
    report.added.push_back(std::move(renamed));
}

Plan plan_add(const Document& document, const std::vector<NewClient>& clients, bool replace,
    ChangeReport& report)
{
    Plan plan;
    Editor editor(document);
    EntryIndex index(document);
    const auto others_by_host = entries_by_host(document, clients);
    for (const NewClient& client : clients) {
        plan.answers.emplace_back(client.fingerprint, client.entry.host);
        report.warnings.insert(
            report.warnings.end(), client.warnings.begin(), client.warnings.end());
        const Entry* existing = index.find(client.fingerprint);
        if (existing == nullptr) {
            if (const auto& others = others_by_host.at(to_lower(client.entry.host));
                !others.empty()) {
                report.warnings.push_back(escape(client.entry.host) + " has another entry ("
                    + places_of(document, others) + "), both may relay");
            }
            editor.append(client.entry.fingerprint, client.entry.host, client.entry.annotation);
            ++plan.added;
            report.added.push_back(client.entry);
        } else if (document.value(*existing) == client.entry.host) {
            plan_listed(document, *existing, client, editor, report);
        } else {
            plan_rename(document, *existing, client, replace, editor, report);
        }
    }
    if (clients.size() > 1) {
        report.nothing_to_do = "all " + std::to_string(clients.size()) + " are listed already";
    }
    plan.edits = editor.take();
    return plan;
}

Scope scope_of(const std::vector<NewClient>& clients)
{
    Scope scope;
    for (const NewClient& client : clients) {
        scope.fingerprints.push_back(client.fingerprint);
        scope.hosts.push_back(client.entry.host);
    }
    return scope;
}

ExitStatus run_add(const AddOptions& options, Context& context)
{
    require_words(options);
    require_writable(context.table());
    std::vector<NewClient> clients;
    if (options.from.empty()) {
        clients.push_back(find_client(options, context));
    } else {
        clients = clients_from_list(options, context);
    }
    carry_out(context, options.change, scope_of(clients),
        [&](const Document& document, ChangeReport& report) {
            if (const auto warning = warning_about(context.digest_of_table())) {
                report.warnings.push_back(*warning);
            }
            return plan_add(document, clients, options.replace, report);
        });
    note_other_services(context, clients);
    if (!options.change.dry_run) {
        warn_of_refusals(context, std::vector{ context.table() });
    }
    return ExitStatus::ok;
}

constexpr const char* add_footer
    = R"(CERT may be PEM, DER, a bundle, - for standard input; with --key also a
certificate request or a key. HOST may be left out where the certificate names
exactly one. A comment above the entry keeps subject, expiry, and who added it.
--from: lines CERT [HOST] or FINGERPRINT HOST; all are added, or none.

Examples:
  relayctl add zen.pem zen.suse.co.uk
  relayctl add --key --dry-run client.csr laptop7.example.org
  relayctl add --fingerprint 'sha256 Fingerprint=AA:BB:...' zen.suse.co.uk
  relayctl add --from clients.txt

Exit status:
  0 listed now, or listed before    1 listed for another host    2 usage
  3 bad certificate, fingerprint or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

void setup_add(CLI::App& app, Context& context)
{
    auto options = std::make_shared<AddOptions>();
    CLI::App* command = app.add_subcommand("add", "Authorise a client");
    command
        ->add_option("CERT", options->words, "the client's certificate; HOST, its name, may follow")
        ->type_name("[CERT] [HOST]")
        ->expected(0, 2);
    command
        ->add_option("--fingerprint", options->fingerprint,
            "this fingerprint, in any spelling, instead of CERT")
        ->type_name("FP");
    command->add_option("--from", options->from, "a list of clients, CERT HOST a line (- is stdin)")
        ->type_name("FILE");
    command->add_flag(
        "--key", options->client.key, "pin the key: also renewed certificates with it");
    command->add_option("--label", options->label, "any other text instead of HOST")
        ->type_name("TEXT");
    command->add_flag("--labels", options->labels, "with --from: any text as HOST");
    command->add_option("--note", options->client.note, "a remark, kept with the entry")
        ->type_name("TEXT");
    command->add_flag("--replace", options->replace, "rename an entry that has another host");
    add_change_options(*command, options->change);
    command->footer(add_footer);
    set_changing_command(
        *command, context, [options, &context] { return run_add(*options, context); });
}

} // namespace relayctl
