#include "app/cli/ask_password.hpp"

#include "app/cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"

#include <termios.h>
#include <unistd.h>

#include <memory>
#include <ostream>

namespace relayctl {

namespace {

constexpr std::uint64_t most_password_bytes = 64 << 10;

// Asks, and returns the line that is typed, which does not appear on the terminal. Throws
// ErrorKind::interrupted; the terminal shows again then what is typed.
std::string read_hidden_line(std::ostream& terminal, const std::string& question)
{
    const InterruptGuard guard;
    struct termios before { };
    const auto set
        = [](struct termios* settings) { ::tcsetattr(STDIN_FILENO, TCSADRAIN, settings); };
    const std::unique_ptr<struct termios, decltype(set)> restored(
        ::tcgetattr(STDIN_FILENO, &before) == 0 ? &before : nullptr, set);
    if (restored) {
        struct termios hidden = before;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        set(&hidden);
    }
    terminal << question << std::flush;
    std::string line = typed_line();
    if (line.ends_with('\n')) {
        line.pop_back();
    }
    return line;
}

} // namespace

std::string password_in_file(Context& context, const std::string& path)
{
    const FileContent file = read_file(path, most_password_bytes);
    if (everybody_may_read(file.status)) {
        report_warning(
            context, escape(path) + ": everybody on this machine may read this password");
    }
    std::string line = file.text.substr(0, file.text.find('\n'));
    if (line.ends_with('\r')) {
        line.pop_back();
    }
    return line;
}

AskPassword password_from(Context& context, const std::string& password_file)
{
    return [&context, &password_file](const std::string& file) {
        if (!password_file.empty()) {
            return password_in_file(context, password_file);
        }
        if (!context.can_ask()) {
            throw Error(ErrorKind::usage, escape(file) + ": only its password opens it",
                { "give a file whose first line is the password: --p12-password-file FILE" });
        }
        std::string password
            = read_hidden_line(context.err(), "password of " + escape(file) + ": ");
        context.err() << '\n';
        return password;
    };
}

} // namespace relayctl
