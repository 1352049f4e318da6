#include "core/operations/client_list.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <unistd.h>

#include <algorithm>

namespace relayctl {

namespace {

// Splits a line into what names the client and the host. A quoted name may have blanks in it.
ClientLine parse_line(std::string_view line, std::string place)
{
    ClientLine result{ std::move(place), {}, {} };
    const bool quoted = line.starts_with('"');
    // A quoted name ends at the next quote; no escapes are known in it.
    const std::size_t end = quoted
        ? line.find('"', 1)
        : static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_blank) - line.begin());
    if (end == std::string_view::npos) {
        throw Error(ErrorKind::input, result.place + ": a '\"' that is never closed");
    }
    result.who = quoted ? line.substr(1, end - 1) : line.substr(0, end);
    result.host = trim(line.substr(std::min(line.size(), end + (quoted ? 1 : 0))));
    return result;
}

} // namespace

std::vector<ClientLine> read_client_list(const std::string& path)
{
    const std::string name = path == "-" ? "standard input" : path;
    const std::string text = path == "-" ? read_descriptor(STDIN_FILENO, name, max_table_bytes)
                                         : read_file(path, max_table_bytes).text;
    std::vector<ClientLine> lines;
    std::size_t number = 0;
    for (const std::string_view raw : split_lines(text)) {
        ++number;
        const std::string_view line = trim(raw);
        if (!line.empty() && !line.starts_with('#')) {
            lines.push_back(parse_line(line, escape(name) + ':' + std::to_string(number)));
        }
    }
    return lines;
}

} // namespace relayctl
