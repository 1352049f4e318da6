#include "core/operations/history.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/show_change.hpp"
#include "app/render/history.hpp"
#include "core/base/text.hpp"

#include <charconv>

namespace relayctl {

namespace {

// What was typed behind "history".
struct HistoryOptions {
    std::string who;
    std::string since;
    std::string by;
    std::size_t limit = 100;
};

// Says why nothing is shown.
void report_nothing(Context& context, const FoundHistory& found, const HistoryQuery& query)
{
    const bool has_filter = query.client || query.since || !query.user.empty();
    std::vector<std::string> names;
    for (const TableName& table : found.without) {
        names.push_back(escape(table.to_string()));
    }
    report_done(context,
        has_filter          ? "no change on record fits these filters"
            : names.empty() ? "no change is on record"
                            : join(names, ", ") + ": no change is on record yet");
}

// Shows one change, of which people see the diff.
ExitStatus show_change(const TableChange& change, Context& context, bool with_table)
{
    FoundHistory found;
    found.changes.push_back(change);
    if (context.options.json) {
        write_json_history(context.out(), found);
    } else if (context.options.plain) {
        write_plain_history(context.out(), found);
    } else {
        write_history_diff(context, change, with_table);
    }
    return ExitStatus::ok;
}

// Shows what was changed in all tables of the command, the newest first.
ExitStatus run_history(const HistoryOptions& options, Context& context)
{
    const std::optional<Time> since = moment_since(options.since, context.now());
    const TableAccess access = table_access(context);
    const bool with_table = tables_with_history(access).size() > 1;
    if (const auto id = ChangeId::parse(options.who)) {
        return show_change(find_change(access, *id), context, with_table);
    }
    HistoryQuery query;
    if (!options.who.empty()) {
        query.client.emplace(options.who);
    }
    query.since = since;
    query.user = options.by;
    query.limit = options.limit;
    const FoundHistory found = find_history(access, query);
    if (context.options.json) {
        write_json_history(context.out(), found);
    } else if (context.for_people()) {
        write_history_table(context, found, query, with_table);
    } else {
        write_plain_history(context.out(), found);
    }
    if (found.changes.empty()) {
        report_nothing(context, found, query);
    }
    if (found.has_more) {
        report_note(context, "there are older ones: --limit NUMBER, 0 for all");
    }
    for (const std::string& table : found.folded) {
        report_note(context, escape(table) + ": older changes are kept no longer");
    }
    return found.changes.empty() && query.client ? ExitStatus::no : ExitStatus::ok;
}

} // namespace

void declare_history(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_history,
        R"(The newest first. CHANGE is the number of one, which is shown as a diff; WHO is
a host, a glob on hosts, a fingerprint or its beginning, or a certificate file,
listed or not. What was changed past relayctl stands there as "outside".

Examples:
  relayctl history --since 30d
  relayctl history zen.suse.co.uk     who let it in, and when
  relayctl history 42

Exit status:
  0 done    1 no change was about WHO, or there is no such CHANGE    2 usage
  3 table unreadable    4 Postfix failed    5 permission denied
  6 disk or system error)");
    add_optional_operand(
        command, "WHO", options.who, "a client, or the number of a change", ValueKind::anybody);
    add_since(command, options.since, "only changes since then: 30d, 2026-10-01");
    add_value(command, "--by", "USER", options.by, "changes that this user made");
    add_parsed(command, "--limit", "NUMBER", "show so many (100); 0: all",
        [&limit = options.limit](const std::string& text) {
            const char* const end = text.data() + text.size();
            const auto [behind, error] = std::from_chars(text.data(), end, limit);
            return error == std::errc() && behind == end ? std::string()
                                                         : "expected a number, 0 for all";
        });
}

} // namespace relayctl
