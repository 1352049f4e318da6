#include "app/render/history.hpp"

#include "app/render/columns.hpp"
#include "app/render/display_width.hpp"
#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/table/change_summary.hpp"

#include <array>
#include <ostream>

namespace relayctl {

namespace {

constexpr std::array<std::string_view, 6> history_titles
    = { "CHANGE", "WHEN", "WHO", "COMMAND", "TABLE", "WHAT" };
// The numbers are those of history_titles.
constexpr std::size_t when_column = 1;
constexpr std::size_t who_column = 2;
constexpr std::size_t table_column = 4;
constexpr std::size_t what_column = 5;

// Returns "2026-11-28 10:00:00", in UTC.
std::string time_in_words(Time time)
{
    std::string text = to_rfc3339(time).substr(0, 19);
    text[10] = ' ';
    return text;
}

std::string command_of(const HistoryRecord& record)
{
    return record.is_outside() ? "outside"
        : record.undoes == 0   ? escape(record.command)
                               : escape(record.command) + ' ' + std::to_string(record.undoes);
}

std::string what_of(const HistoryRecord& record, const HistoryQuery& query)
{
    return record.is_unknown
        ? "not known"
        : summary_of(query.client ? query.client->entries_of(record) : record.entries());
}

Row row_of(const TableChange& change, const HistoryQuery& query)
{
    const HistoryRecord& record = change.record;
    return { { record.number == 0 ? "-" : std::to_string(record.number) },
        { time_in_words(record.time) }, { who_of(record) }, { command_of(record) },
        { escape(change.table.to_string()) }, { what_of(record, query) } };
}

// Writes the lines of one side of a change, each with the sign in front.
void write_lines(std::string& out, char sign, std::string_view text)
{
    for (const std::string_view line : split_lines(text)) {
        ((out += sign) += line) += '\n';
    }
    if (!text.empty() && text.back() != '\n') {
        out += "\\ No newline at end of file\n";
    }
}

// Writes one place as a hunk of a unified diff. Lines at its ends that stay are its context.
void write_hunk(std::string& out, const TextChange& change, std::size_t moved_lines)
{
    const TextChange small = trimmed(change);
    const std::size_t front = small.offset - change.offset;
    const std::size_t back = change.before.size() - front - small.before.size();
    const auto range = [](std::size_t line, const std::string& text) {
        const std::size_t lines = split_lines(text).size();
        return std::to_string(lines == 0 ? line - 1 : line)
            + (lines == 1 ? "" : ',' + std::to_string(lines));
    };
    out += "@@ -" + range(change.line, change.before) + " +"
        + range(change.line + moved_lines, change.after) + " @@\n";
    const std::string_view before = change.before;
    write_lines(out, ' ', before.substr(0, front));
    write_lines(out, '-', small.before);
    write_lines(out, '+', small.after);
    write_lines(out, ' ', before.substr(before.size() - back));
}

// A row has no text around it, so it is shown as the lines that a source would have.
std::string lines_of(const std::optional<EntryView>& entry)
{
    if (!entry) {
        return "";
    }
    const std::string annotation
        = entry->annotation == Annotation() ? "" : to_line(entry->annotation) + '\n';
    return annotation + escape(entry->fingerprint) + ' ' + escape(entry->host) + '\n';
}

std::string diff_of(const HistoryRecord& record, const std::string& name)
{
    std::string diff = "--- " + name + "\n+++ " + name + '\n';
    std::size_t moved = 0; // lines, modulo 2^64
    for (const TextChange& change : record.changes) {
        write_hunk(diff, change, moved);
        moved += count_newlines(change.after) - count_newlines(change.before);
    }
    for (const EntryChange& row : record.rows) {
        write_hunk(diff, { 0, 1, lines_of(row.before), lines_of(row.after) }, 0);
    }
    return diff;
}

// Returns "removed", "added" or "updated".
const char* kind_of(const EntryChange& change)
{
    return !change.after ? "removed" : !change.before ? "added" : "updated";
}

} // namespace

std::string who_of(const HistoryRecord& record)
{
    return escape(record.sudo_user.empty() ? record.user : record.sudo_user);
}

void write_history_table(
    Context& context, const FoundHistory& found, const HistoryQuery& query, bool with_table)
{
    if (found.changes.empty()) {
        return;
    }
    const Utf8Locale locale;
    Columns table(history_titles);
    std::vector<Row> rows;
    for (const TableChange& change : found.changes) {
        rows.push_back(row_of(change, query));
        table.measure(rows.back());
    }
    if (!with_table) {
        table.leave_out(table_column);
    }
    // What was changed is what people want to know.
    table.fit(context.columns(),
        { { what_column, 20 }, { table_column, 12 }, { table_column, 0 }, { who_column, 0 },
            { when_column, 0 } });
    table.write_titles(context.out(), context.colored_output());
    for (const Row& row : rows) {
        table.write(context.out(), row, context.colored_output());
    }
}

void write_history_diff(Context& context, const TableChange& change, bool with_table)
{
    const HistoryRecord& record = change.record;
    const std::string by = record.is_outside()
        ? "made outside"
        : escape(record.command) + " by " + escape(record.user)
            + (record.sudo_user.empty() ? "" : ", by sudo from " + escape(record.sudo_user));
    context.out() << "change " << ChangeId::of(change, with_table) << ", "
                  << to_rfc3339(record.time) << ", " << by
                  << (record.undoes == 0 ? "" : ", takes back " + std::to_string(record.undoes))
                  << '\n';
    if (record.is_unknown) {
        context.out() << "what was changed is not known\n";
        return;
    }
    const TableName& table = change.table;
    const std::string diff = diff_of(record, table.is_database() ? table.to_string() : table.path);
    context.out() << (context.for_people() ? escape_lines(diff) : diff);
}

void write_plain_history(std::ostream& out, const FoundHistory& found)
{
    for (const auto& [table, record] : found.changes) {
        const std::string begin = std::to_string(record.number) + '\t' + to_rfc3339(record.time)
            + '\t' + escape(record.user) + '\t' + escape(record.sudo_user) + '\t'
            + (record.is_outside() ? "outside" : escape(record.command)) + '\t';
        const std::string end = '\t' + escape(table.to_string()) + '\n';
        const auto entries = record.entries();
        for (const EntryChange& change : entries) {
            const EntryView& entry = change.after ? *change.after : *change.before;
            out << begin << kind_of(change) << '\t' << escape(entry.fingerprint) << '\t'
                << escape(entry.host) << end;
        }
        if (entries.empty()) {
            out << begin << "\t\t" << end;
        }
    }
}

} // namespace relayctl
