#include "app/render/text.hpp"

#include "app/render/display_width.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <ostream>
#include <string>

namespace relayctl {

namespace {

// How a terminal shows whether something is good news.
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

const Look& look_of(Severity severity)
{
    return severity == Severity::error  ? bad_news
        : severity == Severity::warning ? alarming
                                        : neutral;
}

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

// Returns "FILE:LINE:COL" as compilers write it, without the numbers that are not known.
std::string place_of(const Finding& finding)
{
    std::string place = escape(finding.file);
    if (finding.line != 0) {
        place += ':' + std::to_string(finding.line);
        if (finding.column != 0) {
            place += ':' + std::to_string(finding.column);
        }
    }
    return place;
}

// Returns the name of the severity in its colour.
std::string severity_of(const Context& context, const Finding& finding)
{
    return painted(context, look_of(finding.severity), to_string(finding.severity));
}

// The line; on a terminal broken into as many as it needs there.
std::string fitted(const Context& context, const std::string& line, std::size_t indent)
{
    if (!context.for_people()) {
        return line + '\n';
    }
    const Utf8Locale locale;
    return wrapped(line, context.columns(), indent) + '\n';
}

} // namespace

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
                + severity_of(context, finding) + ": " + finding.message + " [" + finding.id + ']',
            4);
        // A hint is never wrapped, since a command that is broken into lines cannot be pasted.
        if (!finding.hint.empty()) {
            out << "    hint: " << finding.hint << '\n';
        }
    }
}

namespace {

// Returns the answer in the word that scripts read.
std::string_view answer_of(const Verdict& verdict)
{
    return !verdict.would_relay ? "depends" : *verdict.would_relay ? "yes" : "no";
}

// Returns the answer for people.
std::string sentence_of(const Verdict& verdict)
{
    return !verdict.would_relay ? "it depends"
        : *verdict.would_relay  ? "would relay"
                                : "would not relay";
}

// Writes the line of one service for programs; the reasons are their ids, which never change.
void write_plain(std::ostream& out, const Verdict& verdict)
{
    std::vector<std::string> ids;
    for (const Finding& reason : verdict.reasons) {
        ids.push_back(reason.id);
    }
    out << escape(verdict.service) << '\t' << answer_of(verdict) << '\t' << join(ids, ",") << '\t'
        << (verdict.match ? escape(verdict.match->host) : "") << '\n';
}

// Writes the fingerprints that the services with this digest compute.
void write_fingerprints(std::ostream& out, const Verdict& verdict)
{
    for (const ClientFingerprint& known : verdict.fingerprints) {
        std::string label = verdict.digest + (known.kind.empty() ? "" : ' ' + known.kind);
        label.resize(std::max<std::size_t>(label.size(), 12), ' ');
        out << "  " << label << ' ' << known.fingerprint.to_string() << '\n';
    }
}

// Says by which entry the client is listed.
std::string described(const Match& match)
{
    std::string text = "listed as " + escape(match.host) + " in " + escape(match.table);
    if (match.line != 0) {
        text += ", " + escape(match.file) + ':' + std::to_string(match.line);
    }
    return text
        + (match.kind.empty()         ? ""
                : match.kind == "key" ? ", by its key"
                                      : ", by its certificate");
}

} // namespace

void write_reason(Context& context, const Finding& reason)
{
    context.out() << fitted(context,
        "  " + severity_of(context, reason) + ": "
            + (reason.file.empty() ? "" : place_of(reason) + ": ") + reason.message + " ["
            + reason.id + ']',
        4);
    if (!reason.hint.empty()) {
        context.out() << "    hint: " << reason.hint << '\n';
    }
}

void write_verdicts(Context& context, const Client& client, const std::vector<Verdict>& verdicts)
{
    std::ostream& out = context.out();
    if (context.options.plain) {
        std::for_each(verdicts.begin(), verdicts.end(),
            [&](const Verdict& verdict) { write_plain(out, verdict); });
        return;
    }
    out << client.name
        << (client.certificate != nullptr ? ": " + escape(client.certificate->subject) : "")
        << '\n';
    // Services with the same digest compute the same fingerprints, which are shown once.
    const Verdict* before = nullptr;
    for (const Verdict& verdict : verdicts) {
        if (before == nullptr || before->digest != verdict.digest) {
            write_fingerprints(out, verdict);
        }
        before = &verdict;
    }
    for (const Verdict& verdict : verdicts) {
        const std::string sentence
            = painted(context, look_of(verdict.would_relay), sentence_of(verdict));
        out << '\n'
            << fitted(context,
                   mark_of(context, verdict.would_relay) + escape(verdict.service) + ": " + sentence
                       + (verdict.match ? ": " + described(*verdict.match) : ""),
                   4);
        for (const Finding& reason : verdict.reasons) {
            write_reason(context, reason);
        }
    }
}

} // namespace relayctl
