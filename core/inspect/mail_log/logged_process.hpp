// What a piece of a log tells of one process of smtpd, line by line.
#pragma once

#include "core/inspect/mail_log/log_stamp.hpp"
#include "core/inspect/mail_log/smtpd_message.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace relayctl {

// When a line was written.
struct LineTime {
    std::string_view text; // as the line has it
    std::optional<LogStamp> stamp; // read only of lines that tell fingerprints
    int year = 0; // counted from the first stamp of the piece
};

// What the lines of the session of one process tell. The texts live as long as the piece.
struct LoggedProcess {
    std::size_t origin = 0;
    std::uint64_t pid = 0;
    bool is_known = false; // a line of the piece tells where its session begins or ends
    bool is_open = false;
    bool begins = false; // the rest is as in SessionPart
    bool came_with_certificate = false;
    bool is_raw_key = false;
    bool is_trusted = false;
    bool has_logged_in = false;
    bool lookup_failed = false;
    bool told_by_failure = false;
    bool is_lost = false;
    std::uint32_t permitted = 0;
    std::uint32_t permitted_for_any = 0;
    std::uint32_t denied = 0;
    std::uint32_t rejected = 0;
    std::uint32_t messages = 0;
    int year = 0;
    int handshake_year = 0;
    std::string_view client;
    std::optional<LogStamp> stamp;
    std::string_view handshake; // the stamp of the line that says that there is a certificate
    std::string_view certificate;
    std::string_view key;
    std::string_view claimed;
    std::string_view rejection;
    std::string_view table; // of the lookup that found an entry
    std::string_view found_fingerprint;
    std::string_view value;

    bool has_fingerprints() const noexcept { return !certificate.empty() || !key.empty(); }
    // Forgets all but whose process it is.
    void forget();
    // Counts what the message says of the session. key_first: as in LogReading.
    void count(const SmtpdMessage& message, const LineTime& time, std::optional<bool> key_first);

private:
    bool may_tell(const SmtpdMessage& message) const noexcept;
    void take_fingerprint(std::string_view fingerprint, const LineTime& time);
    void take_lookup(const SmtpdMessage& message, const LineTime& time);
    void take_failure(
        const SmtpdMessage& message, const LineTime& time, std::optional<bool> key_first);
};

} // namespace relayctl
