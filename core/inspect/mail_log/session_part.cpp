#include "core/inspect/mail_log/session_part.hpp"

#include <algorithm>

namespace relayctl {

namespace {

void add_counts(SightingCounts& sum, const SightingCounts& more)
{
    sum.permitted += more.permitted;
    sum.permitted_for_any += more.permitted_for_any;
    sum.denied += more.denied;
    sum.rejected += more.rejected;
    sum.messages += more.messages;
    sum.has_logged_in |= more.has_logged_in;
    sum.lookup_failed |= more.lookup_failed;
    sum.has_ended |= more.has_ended;
    sum.is_trusted |= more.is_trusted;
}

// Returns true if both name fingerprints of the same client, as SessionsOfPiece::may_be_of() does.
bool fits(const KeptSessionPart& session, const SessionPart& next)
{
    if (!session.has_fingerprints || !next.has_fingerprints) {
        return true;
    }
    const SightingCounts& has = session.sighting;
    if (next.told_by_failure) {
        const auto is_told = [&](const std::optional<Fingerprint>& fingerprint) {
            return !fingerprint || fingerprint == next.sighting.key
                || fingerprint == next.sighting.certificate;
        };
        return is_told(has.key) && is_told(has.certificate);
    }
    const bool lacks_one = !has.certificate && !has.is_raw_key && !session.sighting.entry;
    std::optional<Fingerprint> added;
    for (const auto& fingerprint : { next.sighting.key, next.sighting.certificate }) {
        if (!fingerprint || fingerprint == has.key || fingerprint == has.certificate) {
            continue;
        }
        if (!lacks_one || (added && added != fingerprint)) {
            return false;
        }
        added = fingerprint;
    }
    return true;
}

} // namespace

bool is_another(const KeptSessionPart& session, const SessionPart& next)
{
    return next.begins
        || (!session.client.empty() && !next.client.empty() && session.client != next.client);
}

void append_part(KeptSessionPart& session, const SessionPart& next)
{
    session.is_over = next.is_over;
    if (session.client.empty()) {
        session.client = next.client;
    }
    if (session.is_lost || !fits(session, next)) {
        session.is_lost = true;
        return;
    }
    session.is_lost = next.is_lost;
    session.came_with_certificate |= next.came_with_certificate;
    if (next.tells_fingerprints && !session.has_fingerprints) {
        session.has_fingerprints = session.tells_fingerprints = true;
        session.stamp = next.stamp;
        session.year = next.year;
        const bool is_trusted = session.sighting.is_trusted;
        session.sighting = next.sighting.with_texts<std::string>();
        session.sighting.is_trusted |= is_trusted;
        return;
    }
    KeptSighting& sum = session.sighting;
    if (!session.has_fingerprints) {
        sum.when = std::max(sum.when, next.sighting.when);
    }
    add_counts(sum, next.sighting);
    if (!next.sighting.rejection.empty()) {
        sum.rejection = next.sighting.rejection;
    }
    if (next.sighting.entry) {
        sum.entry = next.sighting.with_texts<std::string>().entry;
    }
    // Lookups tell the key first, and then the certificate, perhaps behind the border.
    if (!sum.certificate && !sum.is_raw_key && next.tells_fingerprints) {
        sum.certificate
            = next.sighting.key != sum.key ? next.sighting.key : next.sighting.certificate;
    }
}

} // namespace relayctl
