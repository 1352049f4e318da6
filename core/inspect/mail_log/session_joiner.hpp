// Joins what the pieces of a log tell, in their order, to whole sessions.
#pragma once

#include "core/inspect/mail_log/mail_log_facts.hpp"
#include "core/inspect/mail_log/session_part.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// A session that has not ended yet.
struct OpenSession {
    std::string origin; // "MACHINE PROCESS"
    std::uint64_t pid = 0;
    KeptSessionPart part; // its stamp is resolved: `sighting.when`
};

class SessionJoiner {
public:
    // tell: gets each sighting. since: those before it are left out.
    SessionJoiner(std::function<void(const Sighting&)> tell, std::optional<Time> since);

    // Says that the next pieces are of another source. first_year: of its first stamp without zone.
    // first_stamp: given if the pieces begin behind it, at most a year later. not_before: what came
    // before has been told by an earlier reading.
    void begin_source(std::string name, int first_year, const std::optional<LogStamp>& first_stamp,
        std::optional<Time> not_before);
    // Takes the next piece of the source.
    void take(LogPieceFacts&& piece);

    // Goes on with a session that an earlier reading kept.
    void resume(OpenSession session);
    // Returns the sessions that have not ended, at most `most`. Tells the others, which are the
    // oldest, and those that came before a time: their end is lost.
    std::vector<OpenSession> keep_open(std::size_t most, Time not_before);
    // Tells the sessions that have not ended.
    void tell_open();

    // Returns what is known of the log. Its position and is_continued are not.
    MailLogFacts& facts() noexcept { return facts_; }

private:
    using Key = std::pair<std::string, std::uint64_t>; // origin, pid
    using KeyView = std::pair<std::string_view, std::uint64_t>;
    struct Less {
        using is_transparent = void;
        // Comparing numbers is quicker, and few processes have the same one.
        bool operator()(const KeyView& a, const KeyView& b) const noexcept
        {
            return a.second != b.second ? a.second < b.second : a.first < b.first;
        }
    };
    struct Open {
        KeptSessionPart part;
        std::uint64_t number = 0; // in the order in which they began
    };
    using OpenMap = std::map<Key, Open, Less>;

    void count(const LogPieceFacts& piece);
    void count_unlogged(const LogPieceFacts& piece, int first_year);
    Time time_of(const LogStamp& stamp, int year);
    void take_part(const std::string& origin, const SessionPart& part);
    void open(Key key, KeptSessionPart&& part);
    void end(OpenMap::iterator session);
    void tell(const std::string& origin, SessionPart part);
    LoggedService* service(const std::string& origin);
    LoggedService* add_service(const std::string& origin);

    std::function<void(const Sighting&)> tell_;
    std::optional<Time> since_;
    std::optional<Time> not_before_; // of the source
    MailLogFacts facts_;
    std::string last_origin_; // whose service was asked for last
    LoggedService* last_service_ = nullptr;
    OpenMap open_;
    std::map<std::uint64_t, OpenMap::iterator> by_number_;
    std::uint64_t next_number_ = 0;
    YearCount years_; // of the source
    int first_year_ = 0;
    LocalClock clock_;
    Time last_time_{}; // of the source, as far as it has been told
};

} // namespace relayctl
