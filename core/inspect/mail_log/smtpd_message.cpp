#include "core/inspect/mail_log/smtpd_message.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace relayctl {

namespace {

// Takes the prefix off the text, or returns false. It is compiled where it is called, since there a
// comparison with a known text takes one or two instructions.
[[gnu::always_inline]] inline bool take(std::string_view& text, std::string_view prefix) noexcept
{
    if (text.size() < prefix.size()
        || std::memcmp(text.data(), prefix.data(), prefix.size()) != 0) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

// Takes "name[address]" with ":port" if it is there (SMTPD_BUILD_NAMADDRPORT() in smtpd/smtpd.h)
// off the text. Returns an empty text if there is none. A name and an address have no blanks.
std::string_view take_client(std::string_view& text) noexcept
{
    const std::size_t bracket = text.find('[');
    const std::size_t end_of_address = text.find(']', bracket);
    if (bracket == 0 || end_of_address == std::string_view::npos
        || text.substr(0, end_of_address).find(' ') != std::string_view::npos) {
        return {};
    }
    std::size_t end = end_of_address;
    ++end;
    if (end + 1 < text.size() && text[end] == ':' && is_digit(text[end + 1])) {
        do {
            ++end;
        } while (end < text.size() && is_digit(text[end]));
    }
    const std::string_view client = text.substr(0, end);
    text.remove_prefix(end);
    return client;
}

// Returns true if the text has the length of a digest that Postfix computes, from md5 to sha512: a
// line that was cut off has a shorter one. Its digits are upper case, so that equal ones are equal
// texts.
bool is_fingerprint(std::string_view text) noexcept
{
    constexpr std::array<std::size_t, 6> sizes = { 32, 20, 16, 64, 48, 28 };
    return std::any_of(sizes.begin(), sizes.end(),
               [&](std::size_t bytes) { return text.size() == bytes * 3 - 1; })
        && is_pairs_of_digits(text) && !has_lower_case(text);
}

// Takes the last field "NAMEfingerprint" off the text, or returns an empty one.
std::string_view take_last(std::string_view& text, std::string_view name) noexcept
{
    const void* const found = ::memrchr(text.data(), ',', text.size()); // faster than rfind()
    if (found == nullptr) {
        return {};
    }
    const auto comma = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    std::string_view field = text.substr(comma + 1);
    if (!take(field, " ") || !take(field, name) || !is_fingerprint(field)) {
        return {};
    }
    text = text.substr(0, comma);
    return field;
}

// Sources: tls_server_post_accept() in tls/tls_server.c, up to 3.8 and since 3.9. The names in
// front are the client's to choose, so the fields are taken from the end.
void read_certificate(std::string_view text, SmtpdMessage& result) noexcept
{
    for (const auto& [own, of_key] : { std::pair("cert fingerprint=", "pkey fingerprint="),
             std::pair("fingerprint=", "pkey_fingerprint=") }) {
        std::string_view claimed = text;
        const std::string_view key = take_last(claimed, of_key);
        const std::string_view certificate = key.empty() ? key : take_last(claimed, own);
        if (certificate.size() == key.size() && !key.empty()
            && claimed.find(", issuer=") != std::string_view::npos) {
            result.kind = MessageKind::certificate;
            result.first_fingerprint = certificate;
            result.second_fingerprint = key;
            result.text = claimed;
            return;
        }
    }
}

// "CLIENT: subject_CN=...", "CLIENT: raw public key fingerprint=...".
void read_of_client(std::string_view message, SmtpdMessage& result) noexcept
{
    result.client = take_client(message);
    if (result.client.empty() || !take(message, ": ")) {
        return;
    }
    if (take(message, "subject_CN=")) {
        read_certificate(message, result);
    } else if (take(message, "raw public key fingerprint=") && is_fingerprint(message)) {
        result.kind = MessageKind::raw_key;
        result.second_fingerprint = message;
    }
}

// Source: tls_log_summary() in tls/tls_misc.c.
void read_summary(std::string_view message, SmtpdMessage& result) noexcept
{
    const bool anonymous = take(message, "Anonymous");
    result.is_trusted = !anonymous && (take(message, "Trusted") || take(message, "Verified"));
    if (!anonymous && !result.is_trusted && !take(message, "Untrusted")) {
        return;
    }
    if (take(message, " TLS connection established from ")) {
        result.client = take_client(message);
        if (message.starts_with(": ") || message.starts_with(" to ")) {
            result.kind
                = anonymous ? MessageKind::tls_anonymous : MessageKind::tls_with_certificate;
        }
    }
}

// Returns true for "554 5.7.1 <RECIPIENT>: Relay access denied; from=<...", of which only the
// client's recipient is not smtpd's (reject_unauth_destination() in smtpd/smtpd_check.c).
bool is_denial(std::string_view text) noexcept
{
    const std::size_t begin = text.find(" <"); // behind the codes
    const std::size_t end = text.find(">: ");
    if (begin == std::string_view::npos || end == std::string_view::npos || begin > 10) {
        return false;
    }
    std::string_view behind = text.substr(end + 3);
    return take(behind, "Relay access denied;")
        && behind.find("; from=<") == std::string_view::npos;
}

// Behind "QUEUEID: " or "NOQUEUE: ". Source: log_whatsup() in smtpd/smtpd_check.c.
void read_of_command(std::string_view text, SmtpdMessage& result) noexcept
{
    if (take(text, "client=")) {
        result.client = take_client(text);
        if (!result.client.empty() && (text.empty() || text.starts_with(", "))) {
            result.kind = MessageKind::took_message;
            result.has_logged_in = text.starts_with(", sasl_method=");
        }
        return;
    }
    const bool is_permit = take(text, "permit: ");
    if (!is_permit && !take(text, "reject: ")) {
        return;
    }
    text.remove_prefix(std::min(text.find(' '), text.size())); // the command
    if (!take(text, " from ")) {
        return;
    }
    result.client = take_client(text);
    if (!take(text, ": ")) {
        return;
    }
    if (is_permit) {
        result.kind = text.starts_with("action=permit_tls_clientcerts for ")
            ? MessageKind::permitted
            : text.starts_with("action=permit_tls_all_clientcerts for ")
            ? MessageKind::permitted_for_any
            : MessageKind::other;
    } else if (text.starts_with('4') || text.starts_with('5')) {
        result.kind = is_denial(text) ? MessageKind::denied : MessageKind::rejected;
        result.text = text.substr(0, std::min(text.find("; from=<"), text.find("; proto=")));
    }
}

// Source: permit_tls_clientcerts() in smtpd/smtpd_check.c.
void read_warning(std::string_view text, SmtpdMessage& result) noexcept
{
    if (take(text, "permit_tls_clientcerts") || take(text, "permit_tls_all_clientcerts")) {
        if (text == " is requested, but \"smtpd_tls_ask_ccert = no\"") {
            result.kind = MessageKind::not_asked;
        }
    } else if (take(text, "relay_clientcerts: lookup error for fingerprint '")) {
        const std::size_t quote = text.find('\'');
        result.kind = MessageKind::lookup_failed;
        result.first_fingerprint = text.substr(0, quote);
        text.remove_prefix(std::min(quote, text.size()));
        if (take(text, "', pkey fingerprint ") && is_fingerprint(text)
            && text.size() == result.first_fingerprint.size()
            && is_fingerprint(result.first_fingerprint)) {
            result.second_fingerprint = text;
        } else {
            result.first_fingerprint = {};
        }
    }
}

// Source: dict_debug_lookup() in util/dict_debug.c.
bool read_lookup(
    std::string_view message, const std::vector<std::string>& tables, SmtpdMessage& result) noexcept
{
    for (const std::string& table : tables) {
        std::string_view text = message;
        if (!take(text, table) || !take(text, " lookup: \"")) {
            continue;
        }
        const std::string_view fingerprint = text.substr(0, text.find('"'));
        text.remove_prefix(fingerprint.size());
        if (take(text, "\" = \"") && text.ends_with('"') && is_fingerprint(fingerprint)) {
            result.kind = MessageKind::looked_up;
            result.table = table;
            result.first_fingerprint = fingerprint;
            result.text = text.substr(0, text.size() - 1);
        }
        return true;
    }
    return false;
}

// Returns the length of "NOQUEUE" or of the id of a queue file, with ": " behind it; 0 if the
// message does not begin with one.
std::size_t queue_id_length(std::string_view message) noexcept
{
    constexpr std::size_t longest = 24;
    std::size_t end = 0;
    while (end < std::min(message.size(), longest)
        && (is_digit(message[end]) || is_alpha(message[end]))) {
        ++end;
    }
    return end > 0 && message.substr(end, 2) == ": " ? end + 2 : 0;
}

// "fatal: " and "warning: " look like a queue id. Returns true if the message was one of these.
bool read_by_severity(std::string_view message, SmtpdMessage& result) noexcept
{
    if (message.starts_with("fatal: ") || message.starts_with("panic: ")) {
        result.kind = MessageKind::ended;
        return true;
    }
    if (take(message, "warning: ")) {
        read_warning(message, result);
        return true;
    }
    return false;
}

} // namespace

SmtpdMessage read_smtpd_message(
    std::string_view message, const std::vector<std::string>& tables) noexcept
{
    SmtpdMessage result;
    std::string_view rest = message;
    if (take(rest, "connect from ") || take(rest, "disconnect from ")) {
        result.client = take_client(rest);
        if (!result.client.empty() && (rest.empty() || rest.starts_with(' '))) {
            result.kind = message[0] == 'c' ? MessageKind::connected : MessageKind::disconnected;
            result.text = rest;
        }
    } else if (const std::size_t length = queue_id_length(message)) {
        if (!read_by_severity(message, result)) {
            read_of_command(message.substr(length), result);
        }
    } else if (!read_lookup(message, tables, result)) {
        if (message.substr(0, 48).find(" TLS connection established from ") <= 9) {
            read_summary(message, result);
        } else {
            read_of_client(message, result);
        }
    }
    return result;
}

ClientName split_client(std::string_view client) noexcept
{
    const std::size_t bracket = client.find('[');
    const std::size_t end = client.find(']');
    return end == std::string_view::npos || bracket > end
        ? ClientName{}
        : ClientName{ client.substr(0, bracket), client.substr(bracket + 1, end - bracket - 1) };
}

} // namespace relayctl
