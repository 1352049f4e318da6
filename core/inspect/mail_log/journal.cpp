#include "core/inspect/mail_log/journal.hpp"

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/base/text.hpp"
#include "core/inspect/mail_log/journal_entry.hpp"

#include <unistd.h>

namespace relayctl {

namespace {

constexpr const char* program = "/usr/bin/journalctl";
constexpr std::size_t entries_piece_size = std::size_t{ 1 } << 20;

std::vector<std::string> words_of(const std::vector<std::string>& more)
{
    std::vector<std::string> words = { program, "-o", "json", "-q", "--no-pager", "--all" };
    words.insert(words.end(), more.begin(), more.end());
    // What has the facility mail, and what a program of the name smtpd has written.
    for (const char* const match : { "SYSLOG_FACILITY=2", "+", "_COMM=smtpd" }) {
        words.emplace_back(match);
    }
    return words;
}

ProcessResult run(const std::vector<std::string>& more, const ProcessOptions& options)
{
    ProcessResult result = run_process(words_of(more), options);
    if (!result.succeeded()) {
        const std::string said = std::string(trim(result.err));
        throw Error(ErrorKind::system,
            "journal: " + (said.empty() ? result.describe() : escape(said)),
            { "give the log of Postfix by --log FILE" });
    }
    return result;
}

} // namespace

bool has_journal()
{
    return ::access(program, X_OK) == 0;
}

void read_journal(const LogReading& reading, std::string& cursor, std::optional<Time> since,
    const std::function<void(LogPieceFacts&&)>& take)
{
    std::vector<std::string> words;
    if (!cursor.empty()) {
        words.push_back("--after-cursor=" + cursor);
    }
    if (since) {
        words.push_back("--since=@" + std::to_string(since->time_since_epoch().count()));
    }
    std::string text;
    const auto use = [&] {
        const std::size_t end = text.rfind('\n') + 1;
        const std::string_view lines = std::string_view(text).substr(0, end);
        if (end > 0) {
            take(read_log_piece(lines, reading));
            const std::string_view last = lines.substr(0, end - 1);
            const std::string reached = cursor_of_entry(last.substr(last.rfind('\n') + 1));
            cursor = reached.empty() ? cursor : reached;
            text.erase(0, end);
        }
    };
    ProcessOptions options;
    options.time_limit = std::chrono::hours(24);
    options.consume_output = [&](std::string_view bytes) {
        text += bytes;
        if (text.size() >= entries_piece_size) {
            use();
        }
    };
    run(words, options);
    use();
}

std::optional<Time> last_in_journal()
{
    try {
        const std::string entry = run({ "-n", "1" }, {}).out;
        const std::string line = line_of_entry(entry);
        const auto stamp = parse_stamp(line.substr(0, line.find(' ')));
        return stamp ? std::optional(Time{ std::chrono::seconds(stamp->seconds) }) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace relayctl
