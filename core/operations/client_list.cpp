#include "core/operations/client_list.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/text_encoding.hpp"
#include "core/operations/client_host.hpp"
#include "core/x509/escaped_text.hpp"
#include "core/x509/no_list.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

// What people put between a client and its host: in a table blanks, in a spreadsheet commas.
constexpr std::string_view separators = " \t\r\v\f,;|=";

// Takes the separators off both ends.
std::string_view without_separators(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(separators), text.size()));
    return text.substr(0, text.find_last_not_of(separators) + 1);
}

bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

// Takes the quotes off that a spreadsheet or a script puts around a cell.
std::string_view unquoted(std::string_view text)
{
    text = without_separators(text);
    const bool is_quoted = text.size() > 1 && is_quote(text.front()) && text.back() == text.front();
    return is_quoted ? text.substr(1, text.size() - 2) : text;
}

// Takes the comment off the end of a line. It begins with a '#' behind a blank or another
// separator, and outside of double quotes: the name of a file may have one in it.
std::string_view without_comment(std::string_view line)
{
    bool in_quotes = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        in_quotes = line[i] == '"' ? !in_quotes : in_quotes;
        if (line[i] == '#' && !in_quotes && i > 0
            && separators.find(line[i - 1]) != std::string_view::npos) {
            return trim(line.substr(0, i));
        }
    }
    return line;
}

// Splits a line that has a fingerprint in it, which tells where it ends, whatever stands around it.
// Has no value if it has none, or if what stands in front of it is neither a label nor a host.
std::optional<ClientLine> with_fingerprint(std::string_view line, const std::string& place)
{
    const auto found = find_fingerprint(line, 0);
    if (!found) {
        return std::nullopt;
    }
    std::size_t end = found->end;
    end += end < line.size() && is_quote(line[end]) ? 1 : 0;
    const std::string_view who = line.substr(0, end);
    const std::string_view host = unquoted(line.substr(end));
    if (Fingerprint::from_any(who)) {
        return ClientLine{ place, std::string(who), std::string(host) };
    }
    // A spreadsheet may have the host in its first column.
    const bool is_quoted
        = found->begin > 0 && end > found->end && line[found->begin - 1] == line[found->end];
    const std::string before(unquoted(line.substr(0, found->begin - (is_quoted ? 1 : 0))));
    return host.empty() && !problem_with_new_host(before) ? std::optional(ClientLine{
               place, std::string(line.substr(found->begin, found->end - found->begin)), before })
                                                          : std::nullopt;
}

// Returns true for the first line of a spreadsheet, which names its columns: "fingerprint,host".
bool names_columns(std::string_view line)
{
    static constexpr std::array<std::string_view, 15> known = { "fingerprint", "sha256",
        "sha256_fingerprint", "fingerprint_sha256", "sha1", "cert", "certificate", "file", "key",
        "host", "hostname", "host_name", "name", "client", "value" };
    const std::vector<std::string> cells = split_list(to_lower(line), ",;|\t");
    return cells.size() == 2 && std::all_of(cells.begin(), cells.end(), [](const auto& cell) {
        return std::find(known.begin(), known.end(), unquoted(cell)) != known.end()
            && !stat_of(std::string(unquoted(cell)));
    });
}

// Splits a text into its lines. Old programs of the Mac end each with a carriage return alone.
std::vector<std::string> lines_of(std::string text)
{
    if (text.find('\n') == std::string::npos) {
        std::replace(text.begin(), text.end(), '\r', '\n');
    }
    const auto lines = split_lines(text);
    return { lines.begin(), lines.end() };
}

// Splits a line into what names the client and the host. A quoted name may have blanks in it.
ClientLine parse_line(std::string_view line, const std::string& place)
{
    if (auto known = with_fingerprint(with_plain_characters(line), place)) {
        return *std::move(known);
    }
    if (line.find_first_of(",;|=") == 0) {
        throw Error(ErrorKind::input,
            "begins with " + quote(line.substr(0, 1))
                + ", so nothing names the client; a comment begins with '#'");
    }
    ClientLine result{ place, {}, {} };
    const bool quoted = line.starts_with('"');
    // A quoted name ends at the next quote; no escapes are known in it.
    std::size_t end = quoted
        ? line.find('"', 1)
        : static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_blank) - line.begin());
    if (end == std::string_view::npos) {
        throw Error(ErrorKind::input, "a '\"' that is never closed");
    }
    // The name of a file may have a comma in it.
    const std::size_t other = line.find_first_of(",;|");
    if (!quoted && other < end && !stat_of(std::string(line.substr(0, end)))) {
        end = other;
    }
    result.who = quoted ? line.substr(1, end - 1) : line.substr(0, end);
    result.host = unquoted(line.substr(std::min(line.size(), end + (quoted ? 1 : 0))));
    return result;
}

} // namespace

std::vector<ClientLine> read_client_list(const std::string& path, bool any_label)
{
    const std::string name = path == "-" ? "standard input" : path;
    const std::string text
        = in_utf8(path == "-" ? read_descriptor(STDIN_FILENO, name, max_table_bytes)
                              : read_file(path, max_table_bytes).text);
    require_no_certificate_file(text, path, { "relayctl", "add", "FILE", "HOST" });
    require_plain_text(text, path);
    std::vector<ClientLine> lines;
    std::size_t number = 0;
    for (const std::string& raw : lines_of(text)) {
        ++number;
        const std::string_view line = trim(raw);
        if (line.empty() || line.starts_with('#')
            || (number == 1 && names_columns(with_plain_characters(line)))) {
            continue;
        }
        const std::string place = escape(name) + ':' + std::to_string(number);
        try {
            lines.push_back(parse_line(any_label ? line : without_comment(line), place));
        } catch (const Error& error) {
            lines.push_back({ place, {}, {}, error.what() });
        }
    }
    return lines;
}

} // namespace relayctl
