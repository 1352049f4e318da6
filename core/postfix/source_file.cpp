// Somebody who names a map, a lock file or main.cf by mistake would have it rewritten as a table.
// So the name is judged before anything is opened, and the first bytes before anything is written.
#include "core/postfix/source_file.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/postfix/map_file.hpp"
#include "core/x509/fingerprint.hpp"
#include "core/x509/no_list.hpp"

#include <unistd.h>

#include <algorithm>

namespace relayctl {

namespace {

constexpr std::size_t looked_at = std::size_t{ 64 } << 10; // bytes of the beginning of a file

// Returns true for a regular file that exists; links are followed.
bool is_file(const std::string& path)
{
    const auto status = stat_of(path);
    return status && S_ISREG(status->st_mode);
}

// Returns "/etc/postfix/relay_clients" for "/etc/postfix/relay_clients.db", if that is a file.
std::optional<std::string> source_beside(const std::string& path)
{
    auto suffixes = map_suffixes();
    // These are other files that postmap and relayctl make beside a source.
    suffixes.insert(suffixes.end(),
        { ".cdb.tmp", ".dir", ".pag", ".lock", ".relayctl-new", ".relayctl-saved", ".history",
            ".history-text", ".seen" });
    for (const std::string_view suffix : suffixes) {
        // A source may be called "clients.db": the name only tells if its source is there, too.
        if (path.size() > suffix.size() && path.ends_with(suffix)) {
            std::string source = path.substr(0, path.size() - suffix.size());
            if (!base_name(source).empty() && is_file(source)) {
                return source;
            }
        }
    }
    return std::nullopt;
}

// Returns the type of table whose map has such a name. Where several types have the same suffix it
// may be any of them, and the type of the table counts.
std::string type_by_suffix(const std::string& path, const TableName& table)
{
    std::vector<std::string_view> found;
    for (const TableType& type : table_types()) {
        if (type.has_map() && path.ends_with(type.map_suffix)) {
            found.push_back(type.name);
        }
    }
    return found.size() == 1 ? std::string(found.front()) : table.type;
}

// Returns what to do instead of naming this file.
std::vector<Hint> hints_for(const TableName& table, const std::string& path, std::string type)
{
    if (type.empty()) {
        type = type_by_suffix(path, table);
    }
    const auto source = source_beside(path);
    if (source) {
        return { "the table is named without the suffix: -t " + shell_quote(type + ':' + *source) };
    }
    return { "name the text that the table is made of, as in hash:/etc/postfix/relay_clients" };
}

[[noreturn]] void refuse(
    const std::string& subject, const std::string& what, std::vector<Hint> hints)
{
    throw Error(ErrorKind::input, escape(subject) + ": " + what + ", not the source of a table",
        std::move(hints));
}

// Returns true for a control character other than white space.
bool is_control(unsigned char byte)
{
    return (byte < 0x20 && (byte < '\t' || byte > '\r')) || byte == 0x7f;
}

// Says what the bytes are if no text can begin with them; "" if they may be text.
std::string_view binary_kind(std::string_view head)
{
    using namespace std::string_view_literals;
    const std::string_view text = head.starts_with("\xEF\xBB\xBF") ? head.substr(3) : head;
    if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv)) {
        return "is text in UTF-32, which Postfix does not read";
    }
    // Without a byte order mark, every other byte of western text in UTF-16 is NUL.
    const auto is_nul_at = [&](std::size_t odd) {
        return head.size() >= 4 && head[odd] == '\0' && head[odd + 2] == '\0'
            && head[1 - odd] != '\0' && head[3 - odd] != '\0';
    };
    if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF") || is_nul_at(0)
        || is_nul_at(1)) {
        return "is text in UTF-16, which Postfix does not read";
    }
    if (text.starts_with("-----BEGIN ")) {
        return "is PEM (a certificate, a request or a key)";
    }
    const auto controls = std::count_if(head.begin(), head.end(),
        [](char byte) { return is_control(static_cast<unsigned char>(byte)); });
    // Control characters other than NUL stand in odd texts, too.
    const bool has_nul = head.find('\0') != std::string_view::npos;
    const bool is_binary = has_nul && static_cast<std::size_t>(controls) * 32 > head.size();
    return is_binary ? "is no text, but binary" : "";
}

// Returns what a text holds that has a certificate or a key in it and lists nobody; "" for a table.
// Comments do not count. A table in which somebody has pasted a key remains one.
std::string held_instead(std::string_view head)
{
    std::string text;
    for (const std::string_view line : split_lines(head)) {
        if (Fingerprint::from_key(line.substr(0, line.find_first_of(" \t")))) {
            return "";
        }
        text.append(trim(line).starts_with('#') ? "" : line).append(1, '\n');
    }
    return trim(text).empty() ? "" : held_in_words(text);
}

// Returns why the bytes are no source of a table; "" if they may be one.
std::string why_no_source(std::string_view head)
{
    const std::string_view kind = binary_kind(head);
    const std::string held = kind.empty() ? held_instead(head) : "";
    return held.empty() ? std::string(kind) : "holds " + held;
}

// Returns the type of the map that a file with such a beginning is, "" if it is none. A text may
// have the name of a map without magic.
std::string map_type_of(const std::string& path, std::string_view head)
{
    const std::string type = map_type_by_magic(head);
    return type.empty() && !binary_kind(head).empty() ? map_type_without_magic(path) : type;
}

} // namespace

void require_source_name(const TableName& table, const std::string& path)
{
    const std::string name = base_name(path);
    if (name == "main.cf" || name == "master.cf") {
        refuse(path, "is a configuration file of Postfix", hints_for(table, path, ""));
    }
    if (source_beside(path)) {
        const bool is_ours = name.ends_with(".lock") || name.ends_with(".relayctl-new")
            || name.ends_with(".relayctl-saved") || name.ends_with(".history")
            || name.ends_with(".history-text");
        refuse(path,
            is_ours ? "is a file that relayctl keeps beside a table"
                    : "is the name of a map beside its source",
            hints_for(table, path, ""));
    }
}

void require_text(const OpenFile& file, const std::string& subject, const TableName& table)
{
    std::string head(looked_at, '\0');
    const ssize_t got = ::pread(file.fd.get(), head.data(), head.size(), 0);
    if (got < 0) {
        throw_errno(escape(subject), "read");
    }
    head.resize(static_cast<std::size_t>(got));
    if (const std::string type = map_type_of(subject, head); !type.empty()) {
        refuse(subject, "is a map (" + type + ") that postmap has made",
            hints_for(table, subject, type));
    }
    if (const std::string reason = why_no_source(head); !reason.empty()) {
        refuse(subject, reason, hints_for(table, subject, ""));
    }
}

void require_text(std::string_view text, const std::string& subject)
{
    if (const std::string reason = why_no_source(text.substr(0, looked_at)); !reason.empty()) {
        refuse(subject, reason, {});
    }
}

std::optional<OpenFile> open_source_if_any(const TableName& table)
{
    require_source_name(table, table.path);
    auto file = open_if_any(table.path, max_table_bytes);
    if (file) {
        require_text(*file, table.path, table);
    }
    return file;
}

} // namespace relayctl
