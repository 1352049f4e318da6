// What is known of the clients that came with a certificate: counted from the mail log, and kept in
// PATH.seen beside a table. A log is a lower bound: who is not in it may have come all the same.
#pragma once

#include "core/base/time.hpp"
#include "core/x509/fingerprint.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Limits of what is kept of one client, and of clients that no table lists, whose number others
// decide.
inline constexpr std::size_t most_addresses = 5; // the newest
inline constexpr std::size_t most_claimed_bytes = 200; // of the names that a certificate claims
inline constexpr std::size_t most_answer_bytes = 200; // of the answer of smtpd
inline constexpr std::size_t most_pending = 10'000; // the newest, by their last session
inline constexpr std::size_t weeks_shown = 12;

// The certificate that a client presented, as smtpd logged it: by its fingerprint, that of its key,
// or both.
struct Presented {
    std::optional<Fingerprint> certificate;
    std::optional<Fingerprint> key;

    friend bool operator==(const Presented&, const Presented&) = default;
    friend auto operator<=>(const Presented&, const Presented&) = default;
};

// An address from which a client came, and when last.
struct SeenAddress {
    std::string address;
    Time last;

    friend bool operator==(const SeenAddress&, const SeenAddress&) = default;
};

// The sessions in which one certificate was presented to one service.
struct ClientSightings {
    Presented presented;
    std::string service; // the tag of its lines in the log: "postfix/submission/smtpd"
    // In which place the certificate came first, from 1 on. It stays the same when others come or
    // are listed, so that people can name a client by it.
    std::uint64_t number = 0;
    Time first;
    Time last;
    std::uint64_t sessions = 0;
    // Of these: it was let in by a restriction about certificates; it got "Relay access denied"; it
    // got another refusal; a message was taken, and the log does not say why. In the others it
    // named no recipient, as far as the log tells.
    std::uint64_t permitted = 0;
    std::uint64_t denied = 0;
    std::uint64_t rejected = 0;
    std::uint64_t taken = 0;
    // What became of the last session: "permitted", "denied", "rejected", "taken" or "connected".
    std::string outcome;
    std::string answer; // the refusal of smtpd in that session; empty if it refused nothing
    // By which of its fingerprints a table has let it in, where the log tells: "cert" or "key".
    std::string matched;
    // By which of them an entry listed it when it was saved: "cert" or "key"; empty: not listed.
    std::string listed_by;
    std::string claimed; // the names in the certificate, which its owner chose; may be empty
    std::vector<SeenAddress> addresses = {}; // at most most_addresses, the newest first
    bool has_more_addresses = false;
    // The sessions of the week of `last`, of the week before it, and so on. A week has the number
    // of week_of().
    std::array<std::uint32_t, weeks_shown> weeks{};

    friend bool operator==(const ClientSightings&, const ClientSightings&) = default;
};

// What is known of all clients, and from where on the log has to be read.
struct SightingsHead {
    // From when on every session would be known; no value if no log was read.
    std::optional<Time> since;
    std::optional<Time> until; // the time of the last line that was read
    // Where reading goes on, as core/inspect/mail_log wrote it; empty: at the beginning.
    std::string position;
    std::uint64_t next_number = 1;
    std::uint64_t dropped
        = 0; // pending certificates that were forgotten, since there were too many
    bool without_addresses = false;

    friend bool operator==(const SightingsHead&, const SightingsHead&) = default;
};

// All that is known.
struct Sightings : SightingsHead {
    std::vector<ClientSightings> clients;

    friend bool operator==(const Sightings&, const Sightings&) = default;
};

// Returns the number of the week of a time, counted in weeks of seven days since 1970.
std::int64_t week_of(Time time) noexcept;

// Adds the sessions of `more` to those of `sum`; both are of any service and certificate. Of the
// addresses the newest are kept.
void add_sightings(ClientSightings& sum, const ClientSightings& more);

// Adds an address, of which the newest are kept.
void add_address(ClientSightings& client, const std::string& address, Time last);

// Makes `last` the newest session, and moves the weeks accordingly, unless it is an older one.
void move_weeks(ClientSightings& client, Time last);

} // namespace relayctl
