#include "core/operations/reload.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns why; where there are several reasons, the first that applies.
ReloadReason reason_of_reload(const TableAccess& access, const TableName& table)
{
    return is_stale_behind_proxy(access, table) ? ReloadReason::proxymap
        : table.traits().is_read_once           ? ReloadReason::read_at_start
                                                : ReloadReason::first_map;
}

// Returns true if processes of the service go on with what they have read of this source.
bool is_stale(Postfix& postfix, const AskingService& service, const TableName& changed)
{
    const auto has_any = [&](const std::vector<TableName>& tables, auto is_kept) {
        return std::any_of(tables.begin(), tables.end(), [&](const TableName& table) {
            return is_kept(postfix.opened(table).traits()) && has_same_source(table, changed);
        });
    };
    return has_any(service.tables, [](const TableType& type) { return type.is_read_once; })
        || has_any(service.proxied, [](const TableType& type) { return !type.is_live; });
}

} // namespace

bool is_stale_behind_proxy(const TableAccess& access, const TableName& table)
{
    // proxymap keeps the map open, but of such a type every lookup sees the change.
    if (access.postfix.opened(table).traits().is_live) {
        return false;
    }
    const auto tables = tables_of_postfix(access);
    return std::any_of(tables.begin(), tables.end(), [&](const AskedTable& asked) {
        return asked.is_proxied && is_same_table(asked.table, table);
    });
}

void reload_if_needed(const TableAccess& access, const TableName& table,
    const ChangeOptions& options, Publication& publication, Observer& observer)
{
    if (!publication.reload_needed) {
        return;
    }
    if (!options.reload) {
        observer.needs_reload(table, reason_of_reload(access, table));
        return;
    }
    try {
        access.postfix.reload();
    } catch (Error& error) {
        // The change cannot be taken back here, and need not be: a later reload is enough.
        throw error.with_state(
            "the change is published, but running smtpd processes do not see it yet");
    }
    publication.reload_needed = false;
    observer.reloaded();
}

void add_unreloaded_services(const TableAccess& access, const TableOutcome& outcome,
    const ChangeOptions& options, const Repair& repair, RevocationVerdict& verdict)
{
    // With -t nobody was asked whether proxymap stands in between, so it was not reloaded for it.
    const bool is_reloaded
        = options.reload && (!access.is_named || outcome.table.traits().is_read_once);
    // If Postfix is not running, no process has read anything.
    if (outcome.report.revoked.empty() || is_reloaded || !outcome.publication.changed
        || !access.postfix.is_running().value_or(true)) {
        return;
    }
    const std::string instance = access.postfix.parameters().config_directory;
    std::vector<std::string> clients;
    for (const EntryView& entry : outcome.report.revoked) {
        clients.push_back(escape(entry.host.empty() ? entry.fingerprint : entry.host));
    }
    const Finding reason = reload_needed(outcome.table, repair);
    for (const AskingService& service : asked_tables(access.postfix).services) {
        if (is_stale(access.postfix, service, outcome.table)) {
            verdict.relaying.push_back({ instance, service.name, clients, reason });
        }
    }
}

} // namespace relayctl
