#include "app/cli/report.hpp"
#include "app/commands.hpp"
#include "app/commands/duration_option.hpp"
#include "app/commands/list_entries.hpp"
#include "app/render/json.hpp"
#include "app/render/text.hpp"
#include "core/base/text.hpp"
#include "core/store/store.hpp"
#include "core/table/content_sum.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <deque>
#include <memory>

namespace relayctl {

namespace {

// A database sorts; nobody holds all of it.
std::string state_id_of_rows(Store& store)
{
    StateId id;
    const auto parts = store.stream(EntryOrder::key);
    while (const auto part = parts->next()) {
        for (const Entry& entry : part->entries()) {
            if (!entry.never_found && !part->value(entry).empty()) {
                id.add(to_lower(part->key(entry)), part->value(entry));
            }
        }
    }
    return id.finish();
}

// One hash a table; of several each with its name.
ExitStatus print_state_ids(
    Context& context, const std::vector<TableName>& tables, TableReading& reading)
{
    std::vector<TableState> states;
    for (const TableName& table : tables) {
        reading.attempt(table, [&] {
            Store& store = context.store(table);
            states.push_back({ table.to_string(),
                table.is_database() ? state_id_of_rows(store) : state_id(store.read_all()) });
        });
    }
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

std::string nothing_found(const ListOptions& options, const std::vector<TableName>& tables)
{
    std::vector<std::string> names;
    std::transform(tables.begin(), tables.end(), std::back_inserter(names),
        [](const TableName& table) { return escape(table.to_string()); });
    return options.has_filter() ? "no entry is like that"
        : options.pattern.empty()
        ? join(names, ", ") + (tables.size() == 1 ? " has" : " have") + " no entries"
        : "no entry matches " + quote(options.pattern);
}

// For people: columns are as wide as what is in them, so all of it is there at once.
void list_for_people(const ListOptions& options, Context& context,
    const std::vector<TableName>& tables, TableReading& reading, Selection& selection)
{
    std::deque<Document> documents; // they keep their places
    std::vector<std::pair<SortKey, ListedEntry>> found;
    for (const TableName& table : tables) {
        reading.attempt(table, [&] {
            const Document& document = documents.emplace_back(context.store(table).read_all());
            for (const Entry* entry : selection.of(document)) {
                found.push_back(
                    { options.sort.empty() ? SortKey() : sort_key(document, *entry, options.sort),
                        { &table, &document, entry } });
            }
        });
    }
    std::stable_sort(
        found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<ListedEntry> entries;
    std::transform(found.begin(), found.end(), std::back_inserter(entries),
        [](const auto& keyed) { return keyed.second; });
    if (entries.empty()) {
        report_done(context, nothing_found(options, tables));
    } else {
        write_table(context, entries, options.everything, tables.size() > 1);
    }
}

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

void list_for_programs(const ListOptions& options, Context& context,
    const std::vector<TableName>& tables, TableReading& reading, Selection& selection)
{
    const auto digest = context.options.json ? context.known_digest() : std::nullopt;
    std::unique_ptr<ListWriter> writer;
    write_entries(options, context, tables, reading, selection, [&]() -> ListWriter& {
        writer = context.options.json
            ? json_list_writer(
                context.out(), tables.front().to_string(), digest ? digest->name() : "")
            : plain_list_writer(context.out(), options.everything, tables.size() > 1);
        return *writer;
    });
    writer->finish(listed_tables(context, reading), selection.unknown_expiry());
}

// Those of the tables whose entries relayctl can read; the others are named. Of several tables that
// are made of one file only the first is there: their entries are the same.
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

ExitStatus run_list(const ListOptions& options, Context& context)
{
    const std::vector<TableName> tables = readable_tables(context);
    if (options.exit_code && !options.has_filter()) {
        throw Error(ErrorKind::usage, "--exit-code: needs --expiring, --expired or --retired");
    }
    TableReading reading(context);
    std::vector<TableName> allowed;
    for (const TableName& table : tables) {
        if (!options.has_filter()
            || reading.attempt(table, [&] { context.require_annotations(table); })) {
            allowed.push_back(table);
        }
    }
    if (options.state_id) {
        return print_state_ids(context, allowed, reading);
    }
    Selection selection(options, context);
    if (context.for_people()) {
        list_for_people(options, context, allowed, reading, selection);
    } else if (!allowed.empty()) {
        list_for_programs(options, context, allowed, reading, selection);
    }
    if (options.expiring || options.expired) { // such a filter cannot find what nobody knows
        note_unknown_expiry(context, selection.unknown_expiry());
    }
    reading.throw_first();
    return selection.status();
}

constexpr const char* list_footer
    = R"(PATTERN is a glob on the host, or the beginning of a fingerprint. Several
filters show what any of them finds. Times are known of entries that relayctl
added or annotated. On a terminal the table is cut to its width, but for --long.

Examples:
  relayctl list '*.suse.co.uk'
  relayctl list --expired --expiring 30d --long --exit-code
  relayctl list --json | jq -r '.entries[].host'

Exit status:
  0 done    1 nothing matches PATTERN; with --exit-code: a filter found some
  2 usage    3 table unreadable    4 Postfix failed    5 permission denied
  6 disk or system error)";

} // namespace

void setup_list(CLI::App& app, Context& context)
{
    auto options = std::make_shared<ListOptions>();
    CLI::App* command = app.add_subcommand("list", "Show who is authorised");
    command->alias("ls");
    command
        ->add_option("PATTERN", options->pattern, "glob on the host, or beginning of a fingerprint")
        ->type_name("");
    add_duration_option(
        *command, "--expiring", options->expiring, "those that expire within this time");
    command->add_flag("--expired", options->expired, "those that have expired");
    command->add_flag("--retired", options->retired, "those whose grace after a rotate is over");
    command->add_option("--sort", options->sort, "host, expiry or added")
        ->type_name("BY")
        ->check(CLI::IsMember({ "host", "expiry", "added" }).description(""));
    command->add_flag("-l,--long", options->everything, "all that is known, and nothing cut");
    command->add_flag("--exit-code", options->exit_code, "status 1 where a filter finds any");
    command->add_flag(
        "--state-id", options->state_id, "one hash of what the table says, to compare servers by");
    command->footer(list_footer);
    command->callback([options, &context] {
        context.command = [options, &context] { return run_list(*options, context); };
    });
}

} // namespace relayctl
