#include "app/render/text.hpp"

#include "app/render/display_width.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <ostream>
#include <string>

namespace relayctl {

namespace {

// How a terminal shows whether something is good news.
// The sign is for terminals that show UTF-8, the other one for those that do not.
struct Look {
    std::string_view color;
    std::string_view sign;
    std::string_view ascii;
};
constexpr Look neutral = { "\033[36m", "\u00b7", "-" };
constexpr Look alarming = { "\033[1;33m", "!", "!" };
constexpr Look unknown = { "\033[1;33m", "?", "?" };
constexpr Look good_news = { "\033[1;32m", "\u2713", "+" };
constexpr Look bad_news = { "\033[1;31m", "\u2717", "x" };

// An error is bad news, a warning alarms, and a note is neither.
const Look& look_of(Severity severity)
{
    return severity == Severity::error  ? bad_news
        : severity == Severity::warning ? alarming
                                        : neutral;
}

// No value is an open question.
const Look& look_of(std::optional<bool> good)
{
    return !good ? unknown : *good ? good_news : bad_news;
}

// Returns the text in the colour of the look, if standard output shows colours.
std::string painted(const Context& context, const Look& look, std::string_view text)
{
    return context.colored_output() ? std::string(look.color) + std::string(text) + "\033[0m"
                                    : std::string(text);
}

// Returns the sign and a blank, for people only.
std::string mark_of(const Context& context, const Look& look)
{
    return context.for_people()
        ? painted(context, look, context.speaks_utf8() ? look.sign : look.ascii) + ' '
        : "";
}

} // namespace

std::string painted(const Context& context, Severity severity, std::string_view text)
{
    return painted(context, look_of(severity), text);
}

std::string painted(const Context& context, std::optional<bool> good, std::string_view text)
{
    return painted(context, look_of(good), text);
}

std::string fitted(const Context& context, const std::string& line, std::size_t indent)
{
    if (!context.for_people()) {
        return line + '\n';
    }
    const Utf8Locale locale;
    return wrapped(line, context.columns(), indent) + '\n';
}

std::string place_of(const Finding& finding)
{
    std::string place = escape(finding.file);
    // Lines and columns are counted from 1.
    if (finding.line != 0) {
        place += ':' + std::to_string(finding.line);
        if (finding.column != 0) {
            place += ':' + std::to_string(finding.column);
        }
    }
    return place;
}

std::string mark_of(const Context& context, Severity severity)
{
    return mark_of(context, look_of(severity));
}

std::string mark_of(const Context& context, std::optional<bool> good)
{
    return mark_of(context, look_of(good));
}

void write_findings(Context& context, const std::vector<Finding>& findings, bool with_table)
{
    std::ostream& out = context.out();
    for (const Finding& finding : findings) {
        // The message may have no tab or newline in it: whatever comes from a file is escaped.
        if (context.options.plain) {
            out << to_string(finding.severity) << '\t' << finding.id << '\t' << escape(finding.file)
                << '\t' << finding.line << '\t' << finding.column << '\t' << finding.message << '\t'
                << finding.hint << (with_table ? '\t' + escape(finding.table) : "") << '\n';
            continue;
        }
        out << fitted(context,
            mark_of(context, finding.severity) + place_of(finding) + ": "
                + painted(context, finding.severity, to_string(finding.severity)) + ": "
                + finding.message + " [" + finding.id + ']',
            4);
        // A hint is never wrapped, since a command that is broken into lines cannot be pasted.
        if (!finding.hint.empty()) {
            out << "    hint: " << finding.hint << '\n';
        }
    }
}

void write_reason(Context& context, const Finding& reason)
{
    context.out() << fitted(context,
        "  " + painted(context, reason.severity, to_string(reason.severity)) + ": "
            + (reason.file.empty() ? "" : place_of(reason) + ": ") + reason.message + " ["
            + reason.id + ']',
        4);
    if (!reason.hint.empty()) {
        context.out() << "    hint: " << reason.hint << '\n';
    }
}

} // namespace relayctl
