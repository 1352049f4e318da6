// The parser only takes the words apart and remembers which command they name; the command runs
// after it. So all errors of a command pass through run_command(), which is where they become a
// message and a status, and no exception of the parser can be taken for one of them.
#include "app/cli/run.hpp"

#include "app/cli/arguments.hpp"
#include "app/cli/command_table.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/help.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/cli/version.hpp"
#include "app/render/json.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/x509/digest.hpp"

#include <CLI/CLI.hpp>

#include <signal.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <ostream>

namespace relayctl {

namespace {

constexpr const char* general_footer = R"(Examples:
  relayctl add zen.pem zen.suse.co.uk     authorise a client
  relayctl remove zen.suse.co.uk          revoke it
  relayctl rotate zen.suse.co.uk new.pem  its certificate was renewed
  relayctl verify                         is everything sound?

Exit status:
  0 done, or yes    1 no: not listed, findings    2 usage    3 bad certificate
  or table    4 Postfix failed or is missing    5 lock busy or permission denied
  6 disk or system error)";

// Declares the options that stand before and behind any command.
void add_global_options(CLI::App& app, GlobalOptions& options)
{
    const std::string others = app.option_defaults()->get_group();
    app.option_defaults()->group(help_group::table);
    add_value(app, "-c,--config-dir", "DIR", options.config_directory,
        "Postfix configuration (else MAIL_CONFIG)", ValueKind::directory);
    add_value(app, "--postfix", "DIR", options.postfix_directory,
        "where postconf, postmap and postfix are (else searched)", ValueKind::directory);
    add_value(app, "-t,--table", "TYPE:PATH", options.table,
        "the table (else from relay_clientcerts)", ValueKind::table);
    add_value(app, "--service", "NAME", options.service,
        "that of this service of master.cf: submission", ValueKind::service);
    add_value(app, "-d,--digest", "NAME", options.digest, "the digest (else as smtpd computes)",
        ValueKind::digest);
    app.option_defaults()->group(help_group::output);
    CLI::Option* json = app.add_flag("--json", options.json, "output as JSON");
    app.add_flag("--plain", options.plain, "output separated by tabs, no header")->excludes(json);
    app.add_flag("-q,--quiet", options.quiet, "say only what went wrong");
    app.add_flag("--no-color", options.no_color, "no colour (also: NO_COLOR, TERM=dumb)");
    app.option_defaults()->group(others); // the commands inherit it
}

// Errors: ErrorKind::postfix. What -t cannot help is not advised.
void require_postfix(const Command& row, Context& context)
{
    if (row.needs_postfix == NeedsPostfix::always && !context.postfix().is_installed()) {
        throw Error(ErrorKind::postfix,
            std::string(row.name) + ": asks Postfix, and there is no postconf on this machine",
            { "run it where Postfix is installed" });
    }
}

// Throws where -d names no digest, also for a command that would not compute one. Whoever is still
// typing it is not disturbed.
void require_known_digest(const Command& row, const Context& context)
{
    if (!context.options.digest.empty() && row.group != help_group::hidden) {
        Digest::by_name(context.options.digest);
    }
}

// Names the directory from the root on: Postfix would look for a table in a directory that is not
// named so below its queue directory.
void complete_directory(GlobalOptions& options)
{
    std::error_code error;
    const auto complete = std::filesystem::absolute(options.config_directory, error);
    if (!options.config_directory.empty() && !error) { // else Postfix says what is wrong
        options.config_directory = complete.string();
    }
}

// Returns true if the command was given one of the options with which it changes no table.
bool changes_no_table(const CLI::App& command)
{
    const std::array names = { "--dry-run", "--print", "--no-add" };
    return std::any_of(names.begin(), names.end(), [&](const char* name) {
        const CLI::Option* option = command.get_option_no_throw(name);
        return option != nullptr && option->count() > 0;
    });
}

// Prepares the command that was typed, if it changes anything.
void begin_change(const Command& row, const CLI::App& command, Context& context)
{
    // From here on an error of the command says that nothing was changed, until the command knows
    // better.
    context.state = "nothing was changed";
    ::signal(SIGPIPE, SIG_IGN); // who stops reading our messages stops no change
    if (!context.options.no_syslog && !changes_no_table(command)) {
        context.system_log().begin(context.caller(), std::string(row.name), context.words);
    }
}

// Declares every command of the table. Its options are declared at once, and it runs after the
// parser has returned.
void add_commands(CLI::App& app, Context& context)
{
    for (const Command& row : command_table()) {
        CLI::App* command = app.add_subcommand(std::string(row.name), std::string(row.summary));
        if (!row.alias.empty()) {
            command->alias(std::string(row.alias));
        }
        command->group(std::string(row.group))->fallthrough();
        command->set_help_flag("-h,--help", "this help");
        command->set_help_all_flag();
        Declaration declaration(*command, context);
        row.declare(declaration);
        if (row.effect == Effect::changes) {
            add_flag(*command, "--no-syslog", context.options.no_syslog,
                "write no line to the system log");
            command->get_option("--no-syslog")->group(help_group::change);
        }
        command->callback([&context, &row, command, run = declaration.run()] {
            context.command_name = row.name;
            context.command = [&context, &row, run] {
                require_known_digest(row, context);
                require_postfix(row, context);
                return run();
            };
            if (row.effect == Effect::changes) {
                begin_change(row, *command, context);
            }
        });
    }
}

// With the libraries, which a report of a bug should name.
std::string version_text()
{
    return std::string("relayctl ") + program_version + '\n' + openssl_version()
        + ", CLI11 " CLI11_VERSION ", nlohmann/json " + json_library_version();
}

// Says which programs of main.cf were not run. What postconf itself warns of is not repeated.
void report_refused_programs(Context& context)
{
    for (const std::string& message : context.postfix().messages()) {
        if (!message.starts_with("postconf: ")) {
            report_warning(context, message);
        }
    }
}

// Tells an error to the user and the system log. Returns the status for it.
ExitStatus fail(Context& context, const Error& error)
{
    report_error(context, error);
    context.system_log().failed(error, error.state().empty() ? context.state : error.state());
    return exit_status_of(error.kind());
}

// Runs the parsed command and turns its errors into messages and a status. Programs that main.cf
// would have run are told in either case.
ExitStatus run_command(Context& context)
{
    try {
        const ExitStatus status = context.command();
        report_refused_programs(context);
        // Output that could not be written, as to a full disk, must not end with status 0.
        context.out().flush();
        if (!context.out()) {
            throw_errno("standard output", "write");
        }
        return status;
    } catch (const Error& error) {
        report_refused_programs(context);
        const ExitStatus status = fail(context, error);
        // The process ends by the signal that interrupted it, so that its caller can tell an
        // interruption from a failure.
        if (error.kind() == ErrorKind::interrupted) {
            context.out().flush();
            context.err().flush();
            ::signal(noted_interrupt(), SIG_DFL);
            ::raise(noted_interrupt()); // so that a shell sees 130 for SIGINT
        }
        return status;
    } catch (const std::bad_alloc&) {
        return fail(context, Error(ErrorKind::system, "out of memory"));
    } catch (const std::exception& error) {
        return fail(context,
            Error(ErrorKind::system, std::string("internal error: ") + escape(error.what())));
    }
}

// Parses the words, which may end in the text of --help or --version, and runs the command.
ExitStatus parse_and_run(CLI::App& app, Context& context, std::vector<std::string> words)
{
    try {
        context.words = words;
        context.typed_words = take_typed_words(app, words);
        words = in_parsing_order(app, std::move(words));
        app.parse(
            std::vector<std::string>(words.rbegin(), words.rend())); // CLI11 wants them last first
        refuse_empty_values(app);
        complete_directory(context.options);
    } catch (const CLI::Success& done) {
        app.exit(done, context.out(), context.err());
        context.command = [] { return ExitStatus::ok; };
    } catch (const CLI::ParseError& error) {
        report_error(context, usage_error(app, error, words));
        return ExitStatus::usage;
    } catch (const Error& error) {
        report_error(context, error);
        return exit_status_of(error.kind());
    }
    return run_command(context);
}

} // namespace

int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
    Environment environment)
{
    Context context(out, err, std::move(environment));
    CLI::App app(
        "Administers who may relay mail through Postfix by TLS client certificate.", "relayctl");
    app.formatter_fn([](const CLI::App* shown, const std::string&, CLI::AppFormatMode mode) {
        return mode == CLI::AppFormatMode::All ? help_of_all(*shown) : help_of(*shown);
    });
    app.set_help_flag("-h,--help", "this help; relayctl COMMAND --help has that of a command");
    app.set_help_all_flag("--help-all", "the help of all commands");
    app.set_version_flag(
        "-V,--version", version_text(), "this version, and those of the libraries");
    app.footer(general_footer);
    app.require_subcommand(1);
    // The options of the program may stand behind the command as well.
    app.fallthrough();
    add_global_options(app, context.options);
    add_commands(app, context);
    // Without any word the help goes to standard error: it was not asked for.
    if (arguments.empty()) {
        err << app.help();
        return static_cast<int>(ExitStatus::usage);
    }
    return static_cast<int>(parse_and_run(app, context, arguments));
}

} // namespace relayctl
