// The time in front of a line of a log: with its zone, or the local time of a year that is not
// told.
#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace relayctl {

// A stamp as it is written.
struct LogStamp {
    // Since 1970 if the stamp has a zone. Else since the beginning of the year, counted as if each
    // month had 31 days.
    std::int64_t seconds = 0;
    bool has_zone = false;

    friend bool operator==(const LogStamp&, const LogStamp&) = default;
};

// Returns the length of the stamp with which a line begins, with the blank behind it; 0 if it
// begins with none. There are two forms: "2026-11-28T14:34:18.123456+01:00" and "Nov 28 14:34:18",
// with or without a fraction. Either may stand behind "<22>", and behind the stamp that "docker
// logs -t" and Kubernetes put in front ("2026-11-28T14:34:18.123Z stdout F ").
std::size_t stamp_length(std::string_view line) noexcept;

// Reads the first stamp of what stamp_length() has measured. Has no value if there is no such time.
std::optional<LogStamp> parse_stamp(std::string_view stamp) noexcept;

// Tells by their order in which year stamps without a year are. Stamps that go back by up to a
// week are of the same year: the clock was changed, or lines came late.
class YearCount {
public:
    // Takes the next stamp and returns its year, counted from that of the first one: 0, 1, ... It
    // is -1 if the first one stands at the beginning of a year and this one at the end.
    int take(std::int64_t seconds) noexcept;

    // Appends what another count has taken, and returns the year here of its year 0.
    int append(const YearCount& other) noexcept;

    bool is_empty() const noexcept { return !has_last_; }

private:
    bool has_last_ = false;
    int year_ = 0;
    std::int64_t first_ = 0;
    std::int64_t last_ = 0;
};

// The clock of the machine that wrote the log, which is taken to be in our own time zone.
class LocalClock {
public:
    // Returns the point in time of a stamp without zone. not_before: chooses between the two times
    // that it can mean when the clock is set back from summer time.
    Time at(int year, std::int64_t seconds, Time not_before);

    // Returns the latest year in which the stamp is not after `reference`, but for a day.
    int latest_year(std::int64_t seconds, Time reference);

private:
    // The hour that was asked for last, and its beginning, in summer time and not.
    int year_ = 0;
    std::int64_t hour_ = -1;
    Time early_{};
    Time late_{};
};

} // namespace relayctl
