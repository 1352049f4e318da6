#include "app/render/check_answers.hpp"

#include "app/cli/report.hpp"
#include "app/render/text.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <string>

namespace relayctl {

namespace {

// Returns the answer in the word that scripts read.
std::string_view word_for(const Verdict& verdict)
{
    return !verdict.would_relay ? "depends" : *verdict.would_relay ? "yes" : "no";
}

// Returns the answer for people.
std::string sentence_of(std::optional<bool> would_relay)
{
    return !would_relay ? "it depends" : *would_relay ? "would relay" : "would not relay";
}

// Writes the lines of one client for programs; the reasons are their ids, which never change.
void write_plain(std::ostream& out, const CheckAnswer& answer, bool with_client)
{
    for (const Verdict& verdict : answer.verdicts) {
        std::vector<std::string> ids;
        for (const Finding& reason : verdict.reasons) {
            ids.push_back(reason.id);
        }
        out << escape(verdict.service) << '\t' << word_for(verdict) << '\t' << join(ids, ",")
            << '\t' << (verdict.match ? escape(verdict.match->host) : "")
            << (with_client ? '\t' + answer.name : "") << '\n';
    }
}

// Returns the services whose answer is this one.
std::vector<std::string> services_with(const CheckAnswer& answer, std::optional<bool> would_relay)
{
    std::vector<std::string> names;
    for (const Verdict& verdict : answer.verdicts) {
        if (verdict.would_relay == would_relay) {
            names.push_back(escape(verdict.service));
        }
    }
    return names;
}

// Returns how the client is listed: "listed as zen.example", or "listed" if it goes by that name.
// Empty if the services do not list it, or not by the same name.
std::string listing_of(const CheckAnswer& answer)
{
    const auto listed = std::find_if(answer.verdicts.begin(), answer.verdicts.end(),
        [](const Verdict& verdict) { return verdict.match.has_value(); });
    if (listed == answer.verdicts.end()) {
        return "";
    }
    const std::string& host = listed->match->host;
    const bool is_one_name = std::all_of(answer.verdicts.begin(), answer.verdicts.end(),
        [&](const Verdict& v) { return !v.match || v.match->host == host; });
    return !is_one_name ? "" : escape(host) == answer.name ? "listed" : "listed as " + escape(host);
}

// Returns ": " and the first reason of the first service with the answer; empty if it has none.
std::string reason_of(const CheckAnswer& answer)
{
    const auto verdict
        = std::find_if(answer.verdicts.begin(), answer.verdicts.end(), [&](const Verdict& v) {
              return v.would_relay == answer.would_relay && !v.reasons.empty();
          });
    if (verdict == answer.verdicts.end()) {
        return "";
    }
    const std::string& message = verdict->reasons.front().message;
    const std::string own_name = answer.name + ": "; // which the sentence begins with already
    return ": " + (message.starts_with(own_name) ? message.substr(own_name.size()) : message);
}

// Returns what follows the sentence that the client would not relay, or that it depends.
std::string behind_refusal(const CheckAnswer& answer)
{
    const std::string listing = listing_of(answer);
    return (listing.empty() ? "" : ", although " + listing) + reason_of(answer);
}

// Returns what follows the client's name in the first line, which says all in one sentence.
std::string summary_of(const Context& context, const CheckAnswer& answer)
{
    const std::string sentence
        = painted(context, answer.would_relay, sentence_of(answer.would_relay));
    if (!answer.would_relay.value_or(false)) {
        return sentence + behind_refusal(answer);
    }
    const std::string listing = listing_of(answer);
    const std::string as = listing.empty() ? "" : ", " + listing;
    const auto yes = services_with(answer, true);
    if (yes.size() == answer.verdicts.size()) {
        return sentence + as;
    }
    const auto no = services_with(answer, false);
    const auto unsure = services_with(answer, std::nullopt);
    return sentence + " through " + join(yes, ", ") + as
        + (no.empty() ? "" : "; not through " + join(no, ", "))
        + (unsure.empty() ? "" : "; it depends for " + join(unsure, ", "));
}

void write_line(std::ostream& out, std::string label, const std::string& text)
{
    label.resize(std::max<std::size_t>(label.size(), 12), ' ');
    out << "  " << label << ' ' << text << '\n';
}

// Writes the fingerprints that the services with this digest compute.
void write_fingerprints(std::ostream& out, const Verdict& verdict)
{
    for (const ClientFingerprint& known : verdict.fingerprints) {
        write_line(out, verdict.digest + (known.kind.empty() ? "" : ' ' + known.kind),
            known.fingerprint.to_string());
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

// Returns the line of one service.
std::string line_of(const Context& context, const Verdict& verdict)
{
    const std::string_view joint = verdict.would_relay.value_or(false) ? ": " : ", although ";
    return mark_of(context, verdict.would_relay) + escape(verdict.service) + ": "
        + painted(context, verdict.would_relay, sentence_of(verdict.would_relay))
        + (verdict.match ? std::string(joint) + described(*verdict.match) : "");
}

Finding without_hint(Finding reason)
{
    reason.hint.clear();
    return reason;
}

// Writes the answers for people one after the other.
class AnswerWriter {
public:
    explicit AnswerWriter(Context& context)
        : context_(context)
        , out_(context.out())
    {
    }

    void write(const CheckAnswer& answer)
    {
        out_ << fitted(context_,
            mark_of(context_, answer.would_relay) + answer.name + ": "
                + summary_of(context_, answer),
            4);
        if (!answer.subject.empty()) {
            write_line(out_, "subject", escape(answer.subject));
        }
        // Services with the same digest compute the same fingerprints, which are shown once.
        const Verdict* before = nullptr;
        for (const Verdict& verdict : answer.verdicts) {
            if (before == nullptr || before->digest != verdict.digest) {
                write_fingerprints(out_, verdict);
            }
            before = &verdict;
        }
        for (const Verdict& verdict : answer.verdicts) {
            out_ << '\n' << fitted(context_, line_of(context_, verdict), 4);
            for (auto reason = verdict.reasons.begin(); reason != verdict.reasons.end(); ++reason) {
                // One command may mend several things; it stands below the last of them.
                const bool comes_again
                    = std::any_of(reason + 1, verdict.reasons.end(), [&](const Finding& later) {
                          return later.hint == reason->hint && later.severity != Severity::note;
                      });
                write(comes_again ? without_hint(*reason) : *reason);
            }
        }
    }

private:
    // Writes one reason. A note is written only once, since what cannot be known is so for all
    // services and clients.
    void write(const Finding& reason)
    {
        if (reason.severity == Severity::note
            && !notes_.insert(place_of(reason) + reason.message + reason.id).second) {
            return;
        }
        write_reason(context_, reason);
    }

    Context& context_;
    std::ostream& out_;
    std::set<std::string> notes_; // that were written
};

} // namespace

void write_answers(Context& context, const std::vector<CheckAnswer>& answers)
{
    if (context.options.plain) {
        for (const CheckAnswer& answer : answers) {
            write_plain(context.out(), answer, answers.size() > 1);
        }
        return;
    }
    AnswerWriter writer(context);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        context.out() << (i == 0 ? "" : "\n\n");
        writer.write(answers[i]);
    }
}

void report_refusals(Context& context, const std::vector<CheckAnswer>& answers)
{
    for (const CheckAnswer& answer : answers) {
        const std::string line
            = answer.name + ": " + sentence_of(answer.would_relay) + behind_refusal(answer);
        if (!answer.would_relay) {
            report_warning(context, line);
        } else if (!*answer.would_relay) {
            report_error(context, Error(ErrorKind::refused, line));
        }
    }
}

} // namespace relayctl
