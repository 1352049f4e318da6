#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/configuration.hpp"
#include "app/report.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"
#include "core/x509/certificate.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace relayctl {

namespace {

struct AddOptions {
    std::vector<std::string> words; // CERT [HOST], or with --fingerprint HOST
    std::string fingerprint;
    std::string label;
    bool key = false;
    bool replace = false;
    ChangeOptions change;
};

// Who is to be authorised, as far as it is known before the table is read.
struct NewClient {
    EntryView entry;
    Fingerprint fingerprint;
    std::vector<std::string> warnings;
};

void warn_about(const Certificate& certificate, Context& context, std::vector<std::string>& warnings)
{
    if (certificate.not_after < context.now()) {
        warnings.push_back("the certificate expired on " + to_date(certificate.not_after)
                           + "; Postfix does not look at that, it relays for ever");
    }
    if (certificate.not_before > context.now()) {
        warnings.push_back("the certificate is not valid before " + to_date(certificate.not_before) + "; Postfix does not look at that");
    }
    if (certificate.key_type.starts_with("RSA") && certificate.key_bits < 2048) {
        warnings.push_back("an RSA key of only " + std::to_string(certificate.key_bits) + " bits");
    }
}

NewClient client_from_fingerprint(const AddOptions& options, Context& context)
{
    const Fingerprint fingerprint = Fingerprint::parse(options.fingerprint);
    const Digest& digest = context.digest();
    if (fingerprint.size() != digest.size()) {
        const auto fits = digest_of_size(fingerprint.size());
        throw Error(ErrorKind::input, "fingerprint " + quote(options.fingerprint, 100) + ": has "
                        + count_of(fingerprint.size(), "byte", "bytes") + ", but " + digest.name() + ", which the server computes, has "
                        + std::to_string(digest.size()) + (fits.empty() ? "" : "; it fits " + std::string(fits)),
                    {"compute it from the certificate: relayctl fingerprint CERT"});
    }
    NewClient client{{}, fingerprint, {}};
    client.entry.fingerprint = fingerprint.to_string();
    client.entry.kind = options.key ? "key" : "";
    return client;
}

NewClient client_from_key(const CertificateFile& file, const BareKey& key, bool asked_for, Context& context)
{
    if (!asked_for) {
        throw Error(ErrorKind::input, escape(file.name) + ": holds a " + std::string(key.source_name()) + ", no certificate",
                    {"to pin the key, whatever certificate comes with it, give --key"});
    }
    NewClient client{{}, key.key_fingerprint(context.digest()), {}};
    client.entry.kind = "key";
    client.entry.subject = key.subject;
    return client;
}

NewClient client_from_file(const AddOptions& options, const std::string& path, std::string& host, Context& context)
{
    const CertificateFile file = load_certificates(path);
    const Certificate* certificate = file.presented();
    if (certificate == nullptr) {
        NewClient client = client_from_key(file, *file.bare_key(), options.key, context);
        client.entry.fingerprint = client.fingerprint.to_string();
        return client;
    }
    const Digest& digest = context.digest();
    NewClient client{{}, options.key ? certificate->key_fingerprint(digest) : certificate->fingerprint(digest), {}};
    client.entry.fingerprint = client.fingerprint.to_string();
    client.entry.kind = options.key ? "key" : "cert";
    client.entry.subject = certificate->subject;
    client.entry.not_after = certificate->not_after;
    warn_about(*certificate, context, client.warnings);
    if (host.empty() && options.label.empty()) {
        const auto name = certificate->only_name();
        if (!name || problem_with_host(*name)) {
            throw Error(ErrorKind::usage, escape(path) + ": names no host or several, so HOST is needed",
                        {"relayctl add " + escape(path) + " HOST"});
        }
        host = *name;
    }
    return client;
}

std::string host_or_label(const AddOptions& options, const std::string& host)
{
    if (!options.label.empty()) {
        if (const auto problem = problem_with_label(options.label)) {
            throw Error(ErrorKind::usage, "label " + quote(options.label) + ": " + *problem);
        }
        return options.label;
    }
    if (const auto problem = problem_with_host(host)) {
        throw Error(ErrorKind::usage, "host " + quote(host) + ": " + *problem, {"for a value that is no host name: --label TEXT"});
    }
    return host;
}

// What the parser cannot say of optional words.
void require_words(const AddOptions& options)
{
    const bool by_fingerprint = !options.fingerprint.empty();
    const std::size_t least = by_fingerprint ? (options.label.empty() ? 1U : 0U) : 1U;
    const std::size_t most = (by_fingerprint ? 0U : 1U) + (options.label.empty() ? 1U : 0U);
    if (options.words.size() < least || options.words.size() > most) {
        throw Error(ErrorKind::usage, by_fingerprint ? "add --fingerprint FP: expected HOST or --label TEXT, and no file"
                                                     : "add: expected CERT [HOST], or CERT --label TEXT",
                    {"see: relayctl add --help"});
    }
}

NewClient find_client(const AddOptions& options, Context& context)
{
    const bool by_fingerprint = !options.fingerprint.empty();
    std::string host = options.words.size() > (by_fingerprint ? 0U : 1U) ? options.words.back() : "";
    if (!host.empty() && options.label.empty()) {
        host_or_label(options, host); // before anything else is read
    }
    NewClient client = by_fingerprint ? client_from_fingerprint(options, context)
                                   : client_from_file(options, options.words.front(), host, context);
    if (host.empty() && options.label.empty()) {
        throw Error(ErrorKind::usage, "add: HOST is missing", {"there is no certificate to take a name from"});
    }
    client.entry.host = host_or_label(options, host);
    if (context.digest().is_weak()) {
        client.warnings.push_back("the digest is " + context.digest().name() + ", which is weak; better: smtpd_tls_fingerprint_digest = sha256");
    }
    return client;
}

std::string lines_of_same_host(const Document& document, const NewClient& client)
{
    std::vector<std::string> lines;
    for (const Entry& entry : document.entries()) {
        if (lines.size() < 10 && equal_ignoring_case(document.value(entry), client.entry.host)) {
            lines.push_back(std::to_string(entry.line));
        }
    }
    return join(lines, ", ");
}

Plan plan_add(const Document& document, const NewClient& client, bool replace, ChangeReport& report)
{
    Plan plan;
    plan.answers.emplace_back(client.fingerprint, client.entry.host);
    report.warnings = client.warnings;
    Editor editor(document);
    const Entry* existing = document.find(client.fingerprint);
    if (existing == nullptr) {
        if (const std::string lines = lines_of_same_host(document, client); !lines.empty()) {
            report.warnings.push_back(escape(client.entry.host) + " has another entry (line " + lines + "), both may relay");
        }
        editor.append(client.entry.fingerprint, client.entry.host);
        plan.added = 1;
        report.added.push_back(client.entry);
    } else if (document.value(*existing) == client.entry.host) {
        report.nothing_to_do = client.entry.fingerprint + ' ' + escape(client.entry.host) + " is listed already";
    } else {
        const std::string other = escape(document.value(*existing));
        if (!replace) {
            throw Error(ErrorKind::refused, client.entry.fingerprint + ": is listed already, for " + other + " (line "
                            + std::to_string(existing->line) + ")",
                        {"to rename that entry, give --replace"});
        }
        EntryView old = client.entry;
        old.host = document.value(*existing);
        old.line = existing->line;
        report.removed.push_back(old);
        report.added.push_back(client.entry);
        editor.set_value(*existing, client.entry.host);
    }
    plan.splices = editor.splices();
    return plan;
}

// What was published stands, whatever is found out about the services afterwards.
void warn_of_refusals(Context& context)
{
    try {
        for (const std::string& refusal : refusals_of_listed_client(context)) {
            report_warning(context, "authorised, but " + refusal);
        }
    } catch (const Error& error) {
        report_note(context, "whether the services of Postfix will accept it could not be seen: " + std::string(error.what()));
    }
}

ExitStatus run_add(const AddOptions& options, Context& context)
{
    require_words(options);
    require_writable(context.table());
    const NewClient client = find_client(options, context);
    const ExitStatus status = carry_out(context, options.change, [&](const Document& document, ChangeReport& report) {
        return plan_add(document, client, options.replace, report);
    });
    if (!options.change.dry_run) {
        warn_of_refusals(context);
    }
    return status;
}

constexpr const char* add_footer = R"(CERT may be PEM, DER, a bundle, - for standard input; with --key also a
certificate request or a key. HOST may be left out where the certificate names
exactly one.

Examples:
  relayctl add zen.pem zen.suse.co.uk
  relayctl add --key --dry-run client.csr laptop7.example.org
  relayctl add --fingerprint 'sha256 Fingerprint=AA:BB:...' zen.suse.co.uk

Exit status:
  0 listed now, or listed before    1 listed for another host    2 usage
  3 bad certificate, fingerprint or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

void setup_add(CLI::App& app, Context& context)
{
    auto options = std::make_shared<AddOptions>();
    CLI::App* command = app.add_subcommand("add", "Authorise a client");
    command->add_option("CERT HOST", options->words, "the client's certificate, and its host name")->type_name("")->expected(0, 2);
    command->add_option("--fingerprint", options->fingerprint, "this fingerprint, in any spelling, instead of CERT")->type_name("FP");
    command->add_flag("--key", options->key, "pin the key: also renewed certificates with it");
    command->add_option("--label", options->label, "any other text instead of HOST")->type_name("TEXT");
    command->add_flag("--replace", options->replace, "rename an entry that has another host");
    add_change_options(*command, options->change);
    command->footer(add_footer);
    set_changing_command(*command, context, [options, &context] { return run_add(*options, context); });
}

} // namespace relayctl
