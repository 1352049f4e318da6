// Two things are looked for in a text: URIs, of which only harmless parts are kept, and "password
// =" with what follows. In doubt something is left out: a message that shows too little can be
// looked up in the file, one that shows a password cannot be taken back.
#include "core/postfix/passwords.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace relayctl {

namespace {

constexpr std::array<std::string_view, 2> schemes = { "postgresql://", "postgres://" };

// Returns the length of the scheme at the beginning; 0 if it is no URI of PostgreSQL.
std::size_t scheme_length(std::string_view text) noexcept
{
    const auto found = std::find_if(schemes.begin(), schemes.end(),
        [&](std::string_view scheme) { return text.starts_with(scheme); });
    return found == schemes.end() ? 0 : found->size();
}

// Returns the text with each %xx as its byte; others stay as they are.
std::string percent_decoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '%' && i + 2 < text.size()
            && std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr
                == text.data() + i + 3) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

// Finds the next value behind "password =" or "secret =", at or behind `from`; "sslpassword" counts
// as well. Returns where it begins and how long it is. libpq knows such words in lower case only,
// but people write them in capitals, too.
std::optional<std::pair<std::size_t, std::size_t>> find_value(
    std::string_view text, std::size_t from)
{
    const std::string lower = to_lower(text);
    for (std::size_t at = from; at < lower.size(); ++at) {
        const std::string_view rest = std::string_view(lower).substr(at);
        const std::size_t word = rest.starts_with("password") ? 8
            : rest.starts_with("secret")                      ? 6
                                                              : 0;
        std::size_t begin
            = word == 0 ? std::string::npos : text.find_first_not_of(" \t", at + word);
        if (begin >= text.size() || text[begin] != '=') {
            continue;
        }
        begin = std::min(text.find_first_not_of(" \t", begin + 1), text.size());
        const bool is_quoted = begin < text.size() && text[begin] == '\'';
        std::size_t end = begin + (is_quoted ? 1 : 0);
        while (end < text.size()
            && (is_quoted ? text[end] != '\'' : !is_blank(text[end]) && text[end] != '&')) {
            end += text[end] == '\\' ? 2 : 1;
        }
        end = std::min(end + (is_quoted ? 1 : 0), text.size());
        return std::pair(begin, end - begin);
    }
    return std::nullopt;
}

// Returns true if the text has letters and digits of ASCII only, and the other characters.
bool is_plain(std::string_view text, std::string_view others)
{
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || others.find(c) != std::string_view::npos;
    });
}

// Returns true for a list like "db.example:5432,[::1]", in which a port is a number.
bool is_host_list(std::string_view text)
{
    for (const std::string& host : split_list(text, ",")) {
        const std::size_t behind = host.starts_with('[') ? host.find(']') : 0;
        const std::size_t colon
            = behind == std::string::npos ? std::string::npos : host.find(':', behind);
        const std::string_view port
            = colon == std::string::npos ? "" : std::string_view(host).substr(colon + 1);
        const std::string_view name
            = std::string_view(host).substr(0, std::min(colon, host.size()));
        if (!is_plain(name, behind > 0 ? "[]:.%" : ".-_%")
            || !std::all_of(port.begin(), port.end(), is_digit)) {
            return false;
        }
    }
    return true;
}

} // namespace

bool is_connection_string(std::string_view dbname) noexcept
{
    return scheme_length(dbname) > 0 || dbname.find('=') != std::string_view::npos;
}

bool is_password(std::string_view parameter) noexcept
{
    return parameter.ends_with("_password");
}

bool has_password_in(std::string_view connection_string)
{
    if (const std::size_t length = scheme_length(connection_string); length > 0) {
        const std::string_view rest = connection_string.substr(length);
        // libpq looks for the end of user:password in the same way.
        const std::size_t at = rest.find_first_of("@/");
        const std::size_t colon = rest.find(':');
        if (at != std::string_view::npos && rest[at] == '@' && colon < at && colon + 1 < at) {
            return true;
        }
    }
    const std::string decoded = scheme_length(connection_string) > 0
        ? percent_decoded(connection_string)
        : std::string(connection_string);
    std::size_t from = 0;
    for (auto value = find_value(decoded, from); value; value = find_value(decoded, from)) {
        if (value->second > 0 && decoded.substr(value->first, value->second) != "''") {
            return true;
        }
        from = value->first + value->second;
    }
    return false;
}

std::string printable_uri(std::string_view uri)
{
    const std::size_t length = scheme_length(uri);
    std::string_view rest = uri.substr(length);
    const std::size_t at = rest.find('@');
    if (at != std::string_view::npos) {
        // libpq itself would take parts of such a password for the host.
        if (rest.find('/') < at || rest.find('@', at + 1) != std::string_view::npos) {
            return std::string(uri.substr(0, length)) + "...";
        }
        rest.remove_prefix(at + 1);
    }
    rest = rest.substr(0, rest.find('?'));
    const std::string_view hosts = rest.substr(0, rest.find('/'));
    if (!is_host_list(hosts)) {
        return std::string(uri.substr(0, length)) + "...";
    }
    const std::string_view database = rest.substr(hosts.size());
    return std::string(uri.substr(0, length)) + std::string(hosts)
        + (is_plain(database, "/.-_") ? std::string(database) : "/...");
}

std::string printable_host(std::string_view word)
{
    return word.find_first_of("@=?&") == std::string_view::npos ? std::string(word) : "...";
}

std::string without_passwords(std::string_view message)
{
    std::string text;
    for (std::size_t i = 0; i < message.size();) {
        if (scheme_length(message.substr(i)) == 0) {
            text += message[i++];
            continue;
        }
        const std::size_t end = std::min(message.find_first_of(" \t\r\n", i), message.size());
        std::string_view uri = message.substr(i, end - i);
        // Punctuation at the end of a word belongs to the message and not to the URI.
        const std::size_t size = uri.find_last_not_of(":,;.\"')") + 1;
        text += printable_uri(uri.substr(0, size));
        text += uri.substr(size);
        i = end;
    }
    // Behind this message stands a line of a file (cfg_parser.c, dict.c).
    if (const std::size_t line = text.find("missing '=' after attribute name");
        line != std::string::npos) {
        const std::size_t colon = std::min(text.find(':', line), text.size());
        text.erase(colon, std::min(text.find('\n', colon), text.size()) - colon);
    }
    std::size_t from = 0;
    for (auto value = find_value(text, from); value; value = find_value(text, from)) {
        // An empty value is no secret.
        const std::string_view shown = value->second > 0 ? "..." : "";
        text.replace(value->first, value->second, shown);
        from = value->first + shown.size();
    }
    return text;
}

} // namespace relayctl
