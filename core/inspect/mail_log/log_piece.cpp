#include "core/inspect/mail_log/log_piece.hpp"

#include "core/inspect/mail_log/journal_entry.hpp"
#include "core/inspect/mail_log/log_line.hpp"
#include "core/inspect/mail_log/sessions_of_piece.hpp"

#include <cstring>
#include <deque>

namespace relayctl {

namespace {

// Calls use(line) for each line, without its newline.
template <typename Use> void for_each_line(std::string_view lines, Use use)
{
    const char* begin = lines.data();
    const char* const end = begin + lines.size();
    while (begin < end) {
        const void* const found = std::memchr(begin, '\n', static_cast<std::size_t>(end - begin));
        const char* const newline = found != nullptr ? static_cast<const char*>(found) : end;
        use(std::string_view(begin, static_cast<std::size_t>(newline - begin)));
        begin = newline + 1;
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
    for_each_line(lines, [&](std::string_view line) {
        LogLine parts;
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
