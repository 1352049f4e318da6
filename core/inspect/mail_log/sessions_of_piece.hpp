// Joins the lines of one piece of a log to sessions: those of one process between one connection
// and the next.
#pragma once

#include "core/inspect/mail_log/log_line.hpp"
#include "core/inspect/mail_log/log_piece.hpp"
#include "core/inspect/mail_log/logged_process.hpp"
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
    // Sessions with TLS of which no line tells.
    struct Unlogged {
        bool is_over = false; // a line about TLS has come
        std::uint64_t sessions = 0;
        std::string_view stamp; // of the last of these sessions
        int year = 0;
    };

    std::size_t origin_of(const LogLine& line);
    LoggedProcess& process_of(std::size_t origin, std::uint64_t pid);
    void note_date(std::string_view stamp);
    static void begin(LoggedProcess& process, std::string_view client);
    void end(LoggedProcess& process, const SmtpdMessage& message);
    void close(LoggedProcess& process, bool has_ended);
    void put(const LoggedProcess& process, bool is_over, bool has_ended);
    std::string_view kept(std::string_view text); // a copy that lives as long as the facts
    void find_session(LoggedProcess& process, std::string_view client);
    void take_certificate(LoggedProcess& process, const SmtpdMessage& message);

    LogPieceFacts& facts_;
    const LogReading& reading_;
    std::vector<LoggedProcess> processes_;
    std::unordered_map<std::uint64_t, std::size_t> numbers_; // by origin and pid
    std::size_t last_origin_ = 0;
    std::string_view origin_text_; // of the last line
    // In processes_, by the last digits of the pid: one that wrote such a line before.
    std::array<std::uint32_t, 256> recent_{};
    LineTime time_; // of the line
    std::vector<Unlogged> unlogged_; // by origin
    std::string_view last_date_; // of a stamp without zone
};

} // namespace relayctl
