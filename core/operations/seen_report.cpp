#include "core/operations/seen_report.hpp"

#include "core/operations/searched_word.hpp"

namespace relayctl {

namespace {

// Returns whether the word is the number of the client, or the beginning of one of its
// fingerprints.
bool is_named(const PendingClient& client, const std::string& word)
{
    if (word == std::to_string(client.sightings.number)) {
        return true;
    }
    const std::string digits = beginning_digits(word);
    const auto begins = [&](const std::optional<Fingerprint>& fingerprint) {
        return fingerprint && !digits.empty()
            && beginning_digits(fingerprint->to_string()).starts_with(digits);
    };
    return begins(client.sightings.presented.certificate) || begins(client.sightings.presented.key);
}

} // namespace

std::vector<const PendingClient*> pending_clients(const SeenReport& report, const std::string& word)
{
    std::vector<const PendingClient*> found;
    for (const PendingClient& client : report.pending) {
        if (is_named(client, word)) {
            found.push_back(&client);
        }
    }
    return found;
}

Unseen unseen_entries(const SeenReport& report, std::chrono::seconds duration, Time now)
{
    Unseen unseen;
    const Time limit = now - duration;
    for (const SeenEntry& entry : report.entries) {
        const auto& added = entry.entry.annotation.added;
        const auto last = entry.last();
        if ((last && *last >= limit) || (added && *added >= limit)) {
            continue;
        }
        // A log that ended before the limit tells nothing of the time behind it.
        if (report.since && *report.since <= limit && report.until && *report.until > limit) {
            unseen.entries.push_back(&entry);
        } else {
            ++unseen.unknown;
        }
    }
    return unseen;
}

} // namespace relayctl
