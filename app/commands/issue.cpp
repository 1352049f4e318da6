#include "core/operations/issue.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/ask_password.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/client_options.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/show_change.hpp"
#include "app/render/json_issue.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/operations/client_settings.hpp"
#include "core/operations/named_client.hpp"

#include <ostream>

namespace relayctl {

namespace {

constexpr int most_days = 36500; // a hundred years

struct IssueOptions {
    std::string host;
    std::string out;
    std::string key_type;
    int days = 0; // 0 = not given, here and below
    std::string pin;
    std::string request; // the file of --csr
    std::string p12;
    std::string p12_password_file;
    std::string program;
    std::string server;
    bool rotate = false;
    std::optional<std::chrono::seconds> grace; // of --rotate
    bool no_add = false;
    ClientOptions client;
    ChangeOptions change;
};

[[noreturn]] void refuse(const std::string& what)
{
    throw Error(ErrorKind::usage, "issue " + what, { hint_at_help("issue") });
}

// Errors: ErrorKind::usage for options that contradict each other.
void require_sense(const IssueOptions& options)
{
    const bool makes_key = !options.key_type.empty() || options.days != 0 || !options.p12.empty()
        || !options.p12_password_file.empty();
    if (!options.request.empty() && makes_key) {
        refuse("--csr FILE: makes no key and no certificate, so --key-type, --days, --p12 and "
               "--p12-password-file say nothing");
    }
    if (!options.request.empty() && options.pin == "cert") {
        refuse("--csr FILE: has a key and no certificate, so --pin cert is not possible");
    }
    if (options.grace && !options.rotate) {
        refuse("--grace: is how long former entries stay with --rotate");
    }
}

// Reads the request of --csr. Errors: ErrorKind::input if it is anything else: a private key in
// the hands of the server's administrator would be no secret any more.
CertificateFile read_request(const std::string& path)
{
    CertificateFile file = load_certificates(path);
    const bool is_request = file.certificates.empty() && file.keys.size() == 1
        && file.keys.front().source == BareKey::Source::request;
    if (!is_request) {
        throw Error(ErrorKind::input,
            escape(path) + ": is not one certificate request, as --csr needs it",
            { "the client makes one: openssl req -new -key key.pem -subj /CN=HOST; a certificate "
              "is listed by relayctl add" });
    }
    return file;
}

// Returns the password for a new .p12 file. Errors: ErrorKind::input if the first line of the file
// is none that can be typed elsewhere; those of password_in_file().
std::string new_password_of(Context& context, const std::string& path)
{
    std::string password = password_in_file(context, path);
    if (password.empty() || !is_pasteable(password)) {
        throw Error(ErrorKind::input,
            escape(path)
                + ": its first line is no password: it is empty, or has control "
                  "characters or bytes that are not UTF-8");
    }
    return password;
}

// Returns the server that the settings name, and says what is not known of it. Errors:
// ErrorKind::usage; ErrorKind::postfix if Postfix is to say it and cannot.
ClientServer server_for(const IssueOptions& options, Context& context)
{
    const bool is_asked = judges_configuration(context);
    ClientServer server = unknown_server();
    try {
        if (!options.server.empty()) {
            server = typed_server(options.server);
        }
        if (options.server.empty() && is_asked) {
            server = server_of_postfix(context.postfix());
        } else if (is_asked && !options.no_add) { // else it may be another machine's server
            complete_from_postfix(server, context.postfix());
        }
    } catch (Error& error) {
        if (error.kind() == ErrorKind::postfix && options.server.empty()) {
            throw error.with_hint("to say yourself which server the settings are for: --server "
                                  "HOST:PORT");
        }
        if (error.kind() != ErrorKind::postfix) {
            throw;
        }
        server.unknown = std::string("whether its certificate is self-signed: ") + error.what();
    }
    if (options.server.empty() && !is_asked) {
        report_note(context,
            "nothing here says which server this is for: README.txt says SERVER in its place; "
            "--server HOST:PORT names it");
    }
    if (!server.unknown.empty()) {
        report_warning(context, "not known of the server: " + server.unknown);
    }
    return server;
}

IssueRequest request_of(const IssueOptions& options, Context& context)
{
    const std::vector<std::string>& all = mail_programs();
    IssueRequest request{ typed_host({ {}, {}, options.host, {} }), options.out,
        options.key_type.empty() ? client_key_types().front() : options.key_type,
        std::chrono::days(options.days == 0 ? 730 : options.days), {}, {},
        options.p12 == "modern" ? Pkcs12Encryption::modern : Pkcs12Encryption::compatible, {},
        options.program.empty() || options.program == "all" ? all : std::vector{ options.program },
        for_this_server(options.client, context), author(context),
        options.no_add ? context.digest() : context.digest_of_table(), {}, options.rotate,
        options.grace.value_or(default_grace), options.change };
    if (!options.request.empty()) {
        request.request = read_request(options.request);
    }
    if (!options.p12_password_file.empty()) {
        request.p12_password = new_password_of(context, options.p12_password_file);
    }
    request.client.key = options.pin == "key" || request.request;
    if (!options.no_add) {
        for (const AskedTable& asked : context.tables()) {
            request.digests.push_back(context.digest_of(asked));
        }
    }
    request.server = server_for(options, context);
    request.table = context.options.table;
    return request;
}

// A change that made files, too.
class IssueView : public ChangeView {
public:
    IssueView(Context& context, const ChangeOptions& options, const ClientServer& server)
        : ChangeView(context, options)
        , context_(context)
        , options_(options)
        , server_(server)
    {
    }

    // Tells what was made. The password comes first: whatever fails afterwards, it was shown.
    void show_files(const IssueResult& result)
    {
        result_ = &result;
        if (!result.new_password.empty() && !context_.options.json && !options_.dry_run) {
            show_password(result);
        }
        report_done(context_,
            (options_.dry_run ? "would make " : "made ") + escape(result.directory) + " with "
                + join(result.files, ", "));
        if (options_.dry_run && result.client.certificate) {
            report_note(context_, "the real key, and so its fingerprint, will be another one");
        }
        if (const auto weak
            = options_.dry_run ? std::nullopt : weak_way(result.directory + "/key.pem")) {
            report_warning(context_, weak->to_string() + ", so the files can be exchanged");
        }
        if (context_.options.plain) {
            for (const std::string& name : result.files) {
                context_.out() << "made\t" << escape(result.directory + '/' + name) << '\n';
            }
        }
    }

    // Errors: ErrorKind::system if the password could not be shown, of which nobody knows it now.
    void require_shown() const
    {
        if (is_password_lost_) {
            throw Error(ErrorKind::system,
                "the password could not be shown, so the .p12 file is of no use",
                { "make another one of key.pem and cert.pem: openssl pkcs12 -export" });
        }
    }

    // Says how the client is listed on the server, where that was not to be done here.
    void show_command()
    {
        if (context_.options.json) {
            write_json({}, nullptr);
        } else {
            context_.out() << (context_.options.plain ? "run\t" : "") << command() << '\n';
            report_note(context_, "not listed yet: the server's administrator runs that line");
        }
    }

protected:
    void write_json(const std::vector<TableOutcome>& outcomes, const RevocationVerdict*) override
    {
        IssueResult shown = *result_;
        if (options_.dry_run) {
            shown.new_password.clear();
        }
        write_json_issue(context_.out(), shown, server_, command(), outcomes, options_.dry_run);
        context_.out().flush();
    }

private:
    // An earlier message that could not be written keeps no later one from being tried.
    void show_password(const IssueResult& result)
    {
        std::ostream& err = context_.err();
        err.clear();
        err << "relayctl: the password of " + result.client.entry.host
                + ".p12, which is shown only now: " + result.new_password + '\n'
            << std::flush;
        is_password_lost_ = !err;
    }

    std::string command() const { return command_line(words_to_add(result_->client)); }

    Context& context_;
    const ChangeOptions& options_;
    const ClientServer& server_;
    const IssueResult* result_ = nullptr;
    bool is_password_lost_ = false;
};

// Some key stores that PKCS#12 is for do not know the key.
void note_key_type(const IssueOptions& options, Context& context)
{
    if (options.key_type == "ed25519") {
        report_note(context,
            "the key stores of Apple, Android and Windows import no Ed25519 key, nor does "
            "Thunderbird's");
    }
}

ExitStatus run_issue(const IssueOptions& options, Context& context)
{
    require_sense(options);
    if (!options.no_add) {
        options.rotate ? require_any_changeable(context) : require_writable(context.table());
    }
    const IssueRequest request = request_of(options, context);
    note_key_type(options, context);
    IssueView view(context, options.change, request.server);
    const std::optional<TableAccess> access
        = options.no_add ? std::nullopt : std::optional(table_access(context));
    const IssueResult result = issue(request, access ? &*access : nullptr, view);
    view.show_files(result);
    if (!result.change) {
        for (const std::string& warning : result.client.warnings) {
            report_warning(context, warning);
        }
        view.show_command();
        view.require_shown();
        return ExitStatus::ok;
    }
    view.show(*result.change);
    note_other_services(context, { result.client });
    if (!options.change.dry_run) {
        warn_of_refusals(context, result.tables);
    }
    view.require_shown();
    return ExitStatus::ok;
}

// Declares what the files are to be.
void add_file_options(CLI::App& command, IssueOptions& options)
{
    std::vector<std::string> programs = mail_programs();
    programs.emplace_back("all");
    add_value(command, "--out", "DIR", options.out, "make HOST/ there (made if missing)",
        ValueKind::directory);
    add_choice(command, "--key-type", "TYPE", options.key_type,
        "ec (P-256, the default), rsa2048, rsa3072, ed25519", client_key_types());
    add_number(command, "--days", "DAYS", options.days, "how long the certificate is valid (730)",
        1, most_days);
    add_value(command, "--csr", "FILE", options.request, "list this request's key, make none",
        ValueKind::file);
    add_choice(command, "--p12", "FORM", options.p12,
        "compatible (what every key store reads) or modern", { "compatible", "modern" });
    add_value(command, "--p12-password-file", "FILE", options.p12_password_file,
        "its first line is the password of HOST.p12", ValueKind::file);
    add_choice(command, "--for", "PROGRAM", options.program,
        "settings of README.txt for this program, or all", programs);
    add_value(command, "--server", "HOST:PORT", options.server,
        "the server that they name (else this one)");
}

} // namespace

void declare_issue(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_issue,
        R"(Writes HOST/ (with --rotate HOST-DATE/): cert.pem, key.pem, HOST.p12, README.txt
with the settings for this server. The password of HOST.p12 is shown once.
Existing files are never overwritten. With --csr only README.txt is written.

Examples:
  relayctl issue zen.suse.co.uk
  relayctl issue --for msmtp --out /root/clients laptop7.example.org
  relayctl issue --rotate --grace 7d zen.suse.co.uk
  relayctl issue --no-add --server mx.example.org:587 zen.suse.co.uk

Exit status:
  0 made, and listed    1 HOST/ exists, or the key is listed for another host
  2 usage    3 bad request, password file or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_operand(command, "HOST", options.host, "the client's name", ValueKind::listed);
    add_file_options(command, options);
    add_flag(command, "--no-add", options.no_add, "list nothing, print how to");
    add_choice(command, "--pin", "WHAT", options.pin, "list the cert (the default) or the key",
        { "cert", "key" });
    add_flag(command, "--rotate", options.rotate, "renew: the former entries retire");
    add_duration(command, "--grace", options.grace, "how long they stay (14d)");
    add_remarks(command, options.client, declaration.now(), "a remark, kept with the entry");
    add_change_options(command, options.change);
}

} // namespace relayctl
