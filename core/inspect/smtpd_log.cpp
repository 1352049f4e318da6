#include "core/inspect/smtpd_log.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

namespace relayctl {

namespace {

constexpr std::uint64_t longest_end = 256 << 10; // as much is read of the end of a log

// Returns the end of a log, from the beginning of a line on; empty if it cannot be read.
std::string newest_lines(const std::string& path)
{
    try {
        // A log may be larger than anything else that is read, but only its end is.
        const auto log = open_if_any(path, std::numeric_limits<std::int64_t>::max());
        const auto size = log ? static_cast<std::uint64_t>(log->status.st_size) : 0;
        std::string text(std::min(size, longest_end), '\0');
        if (text.empty()) {
            return "";
        }
        text.resize(read_at(log->fd.get(), size - text.size(), text, path));
        return size > longest_end ? text.substr(text.find('\n') + 1) : text;
    } catch (const Error&) {
        return "";
    }
}

// Returns what follows "smtpd[PID]: " in a line of the log; empty for lines of others.
std::string_view message_of_smtpd(std::string_view line)
{
    constexpr std::string_view process = "smtpd[";
    const std::size_t tag = line.find("]: ");
    const std::size_t begin = line.substr(0, tag).rfind(process);
    if (tag == std::string_view::npos || begin == std::string_view::npos) {
        return {};
    }
    const std::string_view pid = line.substr(begin + process.size(), tag - begin - process.size());
    return !pid.empty() && std::all_of(pid.begin(), pid.end(), is_digit) ? line.substr(tag + 3)
                                                                         : std::string_view();
}

// Sources: tls_server_init() in tls_server.c, set_cert_stuff() in tls_certkey.c and others say
// "disabling TLS support"; tls_server_start() warns of ciphers and of what OpenSSL says.
bool tells(std::string_view message, SmtpdTrouble kind)
{
    const auto has
        = [&](std::string_view word) { return message.find(word) != std::string_view::npos; };
    switch (kind) {
    case SmtpdTrouble::fatal:
        return message.starts_with("fatal: ") || message.starts_with("panic: ");
    case SmtpdTrouble::tls_setup:
        return message.starts_with("warning: ") && has("disabling TLS");
    case SmtpdTrouble::handshake:
        return message.starts_with("warning: ") && (has("TLS") || has("cipher"));
    }
    return false;
}

} // namespace

std::string last_trouble_of_smtpd(const std::string& maillog_file, SmtpdTrouble kind)
{
    const std::vector<std::string> files = maillog_file.empty()
        ? std::vector<std::string>{ "/var/log/mail.log", "/var/log/maillog" }
        : std::vector<std::string>{ maillog_file };
    for (const std::string& file : files) {
        const std::string text = newest_lines(file);
        const auto lines = split_lines(text);
        // The last message is the newest one.
        const auto found = std::find_if(lines.rbegin(), lines.rend(),
            [&](std::string_view line) { return tells(message_of_smtpd(line), kind); });
        if (found != lines.rend()) {
            return std::string(message_of_smtpd(*found));
        }
    }
    return "";
}

} // namespace relayctl
