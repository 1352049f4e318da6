#include "app/cli/system_log.hpp"

#include "core/base/double_quotes.hpp"
#include "core/base/text.hpp"

#include <signal.h>
#include <sys/time.h>
#include <syslog.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace relayctl {

namespace {

// A log daemon drops what comes too fast, and with it lines of others: systemd-journald takes
// 10,000 lines in 30 seconds from one service.
constexpr std::size_t most_lines = 1000;
constexpr std::size_t most_of_reason = 500; // bytes

// Does nothing: that the signal has a handler is enough for a blocking call to end.
void wake_up(int) { }

// Ends a call that waits for a log daemon which takes nothing, after a second: no change waits for
// it. syslog(3) tries twice, so the timer repeats.
class Patience {
public:
    Patience()
    {
        struct sigaction action { };
        action.sa_handler = wake_up;
        ::sigaction(SIGALRM, &action, &saved_);
        const struct itimerval timer = { { 1, 0 }, { 1, 0 } };
        ::setitimer(ITIMER_REAL, &timer, nullptr);
    }
    ~Patience()
    {
        const struct itimerval none {
        };
        ::setitimer(ITIMER_REAL, &none, nullptr);
        ::sigaction(SIGALRM, &saved_, nullptr);
    }
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

private:
    struct sigaction saved_ { };
};

bool is_stuck = false; // the daemon has let us wait: no further line of this process is tried

// Writes a line, which is never a format, whatever is in it.
void write(int priority, const std::string& line)
{
    if (is_stuck) {
        return;
    }
    const Patience patience;
    const auto begin = std::chrono::steady_clock::now();
    ::syslog(priority, "%s", line.c_str());
    is_stuck = std::chrono::steady_clock::now() - begin >= std::chrono::seconds(1);
}

// What became of one entry.
struct EntryOnRecord {
    const EntryView* entry;
    std::string status;
};

// Returns the changed entries, each once: one that was renamed is removed and added in the report.
std::vector<EntryOnRecord> logged_entries(const ChangeReport& report)
{
    std::map<std::string_view, const EntryView*> added;
    for (const EntryView& entry : report.added) {
        added.emplace(entry.fingerprint, &entry);
    }
    std::vector<EntryOnRecord> entries;
    for (const EntryView& entry : report.removed) {
        const auto renamed = added.find(entry.fingerprint);
        if (renamed == added.end()) {
            entries.push_back({ &entry, log_field("status", "removed") });
        } else {
            entries.push_back({ renamed->second,
                log_field("status", "renamed") + ", " + log_field("from", entry.host) });
            added.erase(renamed);
        }
    }
    for (const EntryView& entry : report.added) {
        if (added.contains(entry.fingerprint)) {
            entries.push_back({ &entry, log_field("status", "added") });
        }
    }
    for (const UpdatedEntry& updated : report.updated) {
        entries.push_back({ &updated.entry,
            log_field("status", "updated") + ", " + log_field("what", updated.what) });
    }
    return entries;
}

} // namespace

std::string log_field(const std::string& name, const std::string& value, std::size_t most)
{
    const std::string shown = value.size() > most ? value.substr(0, most) + "..." : value;
    const std::string escaped = escape(shown);
    const bool is_plain
        = !shown.empty() && escaped == shown && shown.find_first_of(" ,\"") == std::string::npos;
    return name + '=' + (is_plain ? shown : in_double_quotes(shown));
}

void SystemLog::begin(Caller caller, std::string command, const std::vector<std::string>& words)
{
    caller_ = std::move(caller);
    command_ = std::move(command);
    words_ = join(words, " ");
    ::openlog("relayctl", LOG_PID, LOG_MAIL);
}

// Returns what every line begins with: "add: by=anna, as=root".
std::string SystemLog::beginning() const
{
    return command_ + ": " + log_field("by", caller_.name())
        + (caller_.before_sudo.empty() ? "" : ", " + log_field("as", caller_.user));
}

// Returns the same with what was typed, where no entry says what the line is about.
std::string SystemLog::with_words() const
{
    return beginning() + ", " + log_field("words", words_);
}

void SystemLog::changed(const TableOutcome& outcome)
{
    if (command_.empty() || !outcome.publication.changed) {
        return;
    }
    has_changed_ = true;
    const std::string begin
        = beginning() + ", " + log_field("table", outcome.table.to_string()) + ", ";
    const std::vector<EntryOnRecord> entries = logged_entries(outcome.report);
    for (std::size_t i = 0; i < std::min(entries.size(), most_lines); ++i) {
        write(LOG_NOTICE,
            begin + log_field("fingerprint", entries[i].entry->fingerprint) + ", "
                + log_field("host", entries[i].entry->host) + ", " + entries[i].status);
    }
    if (entries.size() > most_lines) {
        write(LOG_NOTICE,
            begin + log_field("status", "changed") + ", "
                + log_field("more-entries", std::to_string(entries.size() - most_lines)));
    }
    if (entries.empty()) { // a table was made, or only comments were changed
        write(LOG_NOTICE, begin + log_field("status", "changed"));
    }
}

void SystemLog::changed(const TableName& table, const std::string& status, const std::string& more)
{
    if (!command_.empty()) {
        has_changed_ = true;
        write(LOG_NOTICE,
            beginning() + ", " + log_field("table", table.to_string()) + ", "
                + log_field("status", status) + (more.empty() ? "" : ", " + more));
    }
}

void SystemLog::failed(const TableName& table, const std::string& reason)
{
    if (!command_.empty()) {
        has_failed_ = true;
        write(LOG_WARNING,
            with_words() + ", " + log_field("table", table.to_string()) + ", "
                + log_field("status", "failed") + ", "
                + log_field("reason", reason, most_of_reason));
    }
}

void SystemLog::failed(const Error& error, const std::string& state)
{
    if (command_.empty() || has_failed_) {
        return;
    }
    const bool is_refused
        = !has_changed_ && (error.kind() == ErrorKind::refused || error.kind() == ErrorKind::usage);
    write(LOG_WARNING,
        with_words() + ", " + log_field("status", is_refused ? "refused" : "failed") + ", "
            + log_field(
                "reason", error.what() + (state.empty() ? "" : ", " + state), most_of_reason));
}

void SystemLog::declined()
{
    if (!command_.empty()) {
        write(LOG_NOTICE, with_words() + ", " + log_field("status", "declined"));
    }
}

} // namespace relayctl
