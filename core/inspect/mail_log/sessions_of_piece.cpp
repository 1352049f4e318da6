#include "core/inspect/mail_log/sessions_of_piece.hpp"

#include <algorithm>
#include <span>

namespace relayctl {

namespace {

constexpr std::size_t most_origins = 1000;
constexpr std::size_t bytes_of_part = 2048; // of the log, by and large
constexpr std::size_t most_claimed = 520; // bytes, of two names (CCERT_BUFSIZ in tls/tls.h)
constexpr std::size_t most_rejection = 256; // bytes

} // namespace

SessionsOfPiece::SessionsOfPiece(LogPieceFacts& facts, const LogReading& reading)
    : facts_(facts)
    , reading_(reading)
{
    numbers_.reserve(256);
    facts_.parts.reserve(facts_.bytes / bytes_of_part);
}

std::size_t SessionsOfPiece::origin_of(const LogLine& line)
{
    // read_smtpd_line() leaves the view as it is where the line before has the same origin.
    const bool is_same = line.origin.data() == origin_text_.data();
    origin_text_ = line.origin;
    auto& origins = facts_.origins;
    if (is_same || (last_origin_ < origins.size() && origins[last_origin_] == line.origin)) {
        return last_origin_;
    }
    last_origin_ = static_cast<std::size_t>(
        std::find(origins.begin(), origins.end(), line.origin) - origins.begin());
    if (last_origin_ == origins.size() && last_origin_ < most_origins) {
        origins.emplace_back(line.origin);
        facts_.services.emplace_back();
        unlogged_.emplace_back();
    }
    return last_origin_;
}

LoggedProcess& SessionsOfPiece::process_of(std::size_t origin, std::uint64_t pid)
{
    std::uint32_t& recent = recent_[pid % recent_.size()];
    if (recent < processes_.size() && processes_[recent].pid == pid
        && processes_[recent].origin == origin) {
        return processes_[recent];
    }
    const auto [found, is_new]
        = numbers_.try_emplace(std::uint64_t{ origin } << 40 | pid, processes_.size());
    if (is_new) {
        LoggedProcess& process = processes_.emplace_back();
        process.origin = origin;
        process.pid = pid;
    }
    recent = static_cast<std::uint32_t>(found->second);
    return processes_[found->second];
}

int SessionsOfPiece::note_time(const LogStamp& stamp)
{
    if (!stamp.has_zone) {
        time_.year = facts_.years.take(stamp.seconds);
    }
    return time_.year;
}

// Lines of the same day are of the same year.
void SessionsOfPiece::note_date(std::string_view stamp)
{
    const std::string_view date = stamp.substr(0, 6);
    if (date != last_date_) {
        if (const auto time = parse_stamp(stamp)) {
            note_time(*time);
        }
        last_date_ = date;
    }
}

void SessionsOfPiece::take(const LogLine& line)
{
    note_date(line.stamp);
    const SmtpdMessage message = read_smtpd_message(line.message, reading_.tables);
    // Nobody knows when a line came whose stamp is no time; it tells no fingerprints.
    const bool tells_fingerprints = message.kind == MessageKind::certificate
        || message.kind == MessageKind::raw_key || message.kind == MessageKind::looked_up
        || message.kind == MessageKind::lookup_failed;
    time_.stamp = tells_fingerprints ? parse_stamp(line.stamp) : std::nullopt;
    time_.text = line.stamp;
    if (message.kind == MessageKind::other || (tells_fingerprints && !time_.stamp)) {
        return;
    }
    const std::size_t origin = origin_of(line);
    if (origin == most_origins) {
        return;
    }
    LoggedProcess& process = process_of(origin, line.pid);
    LoggedService& service = facts_.services[process.origin];
    if (tells_fingerprints || message.kind == MessageKind::tls_anonymous
        || message.kind == MessageKind::tls_with_certificate) {
        unlogged_[origin].is_over = true;
    }
    switch (message.kind) {
    case MessageKind::connected:
        ++service.sessions;
        close(process, false);
        begin(process, message.client);
        break;
    case MessageKind::disconnected:
        end(process, message);
        break;
    case MessageKind::ended:
        close(process, false);
        break;
    case MessageKind::certificate:
    case MessageKind::raw_key:
        take_certificate(process, message);
        break;
    case MessageKind::not_asked:
        ++service.not_asked;
        break;
    default:
        service.anonymous += message.kind == MessageKind::tls_anonymous ? 1 : 0;
        find_session(process, message.client);
        process.count(message, time_, reading_.key_first);
    }
}

void SessionsOfPiece::begin(LoggedProcess& process, std::string_view client)
{
    process.forget();
    process.is_known = process.is_open = process.begins = true;
    process.client = client;
}

// Takes the line that ends a session.
void SessionsOfPiece::end(LoggedProcess& process, const SmtpdMessage& message)
{
    find_session(process, message.client);
    // Its counters stand behind the client, those that are not 0 (smtpd_format_cmd_stats() in
    // smtpd/smtpd.c).
    Unlogged& unlogged = unlogged_[process.origin];
    if (!unlogged.is_over && process.begins
        && message.text.find(" starttls=1") != std::string_view::npos) {
        ++unlogged.sessions;
        unlogged.stamp = time_.text;
        unlogged.year = time_.year;
    }
    close(process, true);
}

// Ends the session of the process, if it has one. Whatever stands behind it in the piece is of
// another session.
void SessionsOfPiece::close(LoggedProcess& process, bool has_ended)
{
    const bool tells = process.has_fingerprints() || process.came_with_certificate;
    if ((process.is_open && tells) || !process.is_known) {
        put(process, true, has_ended);
    }
    process.is_known = true;
    process.is_open = false;
}

void SessionsOfPiece::put(const LoggedProcess& process, bool is_over, bool has_ended)
{
    SessionPart& part = facts_.parts.emplace_back();
    part.origin = process.origin;
    part.pid = process.pid;
    part.begins = process.begins;
    part.is_over = is_over;
    part.came_with_certificate = process.came_with_certificate;
    part.has_fingerprints = part.tells_fingerprints = process.has_fingerprints();
    part.told_by_failure = process.told_by_failure;
    part.is_lost = process.is_lost;
    part.client = kept(process.client);
    part.stamp = process.stamp;
    part.year = process.year;
    if (process.came_with_certificate && !process.has_fingerprints()) {
        part.stamp = parse_stamp(process.handshake);
        part.year = process.handshake_year;
    }
    Sighting& sighting = part.sighting;
    sighting.certificate = Fingerprint::from_key(process.certificate);
    sighting.key = Fingerprint::from_key(process.key);
    sighting.claimed = kept(process.claimed.substr(0, most_claimed));
    sighting.is_raw_key = process.is_raw_key;
    sighting.is_trusted = process.is_trusted;
    sighting.has_ended = has_ended;
    sighting.permitted = process.permitted;
    sighting.permitted_for_any = process.permitted_for_any;
    sighting.denied = process.denied;
    sighting.rejected = process.rejected;
    sighting.messages = process.messages;
    sighting.has_logged_in = process.has_logged_in;
    sighting.lookup_failed = process.lookup_failed;
    sighting.rejection = kept(process.rejection.substr(0, most_rejection));
    if (const auto found = Fingerprint::from_key(process.found_fingerprint)) {
        sighting.entry = { kept(process.table), *found, kept(process.value) };
    }
}

std::string_view SessionsOfPiece::kept(std::string_view text)
{
    if (text.empty()) {
        return {};
    }
    const std::span copy(static_cast<char*>(facts_.texts->allocate(text.size(), 1)), text.size());
    std::copy(text.begin(), text.end(), copy.begin());
    return { copy.data(), copy.size() };
}

// Makes the session of the process the one that the message is of. A message that names another
// client, or that comes behind the end of a session, is of one whose beginning is lost.
void SessionsOfPiece::find_session(LoggedProcess& process, std::string_view client)
{
    const bool is_another
        = process.is_open && !client.empty() && !process.client.empty() && client != process.client;
    if (is_another || (!process.is_open && process.is_known)) {
        close(process, false);
        begin(process, client);
        return;
    }
    if (!process.is_known && process.client.empty() && !client.empty()
        && process.has_fingerprints()) {
        // What was looked up may be of a session with another client, in the piece before.
        put(process, false, false);
        process.forget();
    }
    process.is_open = true; // it may have begun in front of the piece
    process.client = client.empty() ? process.client : client;
}

// There is one handshake in a session, so the certificate begins what is counted of it.
void SessionsOfPiece::take_certificate(LoggedProcess& process, const SmtpdMessage& message)
{
    close(process, false);
    begin(process, message.client);
    process.stamp = time_.stamp;
    process.year = time_.year;
    process.certificate = message.first_fingerprint;
    process.key = message.second_fingerprint;
    process.claimed = message.text;
    process.is_raw_key = message.kind == MessageKind::raw_key;
}

void SessionsOfPiece::finish()
{
    for (const LoggedProcess& process : processes_) {
        if (process.is_open) {
            put(process, false, false);
        }
    }
    for (std::size_t i = 0; i < unlogged_.size(); ++i) {
        const Unlogged& unlogged = unlogged_[i];
        if (const auto stamp = parse_stamp(unlogged.stamp)) {
            facts_.unlogged.push_back({ i, unlogged.sessions, *stamp, unlogged.year });
        }
    }
}

} // namespace relayctl
