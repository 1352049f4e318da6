#include "app/commands/add.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/client_options.hpp"
#include "app/commands/pending.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/show_change.hpp"
#include "core/audit/public_certificate.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/operations/add.hpp"
#include "core/operations/named_client.hpp"

namespace relayctl {

namespace {

// What was typed behind "add"; empty = not given.
struct AddOptions {
    std::vector<std::string> words; // CERT [HOST], or with --fingerprint HOST
    std::string from;
    bool labels = false;
    bool replace = false;
    std::string pending; // the number or fingerprint of a certificate that came
    std::vector<std::string> logs;
    ClientWords named; // by options
    ClientOptions client;
    ChangeOptions change;
};

// Checks the number of operands, which depends on the options and which the parser cannot check.
// Errors: ErrorKind::usage.
void require_words(const AddOptions& options)
{
    const bool by_fingerprint = !options.named.fingerprint.empty() || !options.pending.empty();
    if (!options.pending.empty() && !options.named.fingerprint.empty()) {
        throw Error(ErrorKind::usage, "add: --pending and --fingerprint name two clients",
            { hint_at_help("add") });
    }
    if (!options.logs.empty() && options.pending.empty()) {
        throw Error(ErrorKind::usage, "add --log: needs --pending", { hint_at_help("add") });
    }
    if (!options.from.empty()) {
        if (!options.words.empty() || by_fingerprint || !options.named.label.empty()) {
            throw Error(ErrorKind::usage,
                "add --from FILE: expected nothing else; every line has its CERT and HOST",
                { hint_at_help("add") });
        }
        return;
    }
    const std::size_t least = by_fingerprint ? (options.named.label.empty() ? 1U : 0U) : 1U;
    const std::size_t most = (by_fingerprint ? 0U : 1U) + (options.named.label.empty() ? 1U : 0U);
    if (options.words.size() < least || options.words.size() > most) {
        throw Error(ErrorKind::usage,
            !options.pending.empty() ? "add --pending N: expected HOST or --label TEXT, and no file"
                : by_fingerprint
                ? "add --fingerprint FP: expected HOST or --label TEXT, and no file"
                : "add: expected CERT [HOST], or CERT --label TEXT",
            { hint_at_help("add") });
    }
}

// Returns the words by their meaning; require_words() has checked their number.
ClientWords words_of(const AddOptions& options)
{
    ClientWords words = options.named;
    const bool has_file = words.fingerprint.empty() && options.pending.empty();
    if (has_file) {
        words.file = options.words.front();
    }
    const std::size_t operands = has_file ? 1 : 0; // in front of HOST
    if (options.words.size() > operands) {
        words.host = options.words.back();
    }
    if (!words.host.empty() && words.label.empty()) {
        typed_host(words); // a host that is none is refused before anything is read
    }
    return words;
}

// Says of which clients the certificate will not be used for long, and what lasts.
void note_public_certificates(Context& context, const std::vector<NewClient>& clients)
{
    bool has_any = false;
    for (const NewClient& client : clients) {
        if (const auto said = public_in_words(client.entry.annotation)) {
            report_note(context, escape(client.entry.host) + ": " + *said);
            has_any = true;
        }
    }
    if (has_any) {
        report_hint(context, what_lasts());
    }
}

// Reads the clients before anything is changed, so a bad certificate changes nothing. Services are
// asked last, since they judge the table as it is then.
ExitStatus run_add(const AddOptions& options, Context& context)
{
    require_words(options);
    const TableName table = context.table();
    require_writable(table);
    ClientWords words = options.from.empty() ? words_of(options) : ClientWords();
    if (!options.pending.empty()) {
        words.fingerprint
            = pending_fingerprint(context, options.pending, options.logs, options.client.key);
    }
    const ClientTerms terms{ for_this_server(options.client, context), context.digest_of_table(),
        author(context), options.labels, context.options.table, context.options.service };
    AddRequest request;
    request.clients = options.from.empty() ? std::vector{ named_client(words, terms) }
                                           : listed_clients(options.from, terms);
    request.replace = options.replace;
    request.change = options.change;
    if (const auto warning = warning_about(terms.digest)) {
        request.warnings.push_back(*warning);
    }
    ChangeView view(context, options.change);
    view.show(add_clients(table_access(context), table, request, view));
    note_public_certificates(context, request.clients);
    note_other_services(context, request.clients);
    if (!options.change.dry_run) {
        warn_of_refusals(context, { table });
    }
    return ExitStatus::ok;
}

} // namespace

void add_by_fingerprint(Context& context, const std::string& fingerprint, const std::string& host)
{
    AddOptions options;
    options.named.fingerprint = fingerprint;
    options.words = { host };
    run_add(options, context);
}

void declare_add(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_add,
        R"(CERT may be PEM, DER, a bundle, - for standard input; with --key also a
certificate request or a key. HOST may be left out where the certificate names
exactly one. A comment above the entry keeps subject, expiry, and who added it.
--from: lines CERT [HOST] or FINGERPRINT HOST; all are added, or none.

Examples:
  relayctl add zen.pem zen.suse.co.uk
  relayctl add --key --dry-run client.csr laptop7.example.org
  relayctl add --fingerprint 'sha256 Fingerprint=AA:BB:...' zen.suse.co.uk
  relayctl add --pending 3 laptop7.example.org
  relayctl add --from clients.txt

Exit status:
  0 listed now, or listed before    1 listed for another host    2 usage
  3 bad certificate, fingerprint or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_words(command, "CERT", { "[CERT] [HOST]", 0, 2 }, options.words,
        "the client's certificate; HOST, its name, may follow",
        { ValueKind::file, ValueKind::text });
    add_value(command, "--fingerprint", "FP", options.named.fingerprint,
        "this fingerprint, in any spelling, instead of CERT");
    add_value(command, "--from", "FILE", options.from,
        "a list of clients, CERT HOST a line (- is stdin)", ValueKind::file);
    add_value(command, "--pending", "N", options.pending,
        "the certificate of this number, or beginning, of seen --pending");
    add_values(
        command, "--log", "FILE", options.logs, "with --pending: the mail log", ValueKind::file);
    add_key_option(command, options.client);
    add_value(command, "--label", "TEXT", options.named.label, "any other text instead of HOST");
    add_flag(command, "--labels", options.labels, "with --from: any text as HOST");
    add_remarks(command, options.client, declaration.now(), "a remark, kept with the entry");
    add_flag(command, "--replace", options.replace, "rename an entry that has another host");
    add_change_options(command, options.change);
}

} // namespace relayctl
