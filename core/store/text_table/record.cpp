#include "core/store/text_table/record.hpp"

#include "core/base/file.hpp"
#include "core/postfix/map_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace relayctl {

namespace {

// Returns the word, and the numbers that tell one state of the file from another.
std::string line_of(const char* what, const struct stat& status)
{
    const FileIdentity id = FileIdentity::of(status);
    std::string line = what;
    for (const auto number : { static_cast<long long>(id.device), static_cast<long long>(id.inode),
             static_cast<long long>(id.size), static_cast<long long>(id.modified_ns),
             static_cast<long long>(id.changed_ns) }) {
        line += ' ' + std::to_string(number);
    }
    return line + '\n';
}

// Returns the id that the kernel gave to this boot, with its line end (random(4)); "" without
// /proc.
std::string boot_id()
{
    const FileDescriptor fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    std::array<char, 64> line;
    const ssize_t got = fd ? ::read(fd.get(), line.data(), line.size()) : -1;
    return got > 0 ? std::string(line.data(), static_cast<std::size_t>(got)) : std::string();
}

constexpr std::string_view history_word = "history ";

} // namespace

LockRecord LockRecord::parse(const std::string& text)
{
    LockRecord record;
    const std::size_t at = text.starts_with(history_word) ? 0 : text.find("\nhistory ") + 1;
    if (at == 0 && !text.starts_with(history_word)) {
        record.pair = text;
        return record;
    }
    record.pair = text.substr(0, at);
    const char* const end = text.data() + text.size();
    const auto [behind, error]
        = std::from_chars(text.data() + at + history_word.size(), end, record.number);
    if (error == std::errc() && behind != end && *behind == '\n') {
        record.text.assign(behind + 1, end);
    }
    return record;
}

std::string LockRecord::to_text() const
{
    return pair
        + (number == 0 ? "" : std::string(history_word) + std::to_string(number) + '\n' + text);
}

std::string text_identity(const struct stat& source)
{
    const std::string boot = boot_id();
    return boot.empty() ? "" : "boot " + boot + line_of("source", source);
}

std::string pair_identity(const TableName& opened)
{
    const auto source = stat_of(opened.path);
    const auto map = opened.has_map() ? stat_of(map_file_of(opened)) : std::nullopt;
    const std::string boot = boot_id();
    if (!source || !map || boot.empty()) {
        return {};
    }
    // The first line names the format, so a record in another format is never equal to this one.
    return "relayctl 2 published\n" + opened.type + "\nboot " + boot + line_of("source", *source)
        + line_of("map", *map);
}

} // namespace relayctl
