// Which files have the mail log, and opening them.
#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/base/time.hpp"
#include "core/inspect/mail_log/log_stamp.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Returns a log with its rotated ones, as logrotate, newsyslog and "postfix logrotate" name them
// (mail.log.1, mail.log.2.gz, maillog-20261128.xz, maillog.20261128-120000), those that exist. If a
// file and its compressed copy are there, it is the file: it is being compressed at this moment.
std::vector<std::string> with_rotated(const std::string& path);

// Returns the files that syslog writes mail to, the first of the usual names that exists in the
// directory, with its rotated ones; empty if there is none.
std::vector<std::string> syslog_files(const std::string& directory);

// A log that is open for reading.
struct LogFile {
    std::string name; // the path, or "standard input"
    FileDescriptor fd;
    struct stat status { };
    bool is_stream = false; // a pipe, which is read once
    bool is_compressed = false;
    std::string head; // its first bytes, decompressed; of a stream, what has been read of it
    std::optional<LogStamp> first_stamp; // of its first line that has one
    int first_year = 0; // of the first stamp that has no zone
    std::optional<Time> first; // the stamp as a time
};

// Opens a log. "-" is standard input. Throws ErrorKind::input if there is no such file, or if it is
// neither a file nor a pipe, and throw_errno() as open(2) does.
LogFile open_log(const std::string& path);

// Reads `head`, and what follows from it. The time of a file tells the year of stamps without one,
// `now` that of a stream; these are taken to span less than a year, plain files may span several.
// Throws what Decompressor and read_at() throw.
void examine_log(LogFile& log, Time now);

// Returns the year of the first stamp without zone behind an offset of a plain file, of which
// first_stamp is known.
int year_behind(const LogFile& log, std::uint64_t offset);

// Returns the offset behind the last complete line of a plain file.
std::uint64_t end_of_lines(const LogFile& log);

} // namespace relayctl
