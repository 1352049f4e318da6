// What a piece of a log tells of one session, and of the services. A log is read in pieces, several
// at a time; what stands at the end of one piece may go on in the next one.
#pragma once

#include "core/inspect/mail_log/log_stamp.hpp"
#include "core/inspect/mail_log/mail_log_facts.hpp"

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The lines of one process of smtpd from one connection to the next, as far as a piece has them.
template <typename Text> struct BasicSessionPart {
    std::size_t origin = 0; // in LogPieceFacts::origins
    std::uint64_t pid = 0;
    // The piece has its beginning, or tells that what stands before is of another session. Without
    // it, the session may have begun in the piece before.
    bool begins = false;
    bool is_over = false; // it does not go on in the next piece
    bool came_with_certificate = false; // a line says that there was one, not which
    bool has_fingerprints = false;
    // The fingerprints were first told in this part, and nothing before them counts.
    bool tells_fingerprints = false;
    bool told_by_failure = false; // both at once, by a lookup that failed
    // A fingerprint of another client came, so that what follows is of a session whose beginning is
    // lost. It counts for nobody.
    bool is_lost = false;
    Text client; // "name[address]", as each line of the session has it; empty if unknown
    // Of the line that tells the fingerprints; without such a line, of the one that says that there
    // was a certificate.
    std::optional<LogStamp> stamp;
    int year = 0; // of the stamp, counted from the first one of the piece
    BasicSighting<Text> sighting; // all but `when`, machine, service and client

    // Returns the same with other texts: copies of them, or views.
    template <typename Other> BasicSessionPart<Other> with_texts() const
    {
        return { origin, pid, begins, is_over, came_with_certificate, has_fingerprints,
            tells_fingerprints, told_by_failure, is_lost, Other(client), stamp, year,
            sighting.template with_texts<Other>() };
    }
};

using SessionPart = BasicSessionPart<std::string_view>; // its texts live as long as the piece
using KeptSessionPart = BasicSessionPart<std::string>;

// Returns true if the next part of the process is of another session: it begins there, or names
// another client.
bool is_another(const KeptSessionPart& session, const SessionPart& next);

// Appends the next part of the same process. Where its fingerprints are of another client, nothing
// of it counts.
void append_part(KeptSessionPart& session, const SessionPart& next);

// What one piece of a log tells.
struct LogPieceFacts {
    std::vector<std::string> origins; // "MACHINE PROCESS", each once
    std::vector<LoggedService> services; // by origin; without what is known at the end of a session
    // In the order in which they end; those that go on come last. Parts without anything to tell
    // are left out, but for the first one of a process: it ends what the piece before has of it.
    std::vector<SessionPart> parts;
    // Of services in which sessions with TLS end in front of the first line about TLS.
    struct Unlogged {
        std::size_t origin;
        std::uint64_t sessions;
        LogStamp last; // of the newest of them
        int year; // of `last`, counted from `first`
    };
    std::vector<Unlogged> unlogged;
    // Where the texts of the parts live.
    std::unique_ptr<std::pmr::monotonic_buffer_resource> texts
        = std::make_unique<std::pmr::monotonic_buffer_resource>(std::size_t{ 32 } << 10);
    std::optional<LogStamp> first; // of the first line with a stamp
    std::optional<LogStamp> last; // of the last one
    YearCount years; // of the stamps without zone
    int last_year = 0; // of `last`, counted from `first`
    std::uint64_t bytes = 0;
};

} // namespace relayctl
