#include "app/cli/ask_password.hpp"

#include "app/cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <ostream>

namespace relayctl {

namespace {

constexpr std::uint64_t most_password_bytes = 64 << 10;

// What is typed does not appear on the terminal while this exists.
class HiddenInput {
public:
    HiddenInput()
        : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0)
    {
        struct termios hidden = before_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (is_terminal_) {
            ::tcsetattr(STDIN_FILENO, TCSADRAIN, &hidden);
        }
    }
    ~HiddenInput()
    {
        if (is_terminal_) {
            ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
        }
    }
    HiddenInput(const HiddenInput&) = delete;
    HiddenInput& operator=(const HiddenInput&) = delete;

private:
    struct termios before_ { };
    bool is_terminal_;
};

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
        std::string password;
        {
            const HiddenInput hidden;
            context.err() << "password of " << escape(file) << ": " << std::flush;
            std::getline(std::cin, password);
        }
        context.err() << '\n';
        return password;
    };
}

} // namespace relayctl
