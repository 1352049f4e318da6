#include "app/cli/run.hpp"

#include "app/cli/command_table.hpp"
#include "app/cli/help.hpp"
#include "app/cli/report.hpp"
#include "app/cli/value_kind.hpp"
#include "app/render/json.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/x509/digest.hpp"

#include <CLI/CLI.hpp>

#include <signal.h>

#include <algorithm>
#include <initializer_list>
#include <ostream>
#include <set>

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

void add_global_options(CLI::App& app, GlobalOptions& options)
{
    app.add_option(
           "-c,--config-dir", options.config_directory, "Postfix configuration (else MAIL_CONFIG)")
        ->type_name("DIR")
        ->check(completed_as(ValueKind::directory))
        ->group(help_group::table);
    app.add_option("-t,--table", options.table, "the table (else from relay_clientcerts)")
        ->type_name("TYPE:PATH")
        ->check(completed_as(ValueKind::table))
        ->group(help_group::table);
    app.add_option("--service", options.service, "that of this service of master.cf: submission")
        ->type_name("NAME")
        ->check(completed_as(ValueKind::service))
        ->group(help_group::table);
    app.add_option("-d,--digest", options.digest, "the digest (else as smtpd computes)")
        ->type_name("NAME")
        ->check(completed_as(ValueKind::digest))
        ->group(help_group::table);
    CLI::Option* json
        = app.add_flag("--json", options.json, "output as JSON")->group(help_group::output);
    app.add_flag("--plain", options.plain, "output separated by tabs, no header")
        ->excludes(json)
        ->group(help_group::output);
    app.add_flag("-q,--quiet", options.quiet, "say only what went wrong")
        ->group(help_group::output);
    app.add_flag("--no-color", options.no_color, "no colour (also: NO_COLOR, TERM=dumb)")
        ->group(help_group::output);
}

void add_commands(CLI::App& app, Context& context)
{
    for (const Command& row : command_table()) {
        CLI::App* command = app.add_subcommand(row.name, row.summary);
        if (*row.alias != '\0') {
            command->alias(row.alias);
        }
        command->group(row.group)->fallthrough();
        command->set_help_flag("-h,--help", "this help");
        command->set_help_all_flag();
        command->callback([&context, &row, run = row.declare(*command, context)] {
            context.command = run;
            if (row.effect == Effect::changes) {
                context.state = "nothing was changed";
                ::signal(SIGPIPE, SIG_IGN); // who stops reading our messages stops no change
            }
        });
    }
}

// With the libraries that a report of a bug should name.
std::string version_text()
{
    return "relayctl " RELAYCTL_VERSION "\n" + openssl_version()
        + ", CLI11 " CLI11_VERSION ", nlohmann/json " + json_library_version();
}

std::size_t edit_distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min(
                { row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1) });
            diagonal = above;
        }
    }
    return row[b.size()];
}

// The names of the options, of all commands, that take a value.
std::set<std::string> options_with_value(const CLI::App& app)
{
    std::set<std::string> names;
    const auto add = [&](const CLI::App& command) {
        for (const CLI::Option* option : command.get_options()) {
            if (option->get_items_expected_max() == 0) {
                continue;
            }
            for (const std::string& name : option->get_snames()) {
                names.insert('-' + name);
            }
            for (const std::string& name : option->get_lnames()) {
                names.insert("--" + name);
            }
        }
    };
    add(app);
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        add(*command);
    }
    return names;
}

// Where the command is among the arguments: behind the options that stand before it.
std::size_t command_position(const CLI::App& app, const std::vector<std::string>& arguments)
{
    const auto with_value = options_with_value(app);
    std::size_t i = 0;
    while (i < arguments.size() && arguments[i].starts_with('-')) {
        i += with_value.contains(arguments[i]) ? 2 : 1;
    }
    return std::min(i, arguments.size());
}

// "--" ends the options. CLI11 would take what follows away from the command, so it goes, once
// nothing behind it looks like an option.
void drop_end_of_options(std::vector<std::string>& arguments)
{
    const auto mark = std::find(arguments.begin(), arguments.end(), "--");
    for (auto word = mark; word != arguments.end(); ++word) {
        if (word != mark && word->size() > 1 && word->starts_with('-')) {
            throw Error(ErrorKind::usage,
                quote(*word) + ": begins with '-', as no host and no fingerprint does",
                { "if it is a file, write ./" + escape(*word) });
        }
    }
    if (mark != arguments.end()) {
        arguments.erase(mark);
    }
}

// What the parser gets. Every option is accepted before the command too: the command comes first.
std::vector<std::string> in_parsing_order(const CLI::App& app, std::vector<std::string> arguments)
{
    drop_end_of_options(arguments);
    const std::size_t at = command_position(app, arguments);
    if (at < arguments.size()) {
        const auto command = arguments.begin() + static_cast<std::ptrdiff_t>(at);
        std::rotate(arguments.begin(), command, command + 1);
    }
    return arguments;
}

// An empty value comes from a variable that was not set, and would count as no value at all. The
// hidden command that the completions ask takes one: nothing was typed yet.
void refuse_empty_values(const CLI::App& command)
{
    if (command.get_group() == help_group::hidden) {
        return;
    }
    for (const CLI::Option* option : command.get_options()) {
        const auto& values = option->results();
        const auto empty = std::find(values.begin(), values.end(), "");
        if (option->get_items_expected_max() == 0 || empty == values.end()) {
            continue;
        }
        throw Error(ErrorKind::usage,
            values.size() == 1 ? option->get_name() + ": is empty"
                               : command.get_name() + ": word "
                    + std::to_string(empty - values.begin() + 1) + " is empty");
    }
}

// CLI11 takes the next word as the value of "--note=".
void refuse_open_ends(const std::vector<std::string>& arguments)
{
    for (const std::string& word : arguments) {
        const std::string_view name
            = std::string_view(word).substr(0, word.size() - (word.empty() ? 0 : 1));
        if (word.starts_with("--") && word.ends_with('=')
            && name.find('=') == std::string_view::npos) {
            throw Error(ErrorKind::usage, escape(name) + ": is empty");
        }
    }
}

bool has_command(const std::vector<std::string>& arguments)
{
    return !arguments.empty() && !arguments.front().starts_with('-');
}

std::string near_command(const CLI::App& app, const std::string& word)
{
    std::string best;
    std::size_t best_distance = 3; // more than two letters off is another word
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        const std::size_t distance = edit_distance(word, command->get_name());
        if (distance < best_distance && !command->get_group().empty()) {
            best_distance = distance;
            best = command->get_name();
        }
    }
    return best;
}

// CLI11 says "A subcommand is required" also where there is one that it does not know.
std::string usage_message(
    const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments)
{
    if (app.get_subcommands().empty() && error.get_name() == "RequiredError") {
        return has_command(arguments) ? "unknown command " + quote(arguments.front())
                                      : "which command?";
    }
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    if (message.starts_with("The following ")) { // "The following argument was not expected: x"
        message[0] = 't';
    }
    return escape(message);
}

int report_usage(const CLI::App& app, Context& context, const CLI::ParseError& error,
    const std::vector<std::string>& arguments)
{
    Error usage(ErrorKind::usage, usage_message(app, error, arguments));
    const auto used = app.get_subcommands();
    if (used.empty()) {
        const std::string near = has_command(arguments) ? near_command(app, arguments.front()) : "";
        if (!near.empty()) {
            usage.with_hint("did you mean: relayctl " + near);
        }
    }
    usage.with_hint(
        "see: relayctl " + (used.empty() ? "" : used.front()->get_name() + " ") + "--help");
    report_error(context, usage);
    return static_cast<int>(ExitStatus::usage);
}

// What was not done as main.cf says. Warnings of postconf itself are not repeated.
void report_refused_programs(Context& context)
{
    for (const std::string& message : context.postfix().messages()) {
        if (!message.starts_with("postconf: ")) {
            report_warning(context, message);
        }
    }
}

ExitStatus run_command(Context& context)
{
    try {
        const ExitStatus status = context.command();
        report_refused_programs(context);
        context.out().flush();
        if (!context.out()) {
            throw_errno("standard output", "write");
        }
        return status;
    } catch (const Error& error) {
        report_refused_programs(context);
        report_error(context, error);
        if (error.kind() == ErrorKind::interrupted) {
            context.out().flush();
            context.err().flush();
            ::signal(noted_interrupt(), SIG_DFL);
            ::raise(noted_interrupt()); // the shell sees what it expects: 130 for SIGINT
        }
        return exit_status_of(error.kind());
    } catch (const std::bad_alloc&) {
        report_error(context, Error(ErrorKind::system, "out of memory"));
    } catch (const std::exception& error) {
        report_error(context,
            Error(ErrorKind::system, std::string("internal error: ") + escape(error.what())));
    }
    return ExitStatus::system;
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
    app.set_version_flag("--version", version_text(), "this version, and those of the libraries");
    app.footer(general_footer);
    app.require_subcommand(1);
    app.fallthrough();
    add_global_options(app, context.options);
    add_commands(app, context);
    if (arguments.empty()) {
        err << app.help();
        return static_cast<int>(ExitStatus::usage);
    }
    std::vector<std::string> words;
    try {
        refuse_open_ends(arguments);
        words = in_parsing_order(app, arguments);
        app.parse(
            std::vector<std::string>(words.rbegin(), words.rend())); // CLI11 takes them last first
        refuse_empty_values(app);
        for (const CLI::App* command : app.get_subcommands()) {
            refuse_empty_values(*command);
        }
    } catch (const CLI::Success& done) {
        app.exit(done, out, err);
        context.command = [] { return ExitStatus::ok; };
    } catch (const CLI::ParseError& error) {
        return report_usage(app, context, error, words);
    } catch (const Error& error) {
        report_error(context, error);
        return static_cast<int>(exit_status_of(error.kind()));
    }
    return static_cast<int>(run_command(context));
}

} // namespace relayctl
