#include "app/commands/other_services.hpp"

#include "app/cli/report.hpp"
#include "app/commands/services_after_change.hpp"
#include "core/base/text.hpp"
#include "core/inspect/other_services.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::vector<std::vector<Fingerprint>> fingerprints_of(const std::vector<NewClient>& clients)
{
    std::vector<std::vector<Fingerprint>> fingerprints;
    for (const NewClient& client : clients) {
        auto& own = fingerprints.emplace_back(1, client.fingerprint);
        if (client.key_fingerprint) {
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
