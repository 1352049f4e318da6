#include "app/commands/pending.hpp"

#include "app/cli/report.hpp"
#include "app/commands/add.hpp"
#include "app/commands/sightings.hpp"
#include "app/render/seen.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <ostream>

namespace relayctl {

namespace {

// Returns the fingerprint by which the client is to be listed. Errors: ErrorKind::refused if the
// log does not have it.
std::string fingerprint_of(const Presented& presented, bool key)
{
    const auto& wanted = key || !presented.certificate ? presented.key : presented.certificate;
    if (!wanted) {
        throw Error(ErrorKind::refused,
            presented.certificate->to_string()
                + ": the log does not have the fingerprint of its key");
    }
    return wanted->to_string();
}

// Returns the hint that shows the pending clients of the same logs; none where standard input is
// among them, which nobody can read again.
std::vector<Hint> who_is_pending(Context& context, const std::vector<std::string>& logs)
{
    std::vector<std::string> words = { "relayctl", "seen", "--pending" };
    for (const std::string& log : logs) {
        if (log == "-") {
            return {};
        }
        words.insert(words.end(), { "--log", log });
    }
    return { Hint("who is pending: ", words, context.options.table) };
}

// Asks for the host. Returns no value at the end of the input, and an empty text for nobody.
std::optional<std::string> asked_host(Context& context)
{
    const std::string line = answer_to(context, "list it as HOST (Enter: not now, q: enough)? ");
    if (line.empty()) {
        context.err() << '\n';
        return std::nullopt;
    }
    return std::string(trim(line));
}

} // namespace

std::string pending_fingerprint(
    Context& context, const std::string& word, const std::vector<std::string>& logs, bool key)
{
    const SeenQuestion question{ logs, {}, false, false, context.now() };
    const SeenReport report = sightings_of(context, question);
    if (!report.fingerprints_logged.value_or(false) && report.pending.empty()) {
        throw_not_logged(context, question, report);
    }
    const auto found = pending_clients(report, word);
    if (found.size() != 1) {
        throw Error(ErrorKind::refused,
            quote(word)
                + (found.empty() ? ": no pending certificate has this number, or begins so"
                                 : ": several pending certificates begin so"),
            who_is_pending(context, logs));
    }
    const ClientSightings& sightings = found.front()->sightings;
    report_note(context,
        "it " + claim_in_words(sightings) + ", and came "
            + count_of(sightings.sessions, "time", "times") + ", last "
            + ago(sightings.last, context.now()));
    return fingerprint_of(sightings.presented, key);
}

void ask_about(Context& context, const std::vector<const PendingClient*>& clients,
    const std::vector<std::string>& logs)
{
    if (!context.can_ask()) {
        throw Error(ErrorKind::usage, "seen --ask: nobody is here to be asked",
            { Hint("to list one of them: ", { "relayctl", "add", "--pending", "N", "HOST" },
                context.options.table) });
    }
    for (const PendingClient* client : clients) {
        write_pending(context, { client }, !logs.empty());
        context.out().flush();
        // Nobody is asked for the host of a client that add would refuse.
        while (obstacle_to_listing(context, client->sightings).empty()) {
            const auto host = asked_host(context);
            if (!host || *host == "q") {
                return;
            }
            try {
                if (!host->empty()) {
                    add_by_fingerprint(
                        context, fingerprint_of(client->sightings.presented, false), *host);
                }
                break;
            } catch (const Error& error) {
                // A host that cannot be one is asked for again; whatever else fails ends it.
                if (error.kind() != ErrorKind::usage && error.kind() != ErrorKind::refused) {
                    throw;
                }
                report_error(context, error);
            }
        }
    }
}

} // namespace relayctl
