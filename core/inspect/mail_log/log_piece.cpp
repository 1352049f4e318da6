#include "core/inspect/mail_log/log_piece.hpp"

#include "core/base/bytes.hpp"
#include "core/inspect/mail_log/journal_entry.hpp"
#include "core/inspect/mail_log/log_line.hpp"
#include "core/inspect/mail_log/sessions_of_piece.hpp"

#include <algorithm>
#include <cstring>
#include <deque>

namespace relayctl {

namespace {

// Returns where the line begins in which the byte in front of `end` stands.
std::size_t begin_of_line(std::string_view lines, std::size_t end)
{
    const void* const newline = ::memrchr(lines.data(), '\n', end);
    return newline == nullptr
        ? 0
        : static_cast<std::size_t>(static_cast<const char*>(newline) - lines.data()) + 1;
}

// Calls use(line) for the lines in which "/smtpd[" stands, and for those that are JSON, without
// their newlines. Most lines of a mail log are neither, and nobody looks where they end.
template <typename Use> void for_each_possible_line(std::string_view lines, Use use)
{
    std::size_t seen = 0; // bytes of `lines` that were searched
    while (!lines.empty()) {
        if (!lines.starts_with('{')) {
            const std::size_t found = find_pair(lines.substr(seen), { 'd', '[' }, { '\n', '{' });
            if (found == std::string_view::npos) {
                return;
            }
            seen += found + 2;
            if (lines[seen - 1] == '[' && !lines.substr(0, seen).ends_with("/smtpd[")) {
                continue;
            }
            const std::size_t begin = begin_of_line(lines, seen);
            lines.remove_prefix(begin);
            seen -= begin;
        }
        const std::string_view line = lines.substr(0, lines.find('\n', seen));
        use(line);
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        seen = 0;
    }
}

std::optional<LogStamp> stamp_of(std::string_view line)
{
    if (line.starts_with('{')) {
        return parse_stamp(line_of_entry(line));
    }
    const std::size_t length = stamp_length(line);
    return length != 0 ? parse_stamp(line.substr(0, length)) : std::nullopt;
}

// Returns the stamp of the first line that has one, at most a hundred lines away.
std::optional<LogStamp> first_stamp(std::string_view lines)
{
    std::optional<LogStamp> stamp;
    for (int i = 0; i < 100 && !lines.empty() && !stamp; ++i) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        stamp = stamp_of(line);
    }
    return stamp;
}

// Does the same from the end.
std::optional<LogStamp> last_stamp(std::string_view lines)
{
    std::optional<LogStamp> stamp;
    for (int i = 0; i < 100 && !lines.empty() && !stamp; ++i) {
        lines.remove_suffix(lines.ends_with('\n') ? 1 : 0);
        const std::size_t newline = lines.rfind('\n');
        const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
        stamp = stamp_of(lines.substr(begin));
        lines = lines.substr(0, begin);
    }
    return stamp;
}

} // namespace

LogPieceFacts read_log_piece(std::string_view lines, const LogReading& reading)
{
    LogPieceFacts facts;
    facts.bytes = lines.size();
    facts.first = first_stamp(lines);
    std::deque<std::string> texts; // of lines that stand in JSON
    SessionsOfPiece sessions(facts, reading);
    if (facts.first) {
        sessions.note_time(*facts.first);
    }
    LogLine parts;
    for_each_possible_line(lines, [&](std::string_view line) {
        if (read_smtpd_line(line, parts)) {
            sessions.take(parts);
        } else if (line.starts_with('{')) {
            texts.push_back(line_of_entry(line));
            if (read_smtpd_line(texts.back(), parts)) {
                sessions.take(parts);
            }
        }
    });
    facts.last = last_stamp(lines);
    if (facts.last) {
        facts.last_year = sessions.note_time(*facts.last);
    }
    sessions.finish();
    return facts;
}

} // namespace relayctl
