#include "core/inspect/mail_log/log_files.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/inspect/mail_log/decompression.hpp"
#include "core/inspect/mail_log/log_piece.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace relayctl {

namespace {

constexpr std::size_t head_size = std::size_t{ 64 } << 10;
// A file up to this size is read to count the years of its lines; of a larger one, lines at this
// distance. Between two of them there is less than a year.
constexpr std::uint64_t small = std::uint64_t{ 4 } << 20;
constexpr std::uint64_t distance = std::uint64_t{ 64 } << 10;

// Takes the end of the name of a compressed file off, or returns false.
bool take_ending(std::string& name)
{
    for (const std::string_view ending : { ".gz", ".xz", ".zst", ".bz2" }) {
        if (name.ends_with(ending)) {
            name.resize(name.size() - ending.size());
            return true;
        }
    }
    return false;
}

bool is_rotated(std::string name, std::string_view base)
{
    take_ending(name);
    return name.size() > base.size() + 1 && name.starts_with(base)
        && (name[base.size()] == '.' || name[base.size()] == '-')
        && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(base.size()) + 1, name.end(),
            [](char c) { return is_digit(c) || c == '-'; });
}

FileDescriptor open_to_read(const std::string& path)
{
    // A FIFO must not keep us waiting for somebody who writes to it.
    FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR) {
            throw Error(ErrorKind::input, escape(path) + ": no such file");
        }
        throw_errno(escape(path), "open");
    }
    return fd;
}

// What lines without a zone tell of the years behind an offset of a plain file.
struct YearsBehind {
    int years = 0; // between the first of these lines and the last one
    std::optional<LogStamp> last; // of the lines that were read
};

YearsBehind years_behind(const LogFile& log, std::uint64_t offset)
{
    YearCount years;
    YearsBehind behind;
    const auto size = static_cast<std::uint64_t>(log.status.st_size);
    const std::uint64_t step = size <= small ? small : distance;
    std::string text(static_cast<std::size_t>(size <= small ? small : 4096), '\0');
    for (std::uint64_t at = offset; at < size; at += step) {
        const std::size_t got = read_at(log.fd.get(), at, text, log.name);
        std::string_view lines = std::string_view(text).substr(0, got);
        lines.remove_prefix(at == offset ? 0 : std::min(lines.find('\n') + 1, lines.size()));
        while (!lines.empty()) {
            const std::string_view line = lines.substr(0, lines.find('\n'));
            lines.remove_prefix(std::min(line.size() + 1, lines.size()));
            const std::size_t length = stamp_length(line);
            const auto stamp = length != 0 ? parse_stamp(line) : std::nullopt;
            if (stamp && !stamp->has_zone) {
                behind.years = years.take(stamp->seconds);
                behind.last = stamp;
                if (step == distance) {
                    break; // one line is enough
                }
            }
        }
    }
    return behind;
}

// Returns the time of a stamp with a zone.
Time time_of(const LogStamp& stamp)
{
    return Time{ std::chrono::seconds(stamp.seconds) };
}

int year_of(Time time)
{
    return static_cast<int>(
        std::chrono::year_month_day{ std::chrono::floor<std::chrono::days>(time) }.year());
}

Time written(const LogFile& log)
{
    return Time{ std::chrono::seconds(log.status.st_mtim.tv_sec) };
}

// Returns the last stamp of a plain file.
std::optional<LogStamp> last_stamp_of(const LogFile& log)
{
    const auto size = static_cast<std::uint64_t>(log.status.st_size);
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(size, head_size)), '\0');
    text.resize(read_at(log.fd.get(), size - text.size(), text, log.name));
    text.resize(text.rfind('\n') + 1);
    return read_log_piece(text, {}).last;
}

} // namespace

std::vector<std::string> with_rotated(const std::string& path)
{
    std::vector<std::string> found;
    const std::string directory = directory_of(path);
    const std::string base = base_name(path);
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename();
        if (name == base || is_rotated(name, base)) {
            found.push_back(
                (directory == "." && !path.starts_with("./") ? "" : directory + '/') + name);
        }
    }
    sort_stably(found);
    std::erase_if(found, [sorted = found](std::string name) {
        return take_ending(name) && std::binary_search(sorted.begin(), sorted.end(), name);
    });
    return found;
}

std::vector<std::string> syslog_files(const std::string& directory)
{
    // Debian; Red Hat and the BSDs; SUSE; busybox, which writes everything to one file.
    for (const char* const name : { "mail.log", "maillog", "mail", "messages" }) {
        const std::string path = directory + '/' + name;
        std::vector<std::string> files = with_rotated(path);
        const auto is_file = [](const std::string& file) {
            const auto status = stat_of(file);
            return status && S_ISREG(status->st_mode) && status->st_size > 0;
        };
        std::erase_if(files, [&](const std::string& file) { return !is_file(file); });
        if (!files.empty()) {
            return files;
        }
    }
    return {};
}

LogFile open_log(const std::string& path)
{
    LogFile log;
    if (path == "-") {
        log.name = "standard input";
        log.fd = FileDescriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    } else {
        log.name = escape(path);
        log.fd = open_to_read(path);
    }
    if (::fstat(log.fd.get(), &log.status) != 0) {
        throw_errno(log.name, "examine");
    }
    log.is_stream = path == "-" || S_ISFIFO(log.status.st_mode);
    if (!log.is_stream && !S_ISREG(log.status.st_mode)) {
        throw Error(ErrorKind::input,
            log.name + ": is " + std::string(kind_of(log.status)) + ", not a file");
    }
    if (log.is_stream && path != "-") {
        ::fcntl(log.fd.get(), F_SETFL, 0); // from now on it waits
    }
    return log;
}

void examine_log(LogFile& log, Time now)
{
    std::string head(log.is_stream ? 4096 : head_size, '\0');
    if (log.is_stream) {
        const ssize_t got = ::read(log.fd.get(), head.data(), head.size());
        if (got < 0) {
            throw_errno(log.name, "read");
        }
        head.resize(static_cast<std::size_t>(got));
        log.is_compressed = is_compressed(head);
    } else {
        head.resize(read_at(log.fd.get(), 0, head, log.name));
        log.is_compressed = is_compressed(head);
        if (log.is_compressed) {
            ::lseek(log.fd.get(), 0, SEEK_SET);
            std::string text(head_size, '\0');
            text.resize(Decompressor(log.fd.get(), "", log.name).read(text));
            head = text;
        }
    }
    log.head = head;
    head.resize(head.rfind('\n') + 1);
    log.first_stamp = read_log_piece(head, {}).first;
    if (log.first_stamp && log.first_stamp->has_zone) {
        log.first = time_of(*log.first_stamp);
        log.first_year
            = log.is_stream || log.is_compressed ? year_of(*log.first) : year_behind(log, 0);
    } else if (log.first_stamp) {
        LocalClock clock;
        log.first_year = log.is_stream || log.is_compressed
            ? clock.latest_year(log.first_stamp->seconds, log.is_stream ? now : written(log))
            : year_behind(log, 0);
        log.first = clock.at(log.first_year, log.first_stamp->seconds, Time::min());
    }
}

int year_behind(const LogFile& log, std::uint64_t offset)
{
    const auto last = last_stamp_of(log);
    const bool begins_with_zone = log.first_stamp && log.first_stamp->has_zone;
    if (!last || (last->has_zone && begins_with_zone)) {
        return begins_with_zone ? year_of(time_of(*log.first_stamp)) : 0;
    }
    const YearsBehind behind = years_behind(log, offset);
    LocalClock clock;
    if (!last->has_zone) {
        return clock.latest_year(last->seconds, written(log)) - behind.years;
    }
    // The form of the stamps was changed within the file.
    return behind.last ? clock.latest_year(behind.last->seconds, time_of(*last)) - behind.years : 0;
}

std::uint64_t end_of_lines(const LogFile& log)
{
    auto end = static_cast<std::uint64_t>(log.status.st_size);
    std::string text(4096, '\0');
    while (end > 0) {
        const std::uint64_t begin = end - std::min<std::uint64_t>(end, text.size());
        const std::size_t got = read_at(log.fd.get(), begin,
            std::span(text).first(static_cast<std::size_t>(end - begin)), log.name);
        const std::size_t newline = std::string_view(text).substr(0, got).rfind('\n');
        if (newline != std::string_view::npos) {
            return begin + newline + 1;
        }
        end = begin;
    }
    return 0;
}

} // namespace relayctl
