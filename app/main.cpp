#include "app/run.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

// Who did it, for the annotation of an entry: root is not a person.
std::string user_name()
{
    if (std::string before_sudo = variable("SUDO_USER"); ::geteuid() == 0 && !before_sudo.empty()) {
        return before_sudo;
    }
    const struct passwd* user = ::getpwuid(::geteuid());
    return user != nullptr ? user->pw_name : std::to_string(::geteuid());
}

// locale(7): the first of these that is not empty decides.
bool speaks_utf8()
{
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (const std::string locale = variable(name); !locale.empty()) {
            const std::string encoding = locale.substr(std::min(locale.find('.'), locale.size()));
            return ::strncasecmp(encoding.c_str(), ".utf-8", 6) == 0 || ::strncasecmp(encoding.c_str(), ".utf8", 5) == 0;
        }
    }
    return false;
}

std::size_t columns_of(int fd)
{
    struct winsize size {};
    return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// A caller may have closed 0, 1 or 2: the next file opened must not become one of them.
void open_standard_streams()
{
    int fd = 0;
    do {
        fd = ::open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= 2);
    if (fd > 2) {
        ::close(fd);
    }
}

// libpq and OpenSSL would obey them, while smtpd has none: tables, CAs and certificates must be the
// same for both. HOME is where libpq looks for certificates and passwords: without it, in the home
// of the user that it runs as.
void forget_what_smtpd_does_not_have()
{
    std::vector<std::string> names;
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const bool is_of_openssl = text.starts_with("SSL_CERT_") || text.starts_with("OPENSSL_")
            || text.starts_with("CTLOG_FILE=");
        if (text.starts_with("PG") || text.starts_with("HOME=") || is_of_openssl) {
            names.emplace_back(text.substr(0, text.find('=')));
        }
    }
    for (const std::string& name : names) {
        ::unsetenv(name.c_str());
    }
}

} // namespace

int main(int argc, char** argv)
{
    open_standard_streams();
    forget_what_smtpd_does_not_have();
    std::signal(SIGXFSZ, SIG_IGN); // a file size limit is a failing write, to be cleaned up after
    std::ios::sync_with_stdio(false);
    relayctl::Environment environment;
    environment.mail_config = variable("MAIL_CONFIG");
    environment.path = variable("PATH");
    environment.no_color = !variable("NO_COLOR").empty() || variable("TERM") == "dumb";
    environment.speaks_utf8 = speaks_utf8();
    environment.columns = columns_of(STDOUT_FILENO);
    environment.user = user_name();
    environment.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
    environment.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    environment.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    const std::string epoch = variable("SOURCE_DATE_EPOCH");
    long long seconds = 0;
    if (const auto [end, error] = std::from_chars(epoch.data(), epoch.data() + epoch.size(), seconds); error == std::errc() && *end == '\0') {
        environment.now = relayctl::Time(std::chrono::seconds(seconds));
    }
    return relayctl::run({argv + 1, argv + argc}, std::cout, std::cerr, std::move(environment));
}
