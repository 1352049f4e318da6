#include "core/inspect/mail_log/logged_process.hpp"

namespace relayctl {

void LoggedProcess::forget()
{
    LoggedProcess empty;
    empty.origin = origin;
    empty.pid = pid;
    *this = empty;
}

void LoggedProcess::count(
    const SmtpdMessage& message, const LineTime& time, std::optional<bool> key_first)
{
    if (is_lost) {
        return;
    }
    switch (message.kind) {
    case MessageKind::tls_with_certificate:
        came_with_certificate = true;
        handshake = time.text;
        handshake_year = time.year;
        is_trusted |= message.is_trusted;
        break;
    case MessageKind::permitted:
        ++permitted;
        break;
    case MessageKind::permitted_for_any:
        ++permitted_for_any;
        break;
    case MessageKind::denied:
        ++denied;
        break;
    case MessageKind::rejected:
        ++rejected;
        rejection = message.text;
        break;
    case MessageKind::took_message:
        ++messages;
        has_logged_in |= message.has_logged_in;
        break;
    case MessageKind::looked_up:
        take_lookup(message, time);
        break;
    case MessageKind::lookup_failed:
        take_failure(message, time, key_first);
        break;
    default:
        break;
    }
}

// Returns false if the message tells a fingerprint that another client must have: then lines
// between are lost. Once an entry was found, no other fingerprint is looked up. A lookup that
// failed tells both fingerprints of its client.
bool LoggedProcess::may_tell(const SmtpdMessage& message) const noexcept
{
    const std::string_view first = message.first_fingerprint;
    const std::string_view second = message.second_fingerprint;
    if (first.empty() || !has_fingerprints()) {
        return true;
    }
    if (!second.empty()) {
        const auto is_told = [&](std::string_view fingerprint) {
            return fingerprint.empty() || fingerprint == first || fingerprint == second;
        };
        return is_told(key) && is_told(certificate);
    }
    return key == first || certificate == first
        || (certificate.empty() && !is_raw_key && found_fingerprint.empty());
}

// A lookup tells a fingerprint where no line tells both: the first is the key's, as debug: came
// later (3.11) than that order (3.9).
void LoggedProcess::take_fingerprint(std::string_view fingerprint, const LineTime& time)
{
    if (!has_fingerprints()) {
        LoggedProcess only;
        only.origin = origin;
        only.pid = pid;
        only.is_known = is_known;
        only.is_open = true;
        only.begins = begins;
        only.came_with_certificate = came_with_certificate;
        only.is_trusted = is_trusted;
        only.client = client;
        *this = only;
        key = fingerprint;
        stamp = time.stamp;
        year = time.year;
    } else if (certificate.empty() && !is_raw_key && key != fingerprint) {
        certificate = fingerprint;
    }
}

// What follows a fingerprint of another client is of a session whose beginning is lost: up to the
// next beginning it counts for nobody.
void LoggedProcess::take_lookup(const SmtpdMessage& message, const LineTime& time)
{
    is_lost = !may_tell(message);
    if (is_lost) {
        return;
    }
    take_fingerprint(message.first_fingerprint, time);
    if (message.text == "error") {
        lookup_failed = true;
    } else if (message.text != "not_found") {
        table = message.table;
        found_fingerprint = message.first_fingerprint;
        value = message.text;
    }
}

// The names in this line are the wrong way round since the key is asked first.
void LoggedProcess::take_failure(
    const SmtpdMessage& message, const LineTime& time, std::optional<bool> key_first)
{
    is_lost = !may_tell(message);
    if (is_lost) {
        return;
    }
    if (!has_fingerprints() && key_first && !message.second_fingerprint.empty()) {
        take_fingerprint(*key_first ? message.first_fingerprint : message.second_fingerprint, time);
        certificate = *key_first ? message.second_fingerprint : message.first_fingerprint;
        told_by_failure = true;
    }
    lookup_failed = true;
}

} // namespace relayctl
