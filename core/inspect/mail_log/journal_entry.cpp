#include "core/inspect/mail_log/journal_entry.hpp"

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace relayctl {

namespace {

using Json = nlohmann::json;

// Returns a field as text: journalctl writes bytes that are no UTF-8 as an array of numbers, and an
// array of values if an entry has a field several times, which smtpd's never have.
std::string text_of(const Json& entry, const char* name)
{
    const auto found = entry.find(name);
    if (found == entry.end()) {
        return "";
    }
    if (found->is_string()) {
        return found->get<std::string>();
    }
    std::string text;
    if (found->is_array()) {
        for (const Json& byte : *found) {
            if (!byte.is_number_unsigned() || byte.get<unsigned>() > 255) {
                return "";
            }
            text += static_cast<char>(byte.get<unsigned>());
        }
    }
    return text;
}

std::string line_of_journal(const Json& entry)
{
    // systemd.journal-fields(7): _COMM is the kernel's word, not the writer's.
    const std::string program = text_of(entry, "_COMM");
    const std::string name = text_of(entry, "SYSLOG_IDENTIFIER");
    std::string pid = text_of(entry, "SYSLOG_PID");
    pid = pid.empty() ? text_of(entry, "_PID") : pid;
    const std::string host = text_of(entry, "_HOSTNAME");
    const std::string since_1970 = text_of(entry, "__REALTIME_TIMESTAMP"); // microseconds
    const std::string message = text_of(entry, "MESSAGE");
    long long microseconds = 0;
    const char* const end = since_1970.data() + since_1970.size();
    const auto [behind, error] = std::from_chars(since_1970.data(), end, microseconds);
    const auto time = time_of_seconds(microseconds / 1'000'000);
    if ((!program.empty() && program != "smtpd") || error != std::errc() || behind != end || !time
        || (host + name).find_first_of(" \n") != std::string::npos
        || message.find('\n') != std::string::npos) {
        return "";
    }
    return to_rfc3339(*time) + ' ' + (host.empty() ? "localhost" : host) + ' ' + name + '[' + pid
        + "]: " + message;
}

} // namespace

std::string line_of_entry(std::string_view json)
{
    const Json entry = Json::parse(json, nullptr, false);
    if (!entry.is_object()) {
        return "";
    }
    if (entry.contains("__REALTIME_TIMESTAMP")) {
        return line_of_journal(entry);
    }
    std::string line = text_of(entry, "log");
    const std::string time = text_of(entry, "time");
    if (!line.ends_with('\n')) { // the rest of a long line comes in the next one
        return "";
    }
    line.pop_back();
    return line.find('\n') == std::string::npos && time.find_first_of(" \n") == std::string::npos
        ? time + ' ' + line
        : "";
}

std::string cursor_of_entry(std::string_view json)
{
    const Json entry = Json::parse(json, nullptr, false);
    const std::string cursor = entry.is_object() ? text_of(entry, "__CURSOR") : "";
    return cursor.size() < 1000 && is_plain(cursor) && cursor.find(' ') == std::string::npos
        ? cursor
        : "";
}

} // namespace relayctl
