// What the mail log tells: the sessions in which a client presented a certificate, and what is
// known of the log itself. A log is a lower bound: lines get lost, and only what a line says surely
// counts.
#pragma once

#include "core/base/time.hpp"
#include "core/x509/fingerprint.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What became of the recipients that a client named in a session, as far as smtpd logs it.
enum class SightingOutcome : std::uint8_t {
    permitted, // permit_tls_clientcerts or permit_tls_all_clientcerts let at least one pass
    denied, // none was let pass, and at least one got "Relay access denied"
    rejected, // at least one command got another refusal
    taken, // a message was taken, and the log does not say why it was
    connected, // none of these: the client named no recipient, or the lines are lost
};

// What is known of one sighting besides its texts: of one session of smtpd in which the client
// presented a certificate, or a raw public key, whose fingerprints are in the log.
struct SightingCounts {
    Time when{}; // of the line that tells the fingerprints
    std::optional<Fingerprint> certificate; // no value for a raw public key, or if not logged
    std::optional<Fingerprint> key; // no value if it is not logged
    bool is_raw_key = false;
    bool is_trusted = false; // a CA that this server trusts has issued the certificate
    bool has_ended = false; // the log has its disconnect
    std::uint32_t permitted = 0; // commands that permit_tls_clientcerts let pass
    std::uint32_t permitted_for_any = 0; // and those that permit_tls_all_clientcerts let pass
    std::uint32_t denied = 0; // commands that got "Relay access denied"
    std::uint32_t rejected = 0; // commands that got another refusal
    std::uint32_t messages = 0; // that smtpd began to take
    bool has_logged_in = false; // at least one of the messages is of a client with a login
    bool lookup_failed = false; // a table of clients could not be asked

    SightingOutcome outcome() const noexcept;
};

// What a table of clients answered, as debug:TYPE:NAME logs it (Postfix 3.11 and later).
template <typename Text> struct BasicLoggedEntry {
    Text table; // without "debug:": "hash:/etc/postfix/relay_clients"
    Fingerprint fingerprint; // which is the key of the entry
    Text value; // the host
};

// One sighting with its texts. They are as the log has them: a client chooses `claimed` and parts
// of `rejection`, and whoever may write to the log chooses all, so they must be escaped before they
// are shown.
template <typename Text> struct BasicSighting : SightingCounts {
    Text host; // the name that the log gives the machine
    Text service; // the name of the process in the log: "postfix/submission/smtpd"
    Text client_name; // by DNS, forth and back; "unknown" if smtpd has none
    Text client_address; // "192.0.2.1" or "2001:db8::1"
    // "COMMONNAME, issuer=COMMONNAME" as the certificate claims it. Where the first ends is not
    // sure. Empty if it is not logged. At most 520 bytes: smtpd takes no name of 256 bytes or more.
    Text claimed;
    Text rejection; // the last of the other refusals: "450 4.7.1 ..."; at most 256 bytes
    std::optional<BasicLoggedEntry<Text>> entry; // which let it in; only a debug: table tells

    // Returns the same with other texts: copies of them, or views.
    template <typename Other> BasicSighting<Other> with_texts() const
    {
        BasicSighting<Other> other;
        static_cast<SightingCounts&>(other) = *this;
        other.host = host;
        other.service = service;
        other.client_name = client_name;
        other.client_address = client_address;
        other.claimed = claimed;
        other.rejection = rejection;
        if (entry) {
            other.entry = { Other(entry->table), entry->fingerprint, Other(entry->value) };
        }
        return other;
    }
};

// A sighting whose texts live as long as the call that tells it, and one that can be kept. Most of
// a log are counted and forgotten, so that nobody copies their texts.
using Sighting = BasicSighting<std::string_view>;
using KeptSighting = BasicSighting<std::string>;

// Whether the log tells which certificate a client presented.
enum class FingerprintLogging : std::uint8_t {
    yes, // at least one session has them
    no, // no session tells which, and clients presented some, or no line tells of TLS at all
    unknown, // no client is known to have presented one
};

// What a log has of one service, by the name of its process.
struct LoggedService {
    std::uint64_t sessions = 0; // connections
    std::uint64_t sightings = 0; // sessions that tell the certificate
    std::uint64_t untold = 0; // sessions with a certificate of which no line tells which
    // Sessions with TLS in front of the first line about TLS: smtpd_tls_loglevel was 0.
    std::uint64_t unlogged = 0;
    // Of the newest session of each kind; the beginning of time if there is none.
    Time last_sighting = Time::min();
    Time last_untold = Time::min();
    Time last_unlogged = Time::min();
    std::uint64_t anonymous = 0; // sessions with TLS and without a certificate
    std::uint64_t not_asked = 0; // lines that say that smtpd_tls_ask_ccert = no is in the way

    // Returns true if a line told of TLS.
    bool tells_tls() const noexcept { return sightings + untold + anonymous > 0; }
};

// One source that was read, in the order of reading.
struct LogSource {
    std::string name; // the path, "standard input", or "journal"
    std::optional<Time> first; // of its first line that was read; no value if none has a time
    std::optional<Time> last;
    std::uint64_t bytes = 0; // that were read now, decompressed
};

// What one reading of the log has found out about the log.
struct MailLogFacts {
    std::vector<LogSource> sources;
    std::optional<Time> first; // of all lines that were read; no value if there are none
    std::optional<Time> last;
    std::map<std::string, LoggedService> services; // at most 1,000, the first ones
    std::uint64_t sightings = 0;
    // The reading went on where `position` of the question ended; false as well if none was given,
    // or if what it names is no longer there, so that lines between may be lost.
    bool is_continued = false;
    // Where the next reading goes on: lines of printable ASCII, at most 64 KB. It is for
    // MailLogQuestion::position and nobody else. Empty if nothing was read.
    std::string position;

    FingerprintLogging fingerprints_logged() const noexcept;
};

} // namespace relayctl
