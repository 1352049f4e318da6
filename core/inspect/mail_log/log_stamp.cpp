#include "core/inspect/mail_log/log_stamp.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace relayctl {

namespace {

constexpr std::int64_t day_length = 86400;
constexpr std::int64_t month_length = 31 * day_length;
constexpr std::int64_t year_length = 12 * month_length; // as LogStamp::seconds counts

bool is_shape(std::string_view text, std::string_view shape) noexcept
{
    // '0' stands for a digit, '_' for a digit or a blank, 'A' for a letter.
    return text.size() >= shape.size()
        && std::equal(shape.begin(), shape.end(), text.begin(), [](char wanted, char c) {
               switch (wanted) {
               case '0':
                   return is_digit(c);
               case '_':
                   return is_digit(c) || c == ' ';
               case 'A':
                   return is_alpha(c);
               default:
                   return c == wanted;
               }
           });
}

std::size_t skip_fraction(std::string_view text, std::size_t at) noexcept
{
    if (at < text.size() && text[at] == '.') {
        do {
            ++at;
        } while (at < text.size() && is_digit(text[at]));
    }
    return at;
}

// Returns the length of "Nov 28 14:34:18", or 0.
std::size_t length_without_year(std::string_view text) noexcept
{
    // The separators are asked first: this is asked of every line of a log.
    if (text.size() < 16 || text[3] != ' ' || text[6] != ' ' || text[9] != ':' || text[12] != ':'
        || !is_alpha(text[0]) || !is_digit(text[5])) {
        return 0;
    }
    return skip_fraction(text, 15);
}

// Returns the length of "2026-11-28T14:34:18.123456+01:00", or 0.
std::size_t length_with_zone(std::string_view text) noexcept
{
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':'
        || text[16] != ':' || !is_digit(text[0])) {
        return 0;
    }
    const std::size_t zone = skip_fraction(text, 19);
    if (zone < text.size() && text[zone] == 'Z') {
        return zone + 1;
    }
    const std::string_view rest = text.substr(std::min(zone, text.size()));
    if (!rest.starts_with('+') && !rest.starts_with('-')) {
        return 0;
    }
    return is_shape(rest.substr(1), "00:00") ? zone + 6
        : is_shape(rest.substr(1), "0000")   ? zone + 5
                                             : 0;
}

std::size_t one_length(std::string_view text) noexcept
{
    const std::size_t length = length_with_zone(text);
    return length != 0 ? length : length_without_year(text);
}

std::size_t skip_priority(std::string_view line) noexcept
{
    const std::size_t end = line.substr(0, 5).find('>');
    return line.starts_with('<') && end != std::string_view::npos ? end + 1 : 0;
}

int number_at(std::string_view text, std::size_t at) noexcept
{
    return (text[at] == ' ' ? 0 : text[at] - '0') * 10 + (text[at + 1] - '0');
}

std::optional<LogStamp> parse_without_year(std::string_view text) noexcept
{
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t place = names.find(text.substr(0, 3));
    if (!is_shape(text, "AAA _0 00:00:00") || place == std::string_view::npos || place % 3 != 0) {
        return std::nullopt;
    }
    const int date = number_at(text, 4);
    const std::int64_t hour = number_at(text, 7);
    const std::int64_t minute = number_at(text, 10);
    const int second = number_at(text, 13);
    if (date < 1 || date > 31 || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return LogStamp{ static_cast<std::int64_t>(place / 3) * month_length + (date - 1) * day_length
            + hour * 3600 + minute * 60 + second,
        false };
}

std::optional<LogStamp> parse_with_zone(std::string_view text) noexcept
{
    constexpr std::size_t to_seconds = 19;
    constexpr std::size_t to_hours = 3; // of the zone
    const std::string_view zone = text.substr(skip_fraction(text, to_seconds));
    std::array<char, to_seconds + 6> whole{}; // no string: this is asked for each session
    auto end = std::copy_n(text.begin(), to_seconds, whole.begin());
    end = std::copy_n(zone.begin(), std::min(zone.size(), to_hours), end);
    if (zone.size() == 5) { // "+0100"
        *end++ = ':';
    }
    const std::string_view minutes = zone.substr(std::min(zone.size(), to_hours));
    end = std::copy(minutes.begin(), minutes.end(), end);
    const auto time = parse_time({ whole.begin(), end });
    return time ? std::optional(LogStamp{ time->time_since_epoch().count(), true }) : std::nullopt;
}

// Returns the time of local fields. summer_time: what tm_isdst says; `kept` receives whether the
// clock shows these fields then.
Time local_time(int year, std::int64_t hour_of_year, int summer_time, bool& kept)
{
    std::tm fields{};
    fields.tm_year = year - 1900;
    fields.tm_mon = static_cast<int>(hour_of_year / (month_length / 3600));
    fields.tm_mday = static_cast<int>(hour_of_year % (month_length / 3600) / 24) + 1;
    fields.tm_hour = static_cast<int>(hour_of_year % 24);
    fields.tm_isdst = summer_time;
    const int hour = fields.tm_hour;
    const std::time_t time = std::mktime(&fields);
    kept = fields.tm_hour == hour && (summer_time < 0 || fields.tm_isdst == summer_time);
    return Time{ std::chrono::seconds(time) };
}

} // namespace

std::size_t stamp_length(std::string_view line) noexcept
{
    std::size_t end = skip_priority(line);
    const std::size_t length = one_length(line.substr(end));
    end += length;
    if (length == 0 || end >= line.size() || line[end] != ' ') {
        return 0;
    }
    ++end;
    // A second stamp, which is that of the message itself.
    const std::string_view rest = line.substr(end);
    const std::size_t skipped
        = rest.starts_with("stdout F ") || rest.starts_with("stderr F ") ? 9 : 0;
    const std::size_t second = one_length(rest.substr(skipped));
    return second != 0 && skipped + second < rest.size() && rest[skipped + second] == ' '
        ? end + skipped + second + 1
        : end;
}

std::optional<LogStamp> parse_stamp(std::string_view stamp) noexcept
{
    stamp.remove_prefix(skip_priority(stamp));
    if (const std::size_t length = length_with_zone(stamp)) {
        return parse_with_zone(stamp.substr(0, length));
    }
    return length_without_year(stamp) != 0 ? parse_without_year(stamp) : std::nullopt;
}

int YearCount::take(std::int64_t seconds) noexcept
{
    constexpr std::int64_t most_back = 7 * day_length;
    if (!has_last_) {
        has_last_ = true;
        first_ = seconds;
    } else if (seconds - last_ >= year_length - day_length) {
        return year_ - 1; // the last day of the old year among lines of the new one
    } else if (last_ - seconds > most_back) {
        ++year_;
    }
    last_ = seconds;
    return year_;
}

int YearCount::append(const YearCount& other) noexcept
{
    if (!other.has_last_) {
        return year_;
    }
    const int begin = take(other.first_);
    year_ = begin + other.year_;
    last_ = other.last_;
    return begin;
}

Time LocalClock::at(int year, std::int64_t seconds, Time not_before)
{
    const std::int64_t hour = seconds / 3600;
    if (year != year_ || hour != hour_) {
        bool kept = false;
        year_ = year;
        hour_ = hour;
        early_ = late_ = local_time(year, hour, -1, kept);
        for (const int summer_time : { 0, 1 }) {
            const Time time = local_time(year, hour, summer_time, kept);
            early_ = kept ? std::min(early_, time) : early_;
            late_ = kept ? std::max(late_, time) : late_;
        }
    }
    const std::chrono::seconds within(seconds % 3600);
    return early_ + within >= not_before ? early_ + within : late_ + within;
}

int LocalClock::latest_year(std::int64_t seconds, Time reference)
{
    const std::chrono::year_month_day date{ std::chrono::floor<std::chrono::days>(reference) };
    int year = static_cast<int>(date.year()) + 1; // the local year may have begun
    while (at(year, seconds, Time::min()) > reference + std::chrono::days(1)) {
        --year;
    }
    return year;
}

} // namespace relayctl
