// Answers the completions of the shells: what may stand at the end of a command line, or one list
// of words. Nothing here may take long, and what cannot be found out is not offered.
#include "app/cli/arguments.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/help.hpp"
#include "app/cli/options.hpp"
#include "app/cli/typed_line.hpp"
#include "core/base/deadline.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"

#include <CLI/CLI.hpp>

#include <signal.h>
#include <unistd.h>

#include <ostream>
#include <set>

namespace relayctl {

namespace {

// A shell would ask whether to show them at all.
constexpr std::size_t most = 200; // nobody chooses from more words

// What was typed behind "complete". word: the beginning of the words that are wanted, or a command.
struct CompleteOptions {
    std::string kind;
    std::string word;
    CLI::App* app = nullptr; // the one of all commands
};

// prefix: in lower case. A word that a terminal would obey is not offered, since nobody types it,
// and no word that the command would take for an option. The shells quote all others.
bool fits(std::string_view word, const std::string& prefix)
{
    return to_lower(word.substr(0, prefix.size())) == prefix && is_pasteable(word)
        && !word.starts_with('-');
}

// The table types that relayctl can write and this Postfix has; if it cannot be asked, all of them.
std::vector<std::string> types_here(Context& context)
{
    std::vector<std::string> known;
    try {
        known = context.postfix().table_types();
    } catch (const Error&) {
        known = writable_types();
    }
    std::vector<std::string> types;
    for (const std::string& type : known) {
        if (TableName{ type, "/" }.is_writable()) {
            types.push_back(type + ':');
        }
    }
    return types;
}

// Returns the names of the smtpd services of master.cf.
std::vector<std::string> services_here(Context& context)
{
    std::vector<std::string> names;
    for (const Service& service : parse_services(context.postfix().master_cf())) {
        names.push_back(service.name);
    }
    return names;
}

// Hosts and fingerprints of the tables. No more of a table is read than is needed to find enough,
// and of several tables one that cannot be read is passed over.
std::vector<std::string> listed(Context& context, const std::string& prefix)
{
    std::vector<std::string> found;
    std::set<std::string> seen;
    const auto offer = [&](std::string_view word) {
        if (found.size() < most && fits(word, prefix) && seen.insert(std::string(word)).second) {
            found.emplace_back(word);
        }
    };
    // A host that has several entries is offered once.
    const auto offer_all = [&](Store& store) {
        const auto stream = store.stream(EntryOrder::any);
        while (const auto document = found.size() < most ? stream->next() : std::nullopt) {
            for (const Entry& entry : document->entries()) {
                offer(document->value(entry));
                if (!prefix.empty()) { // without one, hosts are enough to choose from
                    offer(document->key(entry));
                }
            }
        }
    };
    for (const AskedTable& asked : context.tables()) {
        try {
            offer_all(context.store(asked.table));
        } catch (const Error& error) {
            if (context.tables().size() == 1 || error.kind() == ErrorKind::interrupted) {
                throw;
            }
        }
    }
    return found;
}

// A shell takes no other key while it waits for a completion, so what is not known soon is not
// offered. The alarm is for what knows no deadline, like a name server or a disk that does not
// answer.
class Haste {
public:
    Haste()
    {
        ::signal(SIGALRM, [](int) { ::_exit(static_cast<int>(ExitStatus::system)); });
        // Nothing has been changed, so the process may end at any place.
        ::alarm(2);
    }

private:
    OverallDeadline deadline_{ std::chrono::milliseconds(1500) };
};

// One answer is a line of three fields: how to offer it, the word, its help.
//   word  the word and a blank behind it
//   part  a word that goes on without a blank
//   files, directories  those of the machine; the word is what the typed one has before the path
void write_answer(
    Context& context, std::string_view how, std::string_view word, std::string_view help = {})
{
    context.out() << how << '\t' << word << '\t' << help << '\n';
}

// Writes each word that fits what has been typed. before: what of the typed word precedes the
// completed part, such as "proxy:".
void write_words(Context& context, std::string_view how, const std::vector<std::string>& words,
    const TypedLine& line, const std::string& before = {})
{
    for (const std::string& word : words) {
        if (fits(word, to_lower(line.given.substr(before.size())))) {
            write_answer(context, how, line.before + before + word);
        }
    }
}

// TYPE:PATH, or proxy:TYPE:PATH.
void complete_table(Context& context, const TypedLine& line)
{
    // The type behind "proxy:" is completed as if that were not there.
    const std::string proxy = line.given.starts_with("proxy:") ? "proxy:" : "";
    const std::size_t colon = line.given.find(':', proxy.size());
    if (colon == std::string::npos) {
        write_words(context, "part", types_here(context), line, proxy);
    } else {
        write_answer(context, "files", line.before + line.given.substr(0, colon + 1));
    }
}

// Who is listed, or else files.
void complete_anybody(Context& context, const TypedLine& line)
{
    std::vector<std::string> found;
    try {
        if (line.given.find('/') == std::string::npos) {
            found = listed(context, to_lower(line.given));
        }
    } catch (const Error&) { // a file can be named without any table
        found.clear();
    }
    if (found.empty()) {
        write_answer(context, "files", line.before);
    } else {
        write_words(context, "word", found, line);
    }
}

// Offers the commands that begin with the given word.
void complete_command(Context& context, const TypedLine& line)
{
    for (const Command& command : command_table()) {
        if (command.group != help_group::hidden && command.name.starts_with(line.given)) {
            write_answer(context, "word", command.name, command.summary);
        }
    }
}

// Offers what was declared for the option or operand.
void complete_value(Context& context, const TypedLine& line)
{
    if (!line.values.words.empty()) {
        write_words(context, "word", line.values.words, line);
        return;
    }
    switch (line.values.kind) {
    case ValueKind::text:
        return;
    case ValueKind::file:
        return write_answer(context, "files", line.before);
    case ValueKind::directory:
        return write_answer(context, "directories", line.before);
    case ValueKind::table:
        return complete_table(context, line);
    case ValueKind::digest:
        return write_words(context, "word", usable_digests(), line);
    case ValueKind::service:
        return write_words(context, "word", services_here(context), line);
    case ValueKind::duration:
        return write_words(context, "word", { "1d", "2d", "7d", "14d", "30d" }, line);
    case ValueKind::command:
        return complete_command(context, line);
    case ValueKind::anybody:
        return complete_anybody(context, line);
    case ValueKind::client:
        if (line.given.find('/') != std::string::npos) {
            return write_answer(context, "files", line.before);
        }
        [[fallthrough]];
    case ValueKind::listed:
        return write_words(context, "word", listed(context, to_lower(line.given)), line);
    }
}

// Those of one command, or of the program.
std::vector<const CLI::Option*> options_of(const CLI::App& app)
{
    return app.get_options([](const CLI::Option* option) { return !option->get_positional(); });
}

// Writes the options of this command whose names begin with the given word.
void complete_options(Context& context, const CLI::App& app, const std::string& given)
{
    for (const CLI::Option* option : options_of(app)) {
        for (const std::string& name : spellings_of(*option)) {
            if (name.starts_with(given)) {
                write_answer(context, "word", name, option->get_description());
            }
        }
    }
}

// Answers what is due at the end of the typed line. The options of the program follow those of the
// command.
void complete_line(CLI::App& app, Context& context)
{
    const TypedLine line = read_typed_line(app, context.typed_words, context.options);
    switch (line.due) {
    case TypedLine::Due::nothing:
        return;
    case TypedLine::Due::command:
        return complete_command(context, line);
    case TypedLine::Due::option:
        if (line.command != nullptr) {
            complete_options(context, *line.command, line.given);
        }
        return complete_options(context, app, line.given);
    case TypedLine::Due::value:
        return complete_value(context, line);
    }
}

// Returns the last field of the line of a command.
std::string_view word_for(NeedsPostfix need)
{
    return need == NeedsPostfix::never ? "never"
        : need == NeedsPostfix::always ? "always"
                                       : "without -t";
}

// NAME, ALIAS, what it does to tables, one line of help, whether it needs a Postfix.
void write_commands(Context& context)
{
    for (const Command& command : command_table()) {
        if (command.group != help_group::hidden) {
            context.out() << command.name << '\t' << command.alias << '\t'
                          << (command.effect == Effect::changes ? "changes" : "reads") << '\t'
                          << command.summary << '\t' << word_for(command.needs_postfix) << '\n';
        }
    }
}

// SPELLINGS, VALUE, one line of help. name: of a command, or empty for the options that all have.
void write_options(CLI::App& app, Context& context, const std::string& name)
{
    const CLI::App* command = name.empty() ? &app : find_command(app, name);
    if (command == nullptr) {
        throw Error(ErrorKind::usage, "unknown command " + quote(name));
    }
    for (const CLI::Option* option : options_of(*command)) {
        context.out() << join(spellings_of(*option), ",") << '\t'
                      << (takes_value(*option) ? option->get_type_name() : "") << '\t'
                      << option->get_description() << '\n';
    }
}

// Answers one question of a shell, or of the tests.
ExitStatus run_complete(const CompleteOptions& options, Context& context)
{
    const Haste haste;
    if (options.kind == "line") {
        complete_line(*options.app, context);
    } else if (options.kind == "commands") {
        write_commands(context);
    } else if (options.kind == "options") {
        write_options(*options.app, context, options.word);
    } else {
        const std::string prefix = to_lower(options.word);
        const std::vector<std::string> words = options.kind == "digests" ? usable_digests()
            : options.kind == "types"                                    ? types_here(context)
            : options.kind == "services"                                 ? services_here(context)
                                                                         : listed(context, prefix);
        for (const std::string& word : words) {
            if (fits(word, prefix)) {
                context.out() << word << '\n';
            }
        }
    }
    return ExitStatus::ok;
}

} // namespace

void declare_complete(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_complete,
        R"(line: what a shell offers at the end of the command line behind --, of which
the last word is being typed. At most 200 hosts and fingerprints are shown.)");
    options.app = command.get_parent();
    add_choice_operand(command, "KIND", options.kind,
        "line, commands, options, digests, types, services, listed",
        { "line", "commands", "options", "digests", "types", "services", "listed" });
    add_value(command, "WORD", "", options.word, "how they begin; of options, the command");
}

} // namespace relayctl
