#include "core/inspect/smtp_lines.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

bool is_reply_line(std::string_view line)
{
    return line.size() >= 3 && line[0] >= '2' && line[0] <= '5'
        && std::all_of(line.begin(), line.begin() + 3, is_digit)
        && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

bool is_last_line(std::string_view line)
{
    return line.size() == 3 || line[3] == ' ';
}

bool offers_starttls(const std::vector<std::string>& lines)
{
    return std::any_of(lines.begin() + 1, lines.end(), [](const std::string& line) {
        const std::string feature = line.substr(std::min<std::size_t>(line.size(), 4));
        return equal_ignoring_case(feature.substr(0, feature.find(' ')), "STARTTLS");
    });
}

std::string bytes_of(const std::string& line, TlsSession* tls)
{
    if (tls == nullptr) {
        return line + "\r\n";
    }
    tls->send(line + "\r\n");
    return tls->take_output();
}

} // namespace relayctl
