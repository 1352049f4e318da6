#include "core/inspect/mail_log/session_joiner.hpp"

#include "core/inspect/mail_log/smtpd_message.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Postfix runs some hundred smtpd at most. Whoever writes false lines must not use up the memory.
constexpr std::size_t most_open = 10'000;
constexpr std::size_t most_services = 1000;

void widen(std::optional<Time>& first, std::optional<Time>& last, Time time)
{
    first = first ? std::min(*first, time) : time;
    last = last ? std::max(*last, time) : time;
}

} // namespace

SessionJoiner::SessionJoiner(std::function<void(const Sighting&)> tell, std::optional<Time> since)
    : tell_(std::move(tell))
    , since_(since)
{
}

void SessionJoiner::begin_source(std::string name, int first_year,
    const std::optional<LogStamp>& first_stamp, std::optional<Time> not_before)
{
    facts_.sources.push_back({ std::move(name), std::nullopt, std::nullopt, 0 });
    years_ = {};
    if (first_stamp && !first_stamp->has_zone) {
        years_.take(first_stamp->seconds);
    }
    not_before_ = not_before;
    first_year_ = first_year;
    last_time_ = {};
}

Time SessionJoiner::time_of(const LogStamp& stamp, int year)
{
    if (stamp.has_zone) {
        return Time{ std::chrono::seconds(stamp.seconds) };
    }
    const Time time = clock_.at(year, stamp.seconds, last_time_);
    last_time_ = std::max(last_time_, time);
    return time;
}

void SessionJoiner::take(LogPieceFacts&& piece)
{
    const int first_year = first_year_ + years_.append(piece.years);
    count_unlogged(piece, first_year);
    count(piece);
    if (piece.first) {
        LogSource& source = facts_.sources.back();
        widen(source.first, source.last, time_of(*piece.first, first_year));
    }
    for (SessionPart& part : piece.parts) {
        if (part.has_fingerprints) {
            if (!part.stamp) {
                continue; // nobody knows when that was
            }
            part.sighting.when = time_of(*part.stamp, first_year + part.year);
            if (not_before_ && part.sighting.when < *not_before_) {
                continue;
            }
        } else if (part.stamp) {
            part.sighting.when = time_of(*part.stamp, first_year + part.year);
        }
        take_part(piece.origins[part.origin], part);
    }
    if (piece.last) {
        LogSource& source = facts_.sources.back();
        widen(source.first, source.last, time_of(*piece.last, first_year + piece.last_year));
        widen(facts_.first, facts_.last, *source.first);
        widen(facts_.first, facts_.last, *source.last);
    }
}

LoggedService* SessionJoiner::service(const std::string& origin)
{
    if (last_service_ == nullptr || origin != last_origin_) {
        last_service_ = add_service(origin);
        last_origin_ = origin;
    }
    return last_service_;
}

LoggedService* SessionJoiner::add_service(const std::string& origin)
{
    const std::string name = origin.substr(origin.rfind(' ') + 1);
    const auto found = facts_.services.find(name);
    return found != facts_.services.end()         ? &found->second
        : facts_.services.size() >= most_services ? nullptr
                                                  : &facts_.services[name];
}

// To be called before count(), which tells whether an earlier piece has a line about TLS.
void SessionJoiner::count_unlogged(const LogPieceFacts& piece, int first_year)
{
    for (const LogPieceFacts::Unlogged& unlogged : piece.unlogged) {
        LoggedService* const counts = service(piece.origins[unlogged.origin]);
        if (counts != nullptr && !counts->tells_tls()) {
            counts->unlogged += unlogged.sessions;
            counts->last_unlogged = std::max(
                counts->last_unlogged, time_of(unlogged.last, first_year + unlogged.year));
        }
    }
}

void SessionJoiner::count(const LogPieceFacts& piece)
{
    facts_.sources.back().bytes += piece.bytes;
    for (std::size_t i = 0; i < piece.origins.size(); ++i) {
        if (LoggedService* const sum = service(piece.origins[i])) {
            sum->sessions += piece.services[i].sessions;
            sum->anonymous += piece.services[i].anonymous;
            sum->not_asked += piece.services[i].not_asked;
        }
    }
}

void SessionJoiner::take_part(const std::string& origin, const SessionPart& part)
{
    const auto found = open_.find(KeyView{ origin, part.pid });
    if (found != open_.end()) {
        if (!is_another(found->second.part, part)) {
            append_part(found->second.part, part);
            if (found->second.part.is_over) {
                end(found);
            }
            return;
        }
        end(found);
    }
    if (part.is_over) {
        tell(origin, part);
    } else {
        open({ origin, part.pid }, part.with_texts<std::string>());
    }
}

void SessionJoiner::open(Key key, KeptSessionPart&& part)
{
    const std::uint64_t number = next_number_++;
    const auto place
        = open_.insert_or_assign(std::move(key), Open{ std::move(part), number }).first;
    by_number_.emplace(number, place);
    if (open_.size() > most_open) {
        end(by_number_.begin()->second);
    }
}

void SessionJoiner::end(OpenMap::iterator session)
{
    by_number_.erase(session->second.number);
    const auto ended = open_.extract(session);
    tell(ended.key().first, ended.mapped().part.with_texts<std::string_view>());
}

void SessionJoiner::tell(const std::string& origin, SessionPart part)
{
    LoggedService* const counts = service(origin);
    if (!part.has_fingerprints) {
        if (counts != nullptr && part.came_with_certificate) {
            ++counts->untold;
            counts->last_untold = std::max(counts->last_untold, part.sighting.when);
        }
        return;
    }
    Sighting& sighting = part.sighting;
    if (since_ && sighting.when < *since_) {
        return;
    }
    if (counts != nullptr) {
        ++counts->sightings;
        counts->last_sighting = std::max(counts->last_sighting, sighting.when);
    }
    ++facts_.sightings;
    const std::string_view place = origin;
    sighting.host = place.substr(0, place.find(' '));
    sighting.service = place.substr(place.rfind(' ') + 1);
    const ClientName client = split_client(part.client);
    sighting.client_name = client.name;
    sighting.client_address = client.address;
    tell_(sighting);
}

void SessionJoiner::resume(OpenSession session)
{
    open({ std::move(session.origin), session.pid }, std::move(session.part));
}

std::vector<OpenSession> SessionJoiner::keep_open(std::size_t most, Time not_before)
{
    std::vector<OpenSession> kept;
    while (!by_number_.empty()) {
        const auto session = by_number_.begin()->second;
        const KeptSessionPart& part = session->second.part;
        if (by_number_.size() > most || !part.has_fingerprints || part.is_lost
            || part.sighting.when < not_before) {
            end(session);
            continue;
        }
        kept.push_back(
            { session->first.first, session->first.second, std::move(session->second.part) });
        by_number_.erase(by_number_.begin());
        open_.erase(session);
    }
    return kept;
}

void SessionJoiner::tell_open()
{
    while (!by_number_.empty()) {
        end(by_number_.begin()->second);
    }
}

} // namespace relayctl
