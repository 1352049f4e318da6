#include "core/operations/sighting_counter.hpp"

#include "core/base/ip_address.hpp"
#include "core/base/sort.hpp"

#include <algorithm>
#include <cstring>

namespace relayctl {

namespace {

// Returns the word for what became of a session that PATH.seen and the JSON have.
std::string_view word_for(SightingOutcome outcome)
{
    switch (outcome) {
    case SightingOutcome::permitted:
        return "permitted";
    case SightingOutcome::denied:
        return "denied";
    case SightingOutcome::rejected:
        return "rejected";
    case SightingOutcome::taken:
        return "taken";
    case SightingOutcome::connected:
        return "connected";
    }
    return {};
}

// Counts the session as what became of it.
void count_outcome(ClientSightings& client, SightingOutcome outcome)
{
    client.permitted += outcome == SightingOutcome::permitted ? 1 : 0;
    client.denied += outcome == SightingOutcome::denied ? 1 : 0;
    client.rejected += outcome == SightingOutcome::rejected ? 1 : 0;
    client.taken += outcome == SightingOutcome::taken ? 1 : 0;
}

// Takes over what only the newest session tells.
void take_newest(ClientSightings& client, const Sighting& sighting, SightingOutcome outcome)
{
    client.outcome = word_for(outcome);
    client.answer = outcome == SightingOutcome::denied ? "Relay access denied"
        : outcome == SightingOutcome::rejected ? sighting.rejection.substr(0, most_answer_bytes)
                                               : "";
    client.claimed = sighting.claimed.substr(0, most_claimed_bytes);
    if (sighting.entry && sighting.entry->fingerprint == sighting.certificate) {
        client.matched = "cert";
    } else if (sighting.entry && sighting.entry->fingerprint == sighting.key) {
        client.matched = "key";
    }
}

// The first bytes of a fingerprint are as good as any hash of it.
std::uint64_t hash_of(const Presented& presented, std::string_view service)
{
    const auto& fingerprint = presented.certificate ? presented.certificate : presented.key;
    std::uint64_t hash = 0;
    if (fingerprint && fingerprint->size() >= sizeof hash) {
        std::memcpy(&hash, fingerprint->bytes().data(), sizeof hash);
    }
    return hash ^ std::hash<std::string_view>()(service);
}

} // namespace

SightingCounter::SightingCounter(Sightings known, std::function<bool(const Presented&)> is_listed)
    : known_(std::move(known))
    , before_(known_)
    , is_listed_(std::move(is_listed))
{
}

void SightingCounter::require_index()
{
    if (!is_indexed_) {
        index();
        is_indexed_ = true;
    }
}

void SightingCounter::index()
{
    places_.clear();
    certificates_.clear();
    pending_ = 0;
    for (std::size_t i = 0; i < known_.clients.size(); ++i) {
        add_to_index(i);
    }
}

void SightingCounter::add_to_index(std::size_t place)
{
    const ClientSightings& client = known_.clients[place];
    places_.emplace(hash_of(client.presented, client.service), place);
    if (find(certificates_, client.presented, std::nullopt) == nullptr) {
        certificates_.emplace(hash_of(client.presented, ""), place);
        pending_ += is_listed_(client.presented) ? 0 : 1;
    }
}

ClientSightings* SightingCounter::find(
    const Places& places, const Presented& presented, std::optional<std::string_view> service)
{
    const auto [begin, end] = places.equal_range(hash_of(presented, service.value_or("")));
    for (auto place = begin; place != end; ++place) {
        ClientSightings& client = known_.clients[place->second];
        if (client.presented == presented && (!service || client.service == *service)) {
            return &client;
        }
    }
    return nullptr;
}

ClientSightings& SightingCounter::client_of(const Sighting& sighting)
{
    require_index();
    const Presented presented{ sighting.certificate, sighting.key };
    if (ClientSightings* const client = find(places_, presented, sighting.service)) {
        return *client;
    }
    if (pending_ > 2 * most_pending) {
        forget_oldest();
    }
    const ClientSightings* const same = find(certificates_, presented, std::nullopt);
    ClientSightings client;
    client.presented = presented;
    client.service = sighting.service;
    client.number = same != nullptr ? same->number : known_.next_number++;
    client.first = sighting.when;
    client.last = sighting.when;
    known_.clients.push_back(std::move(client));
    add_to_index(known_.clients.size() - 1);
    return known_.clients.back();
}

void SightingCounter::add(const Sighting& sighting)
{
    if (!sighting.certificate && !sighting.key) {
        return;
    }
    has_changed_ = true;
    ClientSightings& client = client_of(sighting);
    const bool is_newest = sighting.when >= client.last;
    move_weeks(client, sighting.when);
    client.first = std::min(client.first, sighting.when);
    const auto week = static_cast<std::size_t>(week_of(client.last) - week_of(sighting.when));
    if (week < weeks_shown) {
        ++client.weeks[week];
    }
    ++client.sessions;
    const SightingOutcome outcome = sighting.outcome();
    count_outcome(client, outcome);
    if (is_newest) {
        take_newest(client, sighting, outcome);
    }
    // Whatever else may stand there was written by somebody else than smtpd.
    if (!known_.without_addresses && is_address(std::string(sighting.client_address))) {
        add_address(client, std::string(sighting.client_address), sighting.when);
    }
}

// Keeps the certificates that are listed, and of the others those that came last.
void SightingCounter::forget_oldest()
{
    auto& clients = known_.clients;
    if (clients.size() <= most_pending) {
        return;
    }
    std::vector<std::pair<Time, std::uint64_t>> pending; // by their last sessions
    std::unordered_map<std::uint64_t, Time> last;
    for (const ClientSightings& client : clients) {
        if (!is_listed_(client.presented)) {
            auto& newest = last[client.number];
            newest = std::max(newest, client.last);
        }
    }
    for (const auto& [number, time] : last) {
        pending.emplace_back(time, number);
    }
    if (pending.size() > most_pending) {
        sort_stably(pending, std::greater<>());
        for (std::size_t i = most_pending; i < pending.size(); ++i) {
            last.erase(pending[i].second);
        }
        known_.dropped += pending.size() - most_pending;
        std::erase_if(clients, [&](const ClientSightings& client) {
            return !last.contains(client.number) && !is_listed_(client.presented);
        });
        index();
    }
}

// Where a service tells who came, nobody knows who came before it did. A service of the same name
// without a log of TLS says nothing: the one that is known has told who came all the time.
Time SightingCounter::end_of_silence(const std::string& tag, const LoggedService& service) const
{
    Time end = service.sightings > 0 ? service.last_untold : Time::min();
    const bool was_known = std::any_of(
        known_.clients.begin(), known_.clients.end(), [&](const ClientSightings& client) {
            return client.service == tag && client.first < service.last_unlogged;
        });
    if (service.tells_tls() && !was_known) {
        end = std::max(end, service.last_unlogged);
    }
    return end;
}

Sightings SightingCounter::finish(const MailLogFacts& facts)
{
    forget_oldest();
    // Where lines between may be lost, nobody can tell any more who came then.
    const bool may_have_gap = !facts.is_continued || !known_.since;
    if (may_have_gap) {
        known_.since = facts.first;
    }
    for (const auto& [tag, service] : facts.services) {
        if (known_.since) {
            known_.since = std::max(*known_.since, end_of_silence(tag, service));
        }
    }
    if (facts.last) {
        known_.until = std::max(known_.until.value_or(*facts.last), *facts.last);
    }
    if (!facts.position.empty()) {
        known_.position = facts.position;
    }
    has_changed_ |= known_ != before_;
    return std::move(known_);
}

} // namespace relayctl
