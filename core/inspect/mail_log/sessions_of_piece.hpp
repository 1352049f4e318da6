// Joins the lines of one piece of a log to sessions: those of one process between one connection
// and the next.
#pragma once

#include "core/inspect/mail_log/log_line.hpp"
#include "core/inspect/mail_log/log_piece.hpp"
#include "core/inspect/mail_log/smtpd_message.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace relayctl {

// The texts of the lines must live until finish().
class SessionsOfPiece {
public:
    SessionsOfPiece(LogPieceFacts& facts, const LogReading& reading);

    // Takes the next line.
    void take(const LogLine& line);
    // Counts the years of the stamp, and returns its year in the piece.
    int note_time(const LogStamp& stamp);
    // Puts the sessions that have not ended to facts.parts.
    void finish();

private:
    // What is known of one process of smtpd.
    struct Process {
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
    };

    std::size_t origin_of(const LogLine& line);
    Process& process_of(std::size_t origin, std::uint64_t pid);
    void note_date(std::string_view stamp);
    void begin(Process& process, std::string_view client);
    void close(Process& process, bool has_ended);
    void put(const Process& process, bool is_over, bool has_ended);
    std::string_view kept(std::string_view text); // a copy that lives as long as the facts
    void find_session(Process& process, std::string_view client);
    void count(Process& process, const SmtpdMessage& message);
    void take_certificate(Process& process, const SmtpdMessage& message);
    static bool may_be_of(const Process& process, std::string_view fingerprint);
    void take_fingerprint(Process& process, std::string_view fingerprint);
    void take_failure(Process& process, const SmtpdMessage& message);
    void take_lookup(Process& process, const SmtpdMessage& message);

    LogPieceFacts& facts_;
    const LogReading& reading_;
    std::vector<Process> processes_;
    std::unordered_map<std::uint64_t, std::size_t> numbers_; // by origin and pid
    std::size_t last_origin_ = 0;
    std::string_view origin_text_; // of the last line
    // In processes_, by the last digits of the pid: one that wrote such a line before.
    std::array<std::uint32_t, 256> recent_{};
    std::optional<LogStamp> stamp_; // of the line, if it tells fingerprints
    std::string_view line_stamp_;
    std::string_view last_date_; // of a stamp without zone
    int year_ = 0;
};

} // namespace relayctl
