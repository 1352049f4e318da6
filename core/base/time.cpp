#include "core/base/time.hpp"

#include "core/base/text.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace relayctl {

using namespace std::chrono_literals;

std::string to_date(Time time)
{
    const std::chrono::year_month_day date{ std::chrono::floor<std::chrono::days>(time) };
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

std::string to_rfc3339(Time time)
{
    const std::chrono::hh_mm_ss clock{ time - std::chrono::floor<std::chrono::days>(time) };
    char text[32];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return to_date(time) + text;
}

namespace {

// Takes a number of exactly `digits` digits, and the separator behind it, from the front of the
// text. '\0' stands for no separator.
// It is compiled where it is called, since it reads each stamp of a log.
[[gnu::always_inline]] inline std::optional<int> take_number(
    std::string_view& text, std::size_t digits, char separator) noexcept
{
    int number = 0;
    if (text.size() < digits) {
        return std::nullopt;
    }
    for (const char c : text.substr(0, digits)) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
        number = number * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    if (separator != '\0') {
        if (!text.starts_with(separator)) {
            return std::nullopt;
        }
        text.remove_prefix(1);
    }
    return number;
}

// Reads "Z", "+02:00" or "-05:30" with nothing behind it.
std::optional<std::chrono::seconds> take_offset(std::string_view text) noexcept
{
    if (text == "Z" || text == "z") {
        return std::chrono::seconds::zero();
    }
    // "-05:30" is behind UTC, so it is added to get there.
    const bool west = text.starts_with('-');
    if (!west && !text.starts_with('+')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const auto hours = take_number(text, 2, ':');
    const auto minutes = hours ? take_number(text, 2, '\0') : std::nullopt;
    if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return west ? -offset : offset;
}

// A unit of time, by its letter and its words.
struct Unit {
    char letter;
    std::chrono::seconds length;
    std::string_view one;
    std::string_view many;
};

constexpr std::array<Unit, 5> units{ { { 'w', std::chrono::weeks(1), "week", "weeks" },
    { 'd', std::chrono::days(1), "day", "days" }, { 'h', 1h, "hour", "hours" },
    { 'm', 1min, "minute", "minutes" }, { 's', 1s, "second", "seconds" } } };

} // namespace

std::optional<Time> parse_time(std::string_view text) noexcept
{
    const auto year = take_number(text, 4, '-');
    const auto month = year ? take_number(text, 2, '-') : std::nullopt;
    const auto day = month ? take_number(text, 2, '\0') : std::nullopt;
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{ std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day)) };
    if (!date.ok()) {
        return std::nullopt;
    }
    const Time midnight = std::chrono::sys_days(date);
    if (text.empty()) {
        return midnight;
    }
    if (!text.starts_with('T') && !text.starts_with('t')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const auto hours = take_number(text, 2, ':');
    const auto minutes = hours ? take_number(text, 2, ':') : std::nullopt;
    const auto seconds = minutes ? take_number(text, 2, '\0') : std::nullopt;
    const auto offset = seconds ? take_offset(text) : std::nullopt;
    if (!offset || *hours > 23 || *minutes > 59 || *seconds > 60) { // 60: a leap second
        return std::nullopt;
    }
    const Time time = midnight + std::chrono::hours(*hours) + std::chrono::minutes(*minutes)
        + std::chrono::seconds(*seconds) - *offset;
    return time_of_seconds(time.time_since_epoch().count());
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept
{
    long long number = 0;
    const char* const end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || number < 0 || end - behind != 1) {
        return std::nullopt;
    }
    for (const Unit& unit : units) {
        if (unit.letter == *behind) {
            constexpr std::chrono::seconds most = std::chrono::days(100 * 366);
            return number <= most / unit.length ? std::optional(number * unit.length)
                                                : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<Time> time_of_seconds(long long seconds) noexcept
{
    using std::chrono::year;
    constexpr Time first = std::chrono::sys_days(year(0) / 1 / 1);
    constexpr Time behind_last = std::chrono::sys_days(year(10000) / 1 / 1);
    const Time time{ std::chrono::seconds(seconds) };
    return time >= first && time < behind_last ? std::optional(time) : std::nullopt;
}

std::string in_seconds(std::chrono::milliseconds duration)
{
    char text[64];
    const double seconds = static_cast<double>(duration.count()) / 1000;
    std::snprintf(text, sizeof text, "%.12g second%s", seconds,
        duration == std::chrono::seconds(1) ? "" : "s");
    return text;
}

std::string in_words(std::chrono::seconds duration)
{
    const auto length = std::chrono::abs(duration);
    for (const Unit& unit : units) {
        // Weeks are left out: a duration of weeks is told in days.
        if (unit.letter != 'w' && length >= 2 * unit.length) {
            return count_of(static_cast<std::size_t>(length / unit.length), unit.one, unit.many);
        }
    }
    return count_of(static_cast<std::size_t>(length.count()), "second", "seconds");
}

} // namespace relayctl
