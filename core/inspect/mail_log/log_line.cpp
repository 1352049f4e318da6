#include "core/inspect/mail_log/log_line.hpp"

#include "core/base/text.hpp"
#include "core/inspect/mail_log/log_stamp.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace relayctl {

namespace {

constexpr std::size_t longest_process = 256; // with the machine and what busybox adds

// Returns true for "mail.info", which the syslogd of busybox writes in front of the process
// (parse_fac_prio_20() in sysklogd/syslogd.c).
bool is_priority(std::string_view word) noexcept
{
    constexpr std::array<std::string_view, 8> severities
        = { "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" };
    const std::size_t dot = word.find('.');
    return dot != std::string_view::npos
        && std::find(severities.begin(), severities.end(), word.substr(dot + 1))
        != severities.end();
}

std::size_t find_from(std::string_view text, std::size_t begin, char c) noexcept
{
    const std::size_t length = std::min(text.size() - begin, longest_process);
    const void* const found = std::memchr(text.data() + begin, c, length);
    return found != nullptr
        ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data())
        : std::string_view::npos;
}

} // namespace

bool read_smtpd_line(std::string_view line, LogLine& parts) noexcept
{
    const std::size_t host = stamp_length(line);
    const std::size_t host_end = host != 0 ? find_from(line, host, ' ') : std::string_view::npos;
    if (host_end == std::string_view::npos || host_end == host) {
        return false;
    }
    const std::size_t bracket = find_from(line, host_end, '[');
    if (bracket == std::string_view::npos) {
        return false;
    }
    std::string_view process = line.substr(host_end + 1, bracket - host_end - 1);
    if (!process.ends_with("/smtpd")) {
        return false;
    }
    if (const std::size_t blank = process.find(' '); blank != std::string_view::npos) {
        if (!is_priority(process.substr(0, blank))) {
            return false;
        }
        process.remove_prefix(blank + 1);
        if (process.find(' ') != std::string_view::npos) {
            return false;
        }
    }
    std::uint64_t pid = 0;
    std::size_t end = bracket + 1;
    for (; end < line.size() && is_digit(line[end]) && end - bracket <= 10; ++end) {
        pid = pid * 10 + static_cast<std::uint64_t>(line[end] - '0');
    }
    if (end == bracket + 1 || line.substr(end, 3) != "]: ") {
        return false;
    }
    parts = { line.substr(0, host), line.substr(host, bracket - host),
        line.substr(host, host_end - host), process, pid, line.substr(end + 3) };
    if (parts.message.ends_with('\r')) {
        parts.message.remove_suffix(1);
    }
    return true;
}

} // namespace relayctl
