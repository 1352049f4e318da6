#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/table_reading.hpp"
#include "app/render/json.hpp"
#include "app/render/list_writer.hpp"
#include "app/render/text.hpp"
#include "core/base/text.hpp"
#include "core/operations/last_seen.hpp"
#include "core/operations/list_entries.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace relayctl {

namespace {

// What was typed behind "list".
struct ListOptions {
    ListCriteria criteria;
    std::string sort;
    bool everything = false;
    bool exit_code = false;
    bool state_id = false;
    bool text = false;
};

// Returns the order of the entries; without --sort it is that of the table.
EntryOrder order_of(const std::string& sort)
{
    return sort == "host"  ? EntryOrder::host
        : sort == "expiry" ? EntryOrder::expiry
        : sort == "added"  ? EntryOrder::added
                           : EntryOrder::any;
}

// One state id for each table; of several tables each with its name.
ExitStatus write_state_ids(Context& context, const std::vector<TableName>& tables,
    const TableReader& reader, const TableReading& reading)
{
    std::vector<TableState> states;
    for (const TableName& table : tables) {
        reader.attempt(table, [&] {
            states.push_back({ table.to_string(), state_id_of(table, reader.open(table)) });
        });
    }
    // Without any table that could be read there is nothing to show; the error follows.
    if (context.options.json && !states.empty()) {
        write_json_state_ids(context.out(), states);
    }
    for (std::size_t i = 0; !context.options.json && i < states.size(); ++i) {
        context.out() << states[i].id << (tables.size() > 1 ? '\t' + escape(states[i].table) : "")
                      << '\n';
    }
    reading.throw_first();
    return ExitStatus::ok;
}

// Says why the list is empty: a filter, an empty table, or a pattern that fits nothing.
std::string nothing_found(const ListCriteria& criteria, const std::vector<TableName>& tables)
{
    std::vector<std::string> names;
    std::transform(tables.begin(), tables.end(), std::back_inserter(names),
        [](const TableName& table) { return escape(table.to_string()); });
    return criteria.has_filter() ? "no entry fits these filters"
        : criteria.pattern.empty()
        ? join(names, ", ") + (tables.size() == 1 ? " has" : " have") + " no entries"
        : "no entry matches " + quote(criteria.pattern);
}

// Returns what is known from what was saved beside these tables.
LastSeenOf last_seen_in(Context& context, const std::vector<TableName>& tables)
{
    std::map<std::string, LastSeen> known;
    for (const TableName& table : tables) {
        LastSeen last_seen(context.postfix(), table);
        if (!last_seen.is_empty()) {
            known.emplace(table.to_string(), std::move(last_seen));
        }
    }
    return [known = std::move(known)](
               const std::string& table, std::string_view key) -> std::optional<Time> {
        const auto found = known.empty() ? known.end() : known.find(table);
        return found == known.end() ? std::nullopt : found->second.of(key);
    };
}

// Says how a list of what ends is dealt with.
void write_what_to_do(Context& context, const CollectedEntries& collected)
{
    const auto write = [&](const char* what, const char* words) {
        context.out() << what << context.repair().relayctl(words, context.options.table) << '\n';
    };
    const bool has_own_end = std::any_of(
        collected.entries.begin(), collected.entries.end(), [](const ListedEntry& listed) {
            return listed.document->annotation(*listed.entry).until.has_value();
        });
    context.out() << '\n';
    write("To list a renewed certificate: ", "rotate HOST CERT");
    if (has_own_end) {
        write("To let a client relay beyond its end: ", "annotate HOST --until DATE");
    }
    write("To remove what is over: ", "prune");
}

// People see columns that are as wide as what is in them, so all entries must be there at once.
void list_for_people(const ListOptions& options, Context& context,
    const std::vector<TableName>& tables, const TableReader& reader, EntrySelection& selection)
{
    CollectedEntries collected = collect_entries(tables, order_of(options.sort), reader, selection);
    if (options.sort.empty()) {
        join_hosts(collected.entries);
    }
    if (collected.entries.empty()) {
        report_done(context, nothing_found(options.criteria, tables));
    } else {
        write_table(context, collected, options.everything, tables.size() > 1,
            last_seen_in(context, tables));
        if (options.text && options.criteria.has_filter()) { // a mail says what is to be done
            write_what_to_do(context, collected);
        }
    }
}

// Returns every table that is asked, also one that was not read, so that a program sees what the
// list lacks.
std::vector<ListedTable> listed_tables(Context& context, const TableReading& reading)
{
    std::vector<ListedTable> listed;
    for (const AskedTable& asked : context.tables()) {
        const auto& failures = reading.failures();
        const auto failure = std::find_if(failures.begin(), failures.end(),
            [&](const auto& f) { return has_same_source(f.table, asked.table); });
        const std::string other_type = asked.table.is_writable()
            ? ""
            : "relayctl reads no tables of type " + quote(asked.table.type);
        listed.push_back({ asked.table.to_string(), asked.services,
            failure == failures.end() ? other_type : failure->message });
    }
    return listed;
}

// Writes the list as JSON or lines, part by part. Nothing is written if the only table cannot be
// opened.
void list_for_programs(const ListOptions& options, Context& context,
    const std::vector<TableName>& tables, const TableReader& reader, const TableReading& reading,
    EntrySelection& selection)
{
    const auto digest = context.options.json ? context.known_digest() : std::nullopt;
    EntryListing listing(tables, order_of(options.sort), reader);
    const std::unique_ptr<ListWriter> writer = context.options.json
        ? json_list_writer(context.out(), tables.front().to_string(), digest ? digest->name() : "",
            last_seen_in(context, tables))
        : plain_list_writer(context.out(), options.everything, tables.size() > 1);
    listing.show(selection,
        [&](const std::string& table, const Document& part,
            const std::vector<const Entry*>& entries) { writer->write(table, part, entries); });
    writer->finish(listed_tables(context, reading), selection.unknown_expiry());
}

// The tables whose entries relayctl can read; a note names the others. Of several tables that are
// made of one file only the first counts, because their entries are the same.
std::vector<TableName> readable_tables(Context& context)
{
    std::vector<TableName> tables;
    std::vector<std::string> others;
    for (const AskedTable& asked : context.tables()) {
        const bool is_known = std::any_of(tables.begin(), tables.end(),
            [&](const TableName& table) { return has_same_source(table, asked.table); });
        if (is_known) {
            continue;
        }
        if (is_changeable(asked.table)) {
            tables.push_back(asked.table);
        } else {
            others.push_back(escape(asked.table.to_string()));
        }
    }
    if (tables.empty()) {
        require_readable(context.table());
        tables.push_back(context.table());
    } else if (!others.empty()) {
        report_note(context,
            join(others, ", ") + ": Postfix asks this too, and relayctl cannot read such tables");
    }
    return tables;
}

// Writes the list for people or for programs. Of several tables one that cannot be read keeps no
// other from being shown, but the status tells of it.
ExitStatus run_list(const ListOptions& options, Context& context)
{
    const ListCriteria& criteria = options.criteria;
    const std::vector<TableName> tables = readable_tables(context);
    if (options.exit_code && !criteria.has_filter()) {
        throw Error(ErrorKind::usage, "--exit-code: needs --expiring, --expired or --retired");
    }
    const bool for_people = context.for_people(options.text);
    TableReading reading(context);
    const TableReader reader{
        [&](const TableName& table) -> Store& { return context.store(table); },
        [&](const TableName& table, const std::function<void()>& work) {
            return reading.attempt(table, work);
        },
    };
    std::vector<TableName> allowed;
    for (const TableName& table : tables) {
        // A filter by time is of no use where the role of a database may not read the times.
        if (!criteria.has_filter()
            || reader.attempt(table, [&] { context.require_annotations(table); })) {
            allowed.push_back(table);
        }
    }
    if (options.state_id) {
        return write_state_ids(context, allowed, reader, reading);
    }
    const bool filters_by_expiry = criteria.expiring || criteria.expired;
    EntrySelection selection(criteria, context.now(), filters_by_expiry || context.options.json);
    if (for_people) {
        list_for_people(options, context, allowed, reader, selection);
    } else if (!allowed.empty()) {
        list_for_programs(options, context, allowed, reader, reading, selection);
    }
    if (!for_people && !context.options.json && !criteria.pattern.empty()
        && !selection.has_matched_pattern()) {
        report_done(context, nothing_found(criteria, allowed));
    }
    if (filters_by_expiry) { // such a filter cannot find what nobody knows
        note_unknown_expiry(context, selection.unknown_expiry());
    }
    reading.throw_first();
    // With --exit-code finding something is what the caller fears; without it a pattern that finds
    // nothing is the "no".
    const bool is_no = options.exit_code
        ? selection.has_listed()
        : !criteria.pattern.empty() && !selection.has_matched_pattern();
    return is_no ? ExitStatus::no : ExitStatus::ok;
}

} // namespace

void declare_list(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_list,
        R"(PATTERN is a glob on the host, or the beginning of a fingerprint. Several
filters show what any of them finds. Times are known of entries that relayctl
added or annotated. On a terminal the table is cut to its width, but for --long.

Examples:
  relayctl list '*.suse.co.uk'
  relayctl -q list --expired --expiring 30d --sort expiry --text   # in cron
  relayctl list --json | jq -r '.entries[].host'

Exit status:
  0 done    1 nothing matches PATTERN; with --exit-code: a filter found some
  2 usage    3 table unreadable    4 Postfix failed    5 permission denied
  6 disk or system error)");
    add_optional_operand(command, "PATTERN", options.criteria.pattern,
        "glob on the host, or beginning of a fingerprint", ValueKind::listed);
    add_duration(command, "--expiring", options.criteria.expiring,
        "those that expire, or end by --until, within this time");
    add_flag(command, "--expired", options.criteria.expired, "those that have expired");
    add_flag(
        command, "--retired", options.criteria.retired, "those whose grace after a rotate is over");
    add_choice(command, "--sort", "BY", options.sort, "host, expiry or added",
        { "host", "expiry", "added" });
    add_flag(command, "-l,--long", options.everything, "all that is known, and nothing cut");
    add_flag(command, "--text", options.text, "in columns for people, also through a pipe");
    add_flag(command, "--exit-code", options.exit_code, "status 1 where a filter finds any");
    add_flag(command, "--state-id", options.state_id,
        "one hash of what the table says, to compare servers by");
}

} // namespace relayctl
