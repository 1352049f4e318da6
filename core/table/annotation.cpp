// The line is taken apart word by word, and each word is tried as what may stand at its place:
// first the kind, then the subject, then fields by their names. A word that fits nowhere is kept as
// it is written, so whatever people or later versions add survives a change.
#include "core/table/annotation.hpp"

#include "core/base/double_quotes.hpp"
#include "core/base/text.hpp"
#include "core/base/unescape.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace relayctl {

namespace {

constexpr std::string_view mark = "relayctl:";
// The fields that have a time; the names are those in the line.
constexpr std::array<std::string_view, 4> time_names
    = { "expires", "added", "retire-after", "until" };

// Returns true for a value that would not be read again as it is.
bool needs_quotes(std::string_view value)
{
    return value.empty() || escape(value) != value
        || std::any_of(value.begin(), value.end(), [](char c) { return is_blank(c) || c == '"'; });
}

// Returns the value as it stands in the line, in quotes if it needs them.
std::string word_of(std::string_view value)
{
    return needs_quotes(value) ? in_double_quotes(value) : std::string(value);
}

// A word of the line: NAME="VALUE", NAME=VALUE, "VALUE" or VALUE.
struct Word {
    std::string_view raw; // all of it, as written
    std::string_view name; // empty if there is none
    std::string value;
    bool is_quoted = false;
};

// Takes the next word from the front of the text, which does not begin with a blank.
Word take_word(std::string_view& text)
{
    Word word;
    std::size_t at = 0;
    while (at < text.size() && (text[at] == '-' || is_alpha(text[at]))) {
        ++at;
    }
    // A word is a name only with letters and '-' in front of its '='. A subject such as "2.5.4.3=x"
    // is none.
    if (at > 0 && at < text.size() && text[at] == '=') {
        word.name = text.substr(0, at);
        ++at;
    } else {
        at = 0;
    }
    const std::size_t value = at;
    std::size_t end = text.find('"', at + 1);
    // A quote that is never closed, or goes on behind its end, is a plain character.
    word.is_quoted = at < text.size() && text[at] == '"' && end != std::string_view::npos
        && (end + 1 == text.size() || is_blank(text[end + 1]));
    if (word.is_quoted) {
        word.value = unescape(text.substr(value + 1, end - value - 1));
        ++end;
    } else {
        end = static_cast<std::size_t>(
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_blank)
            - text.begin());
        word.value = text.substr(value, end - value);
    }
    word.raw = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

// Returns true for a subject that needs no quotes to be known as one: it begins with the type of an
// attribute in capitals or as an OID ("CN=", "2.5.4.3="), as our own names do not.
bool is_plain_subject(std::string_view text)
{
    return !text.empty() && ((text[0] >= 'A' && text[0] <= 'Z') || is_digit(text[0]))
        && text.find('=') != std::string_view::npos;
}

// Returns the field of this name; nullptr if no text has it.
std::string* text_field(Annotation& annotation, std::string_view name)
{
    return name == "by"   ? &annotation.by
        : name == "owner" ? &annotation.owner
        : name == "note"  ? &annotation.note
        : name == "for"   ? &annotation.for_fingerprint
                          : nullptr;
}

// Returns the field of this name; nullptr if no time has it.
std::optional<Time>* time_field(Annotation& annotation, std::string_view name)
{
    return name == "expires"     ? &annotation.expires
        : name == "added"        ? &annotation.added
        : name == "retire-after" ? &annotation.retire_after
        : name == "until"        ? &annotation.until
                                 : nullptr;
}

constexpr std::chrono::seconds to_last_second = std::chrono::days(1) - std::chrono::seconds(1);

// Returns the time of until=. A date alone is the end of that day: whoever writes it by hand means
// that the client relays on that day.
std::optional<Time> end_of(std::string_view value)
{
    constexpr std::string_view date = "2027-05-31";
    const auto time = parse_time(value);
    return time && value.size() == date.size() ? std::optional(*time + to_last_second) : time;
}

// Takes a NAME=VALUE word. Returns false if the name or value has no meaning here, or if the field
// has a value already.
bool take_field(Annotation& annotation, const Word& word)
{
    if (std::string* text = text_field(annotation, word.name)) {
        // Of a field that comes twice the first counts, and the second is kept as an unknown word.
        if (!text->empty() || word.value.empty()) {
            return false;
        }
        *text = word.value;
        return true;
    }
    // A time that cannot be read stays among the unknown words, where malformed_time() finds it.
    if (std::optional<Time>* time = time_field(annotation, word.name); time != nullptr && !*time) {
        *time = time == &annotation.until ? end_of(word.value) : parse_time(word.value);
        return time->has_value();
    }
    return false;
}

// Takes the kind or the subject, which stand first. place: the number of the word, from 0.
bool take_by_place(Annotation& annotation, const Word& word, std::size_t place)
{
    if (place == 0 && (word.raw == "cert" || word.raw == "key")) {
        annotation.kind = word.raw;
        return true;
    }
    const bool is_second = place == (annotation.kind.empty() ? 0U : 1U);
    if (is_second
        && (word.is_quoted ? word.name.empty() && !word.value.empty()
                           : is_plain_subject(word.raw))) {
        annotation.subject = word.is_quoted ? word.value : std::string(word.raw);
        return true;
    }
    return false;
}

// Midnight is written as a date, which people write by hand as well.
std::string to_text(Time time)
{
    const bool is_midnight = std::chrono::floor<std::chrono::days>(time) == time;
    return is_midnight ? to_date(time) : to_rfc3339(time);
}

// Writes a time that end_of() reads.
std::string end_to_text(Time time)
{
    const Time day = std::chrono::floor<std::chrono::days>(time);
    return time == day + to_last_second ? to_date(day) : to_rfc3339(time);
}

} // namespace

std::vector<std::string> words_of_annotation(std::string_view text)
{
    std::vector<std::string> words;
    for (text = trim(text); !text.empty(); text = trim(text)) {
        words.emplace_back(take_word(text).raw);
    }
    return words;
}

std::optional<Annotation> parse_annotation(std::string_view line)
{
    line = trim(line);
    if (!line.starts_with('#')) {
        return std::nullopt;
    }
    line = trim(line.substr(1));
    if (!line.starts_with(mark)) {
        return std::nullopt;
    }
    line = trim(line.substr(mark.size()));
    Annotation annotation;
    for (std::size_t place = 0; !line.empty(); ++place) {
        const Word word = take_word(line);
        line = trim(line);
        if (!take_by_place(annotation, word, place) && !take_field(annotation, word)) {
            annotation.others.emplace_back(word.raw);
        }
    }
    return annotation;
}

std::string to_line(const Annotation& annotation)
{
    std::string line = "# relayctl:";
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            line += ' ' + std::string(name) + word_of(value);
        }
    };
    const auto add_time = [&](std::string_view name, const std::optional<Time>& time) {
        if (time) {
            line += ' ' + std::string(name) + to_text(*time);
        }
    };
    add("", annotation.kind);
    if (!annotation.subject.empty()) {
        const bool plain
            = is_plain_subject(annotation.subject) && !needs_quotes(annotation.subject);
        line += ' ' + (plain ? annotation.subject : in_double_quotes(annotation.subject));
    }
    add_time("expires=", annotation.expires);
    add_time("added=", annotation.added);
    add("by=", annotation.by);
    add_time("retire-after=", annotation.retire_after);
    if (annotation.until) {
        line += " until=" + end_to_text(*annotation.until);
    }
    add("owner=", annotation.owner);
    add("note=", annotation.note);
    add("for=", annotation.for_fingerprint);
    // Unknown words go to the end, so that a later version of the program finds them.
    for (const std::string& other : annotation.others) {
        line += ' ' + other;
    }
    return line;
}

std::string beginning_of(const Fingerprint& fingerprint)
{
    // Four bytes are two digits each, with three colons between them.
    return fingerprint.to_string().substr(0, 11);
}

bool may_have_annotations(std::string_view text)
{
    return ::memmem(text.data(), text.size(), mark.data(), mark.size()) != nullptr;
}

bool is_for(const Annotation& annotation, const Fingerprint& fingerprint)
{
    // An annotation by hand has no beginning, so it fits every fingerprint.
    const std::string& beginning = annotation.for_fingerprint;
    return equal_ignoring_case(fingerprint.to_string().substr(0, beginning.size()), beginning);
}

bool is_expired(const Annotation& annotation, Time now) noexcept
{
    return annotation.expires && *annotation.expires < now;
}

bool is_retired(const Annotation& annotation, Time now) noexcept
{
    return annotation.retire_after && *annotation.retire_after <= now;
}

bool has_ended(const Annotation& annotation, Time now) noexcept
{
    return annotation.until && *annotation.until < now;
}

bool has_unknown_expiry(const Annotation& annotation) noexcept
{
    return !annotation.expires && annotation.kind != "key";
}

std::optional<std::string> malformed_time(const Annotation& annotation)
{
    for (const std::string& word : annotation.others) {
        for (const std::string_view name : time_names) {
            if (word.starts_with(std::string(name) + '=')) {
                return word;
            }
        }
    }
    return std::nullopt;
}

} // namespace relayctl
