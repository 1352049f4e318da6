#include "app/cli/report.hpp"

#include "app/cli/short_fingerprint.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <ostream>

namespace relayctl {

namespace {

constexpr std::string_view hint_color = "\033[36m";

// Writes one line "relayctl: KIND: MESSAGE". Only the kind is in colour, since a message is often
// copied.
void say(Context& context, std::string_view color, std::string_view kind, std::string_view message)
{
    std::ostream& err = context.err();
    err << "relayctl: ";
    if (!kind.empty()) {
        const bool colored = context.colored_messages() && !color.empty();
        err << (colored ? color : "") << kind << (colored ? "\033[0m" : "") << ": ";
    }
    err << message << '\n';
}

} // namespace

void report_error(Context& context, const Error& error)
{
    // The error may say more exactly what was changed than the command did before it began.
    const std::string& state = error.state().empty() ? context.state : error.state();
    const std::string message = with_shown_fingerprints(context, error.what());
    std::vector<std::string_view> faults = split_lines(message);
    if (faults.size() < 2) {
        say(context, "\033[1;31m", "error", message + (state.empty() ? "" : ", " + state));
    } else {
        for (const std::string_view fault : faults) {
            say(context, "\033[1;31m", "error", fault);
        }
        if (!state.empty()) { // it is true of all of them
            say(context, "\033[1;31m", "error", state);
        }
    }
    for (const Hint& hint : error.hints()) {
        const std::string said = context.repair().complete(hint);
        if (!said.empty()) { // else it is a command that no shell takes
            say(context, hint_color, "hint", said);
        }
    }
}

void report_warning(Context& context, std::string_view message)
{
    say(context, "\033[1;33m", "warning", message);
}

void report_done(Context& context, std::string_view message)
{
    if (!context.options.quiet) {
        say(context, "", "", message);
    }
}

void report_note(Context& context, std::string_view message)
{
    if (!context.options.quiet) {
        say(context, "", "note", message);
    }
}

void note_unknown_expiry(Context& context, std::size_t count)
{
    if (count > 0) {
        report_note(context,
            "of " + count_of(count, "entry", "entries")
                + " it is not known when the certificate expires; "
                + context.repair().relayctl("annotate CERT") + " notes it");
    }
}

void report_hint(Context& context, std::string_view message)
{
    if (!context.options.quiet) {
        say(context, hint_color, "hint", message);
    }
}

void report_command(Context& context, std::string_view command)
{
    if (!command.empty()) {
        report_hint(context, command);
    }
}

std::string typed_line()
{
    std::string line;
    for (char c = '\0'; c != '\n';) {
        std::array<struct pollfd, 2> sources
            = { { { STDIN_FILENO, POLLIN, 0 }, { interrupt_descriptor(), POLLIN, 0 } } };
        const int ready = ::poll(sources.data(), sources.size(), -1);
        throw_if_interrupted();
        if (ready > 0 && ::read(STDIN_FILENO, &c, 1) < 1) {
            break;
        }
        line.append(ready > 0 ? 1 : 0, c);
    }
    return line;
}

std::string answer_to(Context& context, const std::string& question)
{
    context.err() << "relayctl: " << question << std::flush;
    return typed_line();
}

bool confirmed(Context& context, const std::string& question)
{
    // A cron job must not wait for an answer that nobody gives.
    if (!context.can_ask()) {
        throw Error(ErrorKind::usage, question + ": nobody is here to be asked",
            { "to go on without a question, give --yes; to see first: --dry-run" });
    }
    // An end of the input is no "yes".
    const std::string word = to_lower(trim(answer_to(context, question + "? [y/N] ")));
    return word == "y" || word == "yes";
}

} // namespace relayctl
