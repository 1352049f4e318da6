// What a change means to the services: first for a client that was added, then for one that was
// removed, at last for the services that ask other tables.
#include "app/commands/services_after_change.hpp"

#include "app/cli/report.hpp"
#include "core/base/text.hpp"
#include "core/inspect/other_services.hpp"
#include "core/operations/still_refusing.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns true if -t and -d leave no question for Postfix.
bool spawns_nothing(const Context& context)
{
    return !context.options.table.empty() && !context.options.digest.empty();
}

// "zen.example and 26 others"
std::string names_of(const StillRelaying& found)
{
    // A removal of thousands would fill the screen with names.
    constexpr std::size_t most = 3;
    const std::size_t count = found.clients.size();
    const std::size_t shown = std::min(count, most);
    const std::vector<std::string> names(
        found.clients.begin(), found.clients.begin() + static_cast<std::ptrdiff_t>(shown));
    return join(names, ", ")
        + (count > shown ? " and " + count_of(count - shown, "other", "others") : "");
}

} // namespace

bool judges_configuration(Context& context)
{
    return !spawns_nothing(context) && context.postfix().is_configured();
}

// An error here must not look like an error of the change, which is done.
void warn_of_refusals(Context& context, const std::vector<TableName>& tables)
{
    try {
        if (!judges_configuration(context)) {
            return;
        }
        // The services are judged as they are after the change, for a client of which only the
        // listing is known.
        const StillRefusing answer = ask_whether_still_refusing(
            context.postfix(), tables, context.options.service, context.now(), context.repair());
        for (const std::string& refusal : answer.refusals) {
            report_warning(context, "authorised, but " + refusal);
        }
        for (const std::string& command : answer.commands) {
            report_command(context, command);
        }
    } catch (const Error& error) {
        report_note(context,
            "whether the services of Postfix will accept it could not be seen: "
                + std::string(error.what()));
    }
}

std::optional<RevocationVerdict> ask_services_again(Context& context, const Revoked& revoked)
{
    if (!revoked.is_anybody() || spawns_nothing(context)) {
        return std::nullopt;
    }
    if (!context.postfix().is_configured()) {
        report_note(context,
            "there is no Postfix here that could be asked whether it still relays for the client");
        return std::nullopt;
    }
    // Every Postfix instance of the machine has its own configuration, so each is opened as if its
    // -c had been given.
    const auto open_instance = [&](const std::string& directory,
                                   const std::function<void(const PostfixInstance&)>& use) {
        Context other = context.of_instance(directory);
        use({ other.postfix(), directory, other.repair() });
    };
    RevocationReport report = ask_whether_still_relaying(
        { context.postfix(), context.options.config_directory, context.repair() }, open_instance,
        revoked, context.now());
    for (const std::string& problem : report.unasked) {
        report_warning(context, problem);
    }
    // The removed entry has one fingerprint. The client's other one may be listed, and only its
    // certificate would tell.
    if (revoked.are_named && !revoked.entries.empty() && report.asked_any) {
        report_note(context,
            "other fingerprints of the client are not known: "
                + context.repair().relayctl("check CERT") + " tells whether one is listed");
    }
    for (const StillRelaying& doubt : report.verdict.unsure) {
        if (!doubt.service.empty()) {
            report_warning(context,
                "whether " + escape(doubt.service) + " of " + escape(doubt.instance)
                    + " still relays for " + names_of(doubt)
                    + " cannot be seen: " + doubt.reason.message);
        }
    }
    return std::move(report.verdict);
}

void report_still_relaying(Context& context, const RevocationVerdict& verdict)
{
    for (const StillRelaying& found : verdict.relaying) {
        report_warning(context,
            "service " + escape(found.service) + " of " + escape(found.instance)
                + " still relays for " + names_of(found) + ": " + found.reason.message + " ["
                + found.reason.id + "]");
        if (!found.reason.hint.empty()) {
            report_hint(context, found.reason.hint);
        }
    }
}

void require_revoked(const Context& context, const std::optional<RevocationVerdict>& verdict)
{
    if (!verdict || !context.options.table.empty()) {
        return;
    }
    const auto services = relaying_services(*verdict, context.options.service);
    if (!services.empty()) {
        throw Error(ErrorKind::refused,
            "the client may still relay through " + join(services, ", "),
            { "mend what the warnings name: the certificate is not revoked before" });
    }
}

namespace {

// Returns for each client the fingerprints by which a table may list it.
std::vector<std::vector<Fingerprint>> fingerprints_of(const std::vector<NewClient>& clients)
{
    std::vector<std::vector<Fingerprint>> fingerprints;
    for (const NewClient& client : clients) {
        auto& own = fingerprints.emplace_back(1, client.fingerprint);
        if (client.key_fingerprint) {
            // Another service may list the client by its key.
            own.push_back(*client.key_fingerprint);
        }
    }
    return fingerprints;
}

// "submission/inet asks hash:/b, where the client is not listed"
std::string sentence_about(const OtherServices& group, std::size_t clients)
{
    std::vector<std::string> names;
    std::transform(group.names.begin(), group.names.end(), std::back_inserter(names),
        [](const std::string& name) { return escape(name); });
    std::vector<std::string> tables;
    std::transform(group.tables.begin(), group.tables.end(), std::back_inserter(tables),
        [](const TableName& table) { return escape(table.to_string()); });
    const std::string begin
        = join(names, ", ") + (names.size() == 1 ? " asks " : " ask ") + join(tables, ", ");
    if (!group.unknown.empty()) {
        return begin
            + ", which cannot be asked whether the client is listed there: " + group.unknown;
    }
    return begin
        + (clients == 0        ? " instead"
                : clients == 1 ? ", where the client is not listed"
                               : ", where " + std::to_string(group.missing) + " of the "
                    + std::to_string(clients) + " clients are not listed");
}

// Says the note about other services. With -t it is said only if a service asks that table, for
// else the user works on a table of his own.
void note_groups(Context& context, const std::vector<NewClient>& clients)
{
    const AskedTables asked = asked_tables(context.postfix());
    const TableName& table = context.table();
    if (!context.options.table.empty()
        && std::none_of(asked.services.begin(), asked.services.end(),
            [&](const AskingService& service) { return asks_table(service, table); })) {
        return;
    }
    std::vector<std::string> sentences;
    for (const OtherServices& group :
        services_with_other_tables(context.postfix(), asked, table, fingerprints_of(clients))) {
        sentences.push_back(sentence_about(group, clients.size()));
    }
    if (!sentences.empty()) {
        report_note(context,
            join(sentences, "; ")
                + (clients.empty() ? "" : " (--service NAME changes the table of that service)"));
    }
}

} // namespace

void note_other_services(Context& context, const std::vector<NewClient>& clients)
{
    if (context.options.quiet || !judges_configuration(context)) {
        return;
    }
    try {
        note_groups(context, clients);
    } catch (const Error& error) { // what was done stands
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        report_note(context,
            "which services ask other tables could not be seen: " + std::string(error.what()));
    }
}

} // namespace relayctl
