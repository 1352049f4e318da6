#include "core/inspect/mail_log/log_line.hpp"

#include "core/base/bytes.hpp"
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

// Takes over what stands in front of the bracket, and returns true, if it is the same as in the
// line before but for the digits of the stamp. So all that decides is the same, too.
bool take_same_head(std::string_view line, LogLine& parts) noexcept
{
    const std::size_t bracket = parts.stamp.size() + parts.origin.size();
    if (bracket == 0 || line.size() <= bracket || line[bracket] != '['
        || line.substr(parts.stamp.size(), parts.origin.size()) != parts.origin
        || !is_same_but_digits(line.substr(0, parts.stamp.size()), parts.stamp)) {
        return false;
    }
    parts.stamp = line.substr(0, parts.stamp.size());
    return true;
}

// Reads what stands in front of the bracket. Returns false as read_smtpd_line() does.
bool read_head(std::string_view line, LogLine& parts) noexcept
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
    parts.stamp = line.substr(0, host);
    parts.origin = line.substr(host, bracket - host);
    parts.host = line.substr(host, host_end - host);
    parts.process = process;
    return true;
}

} // namespace

bool read_smtpd_line(std::string_view line, LogLine& parts) noexcept
{
    if (!take_same_head(line, parts) && !read_head(line, parts)) {
        return false;
    }
    const std::size_t bracket = parts.stamp.size() + parts.origin.size();
    std::uint64_t pid = 0;
    std::size_t end = bracket + 1;
    for (; end < line.size() && is_digit(line[end]) && end - bracket <= 10; ++end) {
        pid = pid * 10 + static_cast<std::uint64_t>(line[end] - '0');
    }
    if (end == bracket + 1 || line.substr(end, 3) != "]: ") {
        return false;
    }
    parts.pid = pid;
    parts.message = line.substr(end + 3);
    if (parts.message.ends_with('\r')) {
        parts.message.remove_suffix(1);
    }
    return true;
}

} // namespace relayctl
