#include "core/inspect/mail_log/mail_log.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/inspect/mail_log/decompression.hpp"
#include "core/inspect/mail_log/journal.hpp"
#include "core/inspect/mail_log/log_files.hpp"
#include "core/inspect/mail_log/read_pieces.hpp"
#include "core/inspect/mail_log/reading_position.hpp"
#include "core/postfix/changes_by_version.hpp"

#include <unistd.h>

#include <algorithm>

namespace relayctl {

namespace {

constexpr std::uint64_t worth_threads = std::uint64_t{ 2 } << 20; // bytes of a log
constexpr std::size_t most_kept_open = 32;

LogReading reading_of(const MailLogQuestion& question)
{
    LogReading reading;
    for (std::string table : question.tables) {
        while (table.starts_with("debug:")) {
            table.erase(0, std::string_view("debug:").size());
        }
        reading.tables.push_back(std::move(table));
    }
    if (!question.mail_version.empty()) {
        reading.key_first = has_change(question.mail_version, Change::key_asked_first);
    }
    return reading;
}

// One reading of the log.
class Reading {
public:
    Reading(const MailLogQuestion& question, const std::function<void(const Sighting&)>& tell)
        : question_(question)
        , reading_(reading_of(question))
        , joiner_(tell, question.since)
    {
        if (auto position = ReadingPosition::parse(question.position)) {
            before_ = std::move(*position);
            for (OpenSession& session : before_.open) {
                joiner_.resume(std::move(session));
            }
        }
    }

    MailLogFacts run()
    {
        const std::vector<std::string> files = files_to_read();
        files.empty() ? read_the_journal() : read_files(files);
        return finish();
    }

private:
    std::vector<std::string> files_to_read() const;
    void read_files(const std::vector<std::string>& paths);
    void keep_position_of_others();
    void read_the_journal();
    void read_file(LogFile& log);
    void read_plain(LogFile& log, const ReadFile* known);
    bool read_compressed(LogFile& log, const ReadFile* known);
    void read_stream(LogFile& log);
    void read(PieceSource& source, bool at_once);
    void begin(const LogFile& log, bool goes_on, int first_year);
    void note(
        const LogFile& log, std::uint64_t offset, std::string_view head, std::string_view tail);
    const ReadFile* known_by_head(const LogFile& log) const;
    bool has_tail(const LogFile& log, const ReadFile& known) const;
    MailLogFacts finish();

    const MailLogQuestion& question_;
    LogReading reading_;
    SessionJoiner joiner_;
    ReadingPosition before_;
    ReadingPosition now_;
    bool is_continued_ = false;
};

std::vector<std::string> Reading::files_to_read() const
{
    if (!question_.files.empty()) {
        return question_.files;
    }
    if (!question_.maillog_file.empty()) {
        std::vector<std::string> files = with_rotated(question_.maillog_file);
        if (files.empty() || question_.maillog_file.starts_with("/dev/")) {
            throw NoMailLog(ErrorKind::input,
                escape(question_.maillog_file)
                    + ": Postfix writes its log there, and no file has it",
                { "give what it has written by --log FILE, or by --log - as standard input" });
        }
        return files;
    }
    std::vector<std::string> files = syslog_files("/var/log");
    if (!has_journal()) {
        if (files.empty()) {
            throw NoMailLog(ErrorKind::input, "no mail log is found",
                { "give the log of Postfix by --log FILE" });
        }
        return files;
    }
    // Files that a syslog of the past has left are not the log any more.
    std::time_t newest = 0;
    for (const std::string& file : files) {
        const auto status = stat_of(file);
        newest = std::max(newest, status ? status->st_mtime : 0);
    }
    const Time written{ std::chrono::seconds(newest) };
    if (!files.empty() && written < question_.now - std::chrono::days(2)) {
        const auto last = last_in_journal();
        return last && *last > written ? std::vector<std::string>() : files;
    }
    return files;
}

void Reading::read_files(const std::vector<std::string>& paths)
{
    std::vector<LogFile> logs;
    for (const std::string& path : paths) {
        LogFile log = open_log(path);
        const auto is_same = [&](const auto& other) {
            return other.status.st_dev == log.status.st_dev
                && other.status.st_ino == log.status.st_ino;
        };
        if (std::any_of(logs.begin(), logs.end(), is_same)) {
            continue;
        }
        const Time written{ std::chrono::seconds(log.status.st_mtim.tv_sec) };
        const auto known = std::find_if(before_.files.begin(), before_.files.end(),
            [&](const ReadFile& file) { return file.is_unchanged(log.status); });
        if (!log.is_stream && known != before_.files.end()) {
            now_.files.push_back(*known);
            is_continued_ |= known + 1 == before_.files.end();
        } else if (log.is_stream || !question_.since || written >= *question_.since) {
            examine_log(log, question_.now);
            logs.push_back(std::move(log));
        }
    }
    // Of two that begin in the same second, the one that was written to last goes on.
    sort_stably(logs, [](const LogFile& a, const LogFile& b) {
        return a.first && b.first
            && std::pair(*a.first, FileIdentity::of(a.status).modified_ns)
            < std::pair(*b.first, FileIdentity::of(b.status).modified_ns);
    });
    for (const LogFile& log : logs) {
        const ReadFile* const known = known_by_head(log);
        is_continued_ |= known != nullptr && known == &before_.files.back();
    }
    // A stream that begins no later than the last reading ended has all that came since then.
    is_continued_ |= logs.size() == 1 && logs[0].is_stream && before_.last && logs[0].first
        && *logs[0].first <= *before_.last;
    for (LogFile& log : logs) {
        read_file(log);
    }
    if (!question_.files.empty()) {
        keep_position_of_others();
    }
}

// The log of this Postfix is read on from where it was left, even if others were read meanwhile.
void Reading::keep_position_of_others()
{
    now_.journal_cursor = before_.journal_cursor;
    std::vector<ReadFile> others = before_.files;
    std::erase_if(others, [this](const ReadFile& other) {
        return std::any_of(now_.files.begin(), now_.files.end(),
            [&](const ReadFile& file) { return file.head == other.head; });
    });
    now_.files.insert(now_.files.begin(), others.begin(), others.end());
}

void Reading::read_file(LogFile& log)
{
    const ReadFile* const known = log.is_stream ? nullptr : known_by_head(log);
    if (log.is_stream) {
        read_stream(log);
    } else if (!log.is_compressed) {
        read_plain(log, known != nullptr && has_tail(log, *known) ? known : nullptr);
    } else if (!read_compressed(log, known)) {
        read_compressed(log, nullptr);
    }
    log.fd.reset();
}

// Returns what was read of a file that begins with the same bytes.
const ReadFile* Reading::known_by_head(const LogFile& log) const
{
    const std::string_view head = log.head;
    const auto found
        = std::find_if(before_.files.rbegin(), before_.files.rend(), [&](const ReadFile& file) {
              return !log.is_stream && file.head_size > 0 && file.head_size <= head.size()
                  && content_mark(head.substr(0, static_cast<std::size_t>(file.head_size)))
                  == file.head;
          });
    return found == before_.files.rend() ? nullptr : &*found;
}

// Returns true if the bytes in front of the offset are still the same.
bool Reading::has_tail(const LogFile& log, const ReadFile& known) const
{
    if (known.offset > static_cast<std::uint64_t>(log.status.st_size)) {
        return false;
    }
    std::string tail(
        static_cast<std::size_t>(std::min<std::uint64_t>(known.offset, StreamPieces::tail_size)),
        '\0');
    tail.resize(read_at(log.fd.get(), known.offset - tail.size(), tail, log.name));
    return content_mark(tail) == known.tail;
}

// goes_on: an earlier reading knows the file. Of others, only what is new counts, if there was an
// earlier reading.
void Reading::begin(const LogFile& log, bool goes_on, int first_year)
{
    std::optional<Time> not_before;
    if (before_.last && !goes_on) {
        const bool is_new = is_continued_ && !log.is_stream && log.first
            && *log.first >= *before_.last - std::chrono::hours(2);
        not_before = is_new ? std::nullopt : std::optional(*before_.last + std::chrono::seconds(1));
    }
    const bool is_behind = goes_on && log.is_compressed;
    joiner_.begin_source(
        log.name, first_year, is_behind ? log.first_stamp : std::nullopt, not_before);
}

void Reading::read(PieceSource& source, bool at_once)
{
    read_pieces(source, reading_, at_once,
        [this](LogPieceFacts&& piece) { joiner_.take(std::move(piece)); });
}

void Reading::read_plain(LogFile& log, const ReadFile* known)
{
    const std::uint64_t from = known != nullptr ? known->offset : 0;
    const std::uint64_t end = std::max(from, end_of_lines(log));
    begin(log, known != nullptr, from > 0 ? year_behind(log, from) : log.first_year);
    FilePieces pieces(log.fd.get(), log.name, from, end);
    read(pieces, end - from > worth_threads);
    std::string tail(
        static_cast<std::size_t>(std::min<std::uint64_t>(end, StreamPieces::tail_size)), '\0');
    tail.resize(read_at(log.fd.get(), end - tail.size(), tail, log.name));
    note(log, end,
        std::string_view(log.head).substr(
            0, static_cast<std::size_t>(std::min<std::uint64_t>(end, StreamPieces::head_size))),
        tail);
}

// Returns false if what was read of the file before is not in it.
bool Reading::read_compressed(LogFile& log, const ReadFile* known)
{
    if (::lseek(log.fd.get(), 0, SEEK_SET) < 0) {
        throw_errno(log.name, "read");
    }
    Decompressor decompressor(log.fd.get(), "", log.name);
    StreamPieces pieces([&](std::span<char> buffer) { return decompressor.read(buffer); });
    if (known != nullptr) {
        pieces.skip(known->offset);
        if (pieces.size() != known->offset || content_mark(pieces.tail()) != known->tail) {
            return false;
        }
    }
    begin(log, known != nullptr, log.first_year);
    read(pieces, static_cast<std::uint64_t>(log.status.st_size) > worth_threads / 8);
    note(log, pieces.size(), pieces.head(), pieces.tail());
    return true;
}

void Reading::read_stream(LogFile& log)
{
    std::optional<Decompressor> decompressor;
    std::string head = std::move(log.head);
    if (log.is_compressed) {
        decompressor.emplace(log.fd.get(), std::move(head), log.name);
        head.clear();
    }
    StreamPieces pieces([&](std::span<char> buffer) {
        if (decompressor) {
            return decompressor->read(buffer);
        }
        const std::size_t size = head.copy(buffer.data(), buffer.size());
        head.erase(0, size);
        return size + read_up_to(log.fd.get(), buffer.subspan(size), log.name);
    });
    begin(log, false, log.first_year);
    read(pieces, true);
}

void Reading::note(
    const LogFile& log, std::uint64_t offset, std::string_view head, std::string_view tail)
{
    if (offset == 0) {
        return; // nothing tells it from other files
    }
    const FileIdentity identity = FileIdentity::of(log.status);
    now_.files.push_back(
        { identity.device, identity.inode, static_cast<std::uint64_t>(identity.size),
            identity.modified_ns, offset, head.size(), content_mark(head), content_mark(tail) });
}

void Reading::read_the_journal()
{
    std::string cursor = before_.journal_cursor;
    is_continued_ = !cursor.empty();
    joiner_.begin_source("journal", 0, std::nullopt,
        before_.last && !is_continued_ ? std::optional(*before_.last + std::chrono::seconds(1))
                                       : std::nullopt);
    read_journal(reading_, cursor, question_.since,
        [this](LogPieceFacts&& piece) { joiner_.take(std::move(piece)); });
    now_.journal_cursor = cursor;
}

MailLogFacts Reading::finish()
{
    if (question_.keeps_open_sessions) {
        // smtpd ends a session after some minutes without a command. That counts by the time of the
        // log: where nothing new is in it, the end of a session may still come.
        const Time now = joiner_.facts().last.value_or(before_.last.value_or(question_.now));
        now_.open = joiner_.keep_open(most_kept_open, now - std::chrono::days(1));
    } else {
        joiner_.tell_open();
    }
    MailLogFacts facts = std::move(joiner_.facts());
    now_.last = before_.last && facts.last ? std::max(*before_.last, *facts.last)
        : facts.last                       ? facts.last
                                           : before_.last;
    facts.is_continued = is_continued_;
    if (!now_.files.empty() || !now_.journal_cursor.empty() || now_.last) {
        facts.position = now_.to_text();
    }
    return facts;
}

} // namespace

MailLogFacts read_mail_log(
    const MailLogQuestion& question, const std::function<void(const Sighting&)>& tell)
{
    return Reading(question, tell).run();
}

} // namespace relayctl
