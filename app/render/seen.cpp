#include "app/render/seen.hpp"

#include "app/render/columns.hpp"
#include "app/render/display_width.hpp"
#include "app/render/text.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>

namespace relayctl {

namespace {

using Titles = std::array<std::string_view, 8>;

// Returns the titles of a table whose bars have so many weeks.
Titles titles_for(std::size_t weeks)
{
    return { "HOST", "LAST SEEN", "SESSIONS", weeks == weeks_shown ? "12 WEEKS" : "6 WEEKS",
        "RESULT", "FROM", "TABLE", "FINGERPRINT" };
}

constexpr std::size_t fewer_weeks = 6; // of a bar where the terminal is narrow
// The numbers are those of the titles.
namespace column {
enum Number : std::size_t { host, last, sessions, weeks, result, from, place, fingerprint };
}

// Returns the sessions of so many weeks up to now, one character a week, the last one at the right.
// The highest week of the client fills its character, whether it is shown or not.
std::string bar_of(const ClientSightings& sightings, std::size_t weeks, Time now, bool speaks_utf8)
{
    constexpr std::array<std::string_view, 5> ascii = { ".", "_", "-", "=", "#" };
    constexpr std::array<std::string_view, 5> blocks
        = { "\u00b7", "\u2581", "\u2583", "\u2585", "\u2588" };
    const auto& levels = speaks_utf8 ? blocks : ascii;
    const auto most = *std::max_element(sightings.weeks.begin(), sightings.weeks.end());
    const auto behind = week_of(now) - week_of(sightings.last); // weeks since the last session
    std::string bar;
    for (std::size_t i = weeks; i-- > 0;) {
        const auto place = static_cast<std::int64_t>(i) - behind;
        const bool is_known = sightings.sessions > 0 && place >= 0
            && place < static_cast<std::int64_t>(sightings.weeks.size());
        const std::uint64_t count = is_known ? sightings.weeks[static_cast<std::size_t>(place)] : 0;
        const std::uint64_t level = count == 0 ? 0 : 1 + count * 3 / most;
        bar += levels[static_cast<std::size_t>(level)];
    }
    return bar;
}

// Returns the newest address, and how many more are known.
std::string addresses_in_words(const ClientSightings& sightings)
{
    const auto& addresses = sightings.addresses;
    if (addresses.empty()) {
        return "";
    }
    const std::size_t others = addresses.size() - 1;
    return escape(addresses.front().address)
        + (others == 0 && !sightings.has_more_addresses ? "" : " +" + std::to_string(others))
        + (sightings.has_more_addresses ? "..." : "");
}

// Returns "3 hours ago" or "not since 2026-10-31", which is where the knowledge begins.
Cell last_cell(const SeenEntry& entry, const SeenReport& report, Time now)
{
    if (const auto last = entry.last()) {
        return { ago(*last, now) };
    }
    return { report.since ? "not since " + to_date(*report.since) : "never", "\033[1;33m" };
}

// weeks: of the bar; 0 for none.
Row row_of(
    const Context& context, const SeenEntry& entry, const SeenReport& report, std::size_t weeks)
{
    const bool is_seen = entry.is_seen();
    const std::string& outcome = entry.sightings.outcome;
    const bool is_refused = outcome == "denied" || outcome == "rejected";
    return { Cell{ escape(entry.entry.host) }, last_cell(entry, report, context.now()),
        Cell{ is_seen ? std::to_string(entry.sightings.sessions) : "" },
        Cell{ bar_of(entry.sightings, weeks, context.now(), context.speaks_utf8()) },
        Cell{ is_seen ? outcome_in_words(entry.sightings) : "", is_refused ? "\033[1;31m" : "" },
        Cell{ addresses_in_words(entry.sightings) }, Cell{ escape(entry.table) },
        Cell{ escape(entry.entry.fingerprint) } };
}

// Appends the fields that both kinds of lines have, each behind a tab.
void append_outcome(std::string& line, const ClientSightings& sightings)
{
    line += '\t' + escape(sightings.outcome) + '\t' + escape(sightings.answer);
}

void append_list(
    std::string& line, const std::vector<std::string>& services, const ClientSightings& sightings)
{
    std::vector<std::string> addresses;
    for (const SeenAddress& address : sightings.addresses) {
        addresses.push_back(escape(address.address));
    }
    std::vector<std::string> names;
    for (const std::string& service : services) {
        names.push_back(escape(service));
    }
    line += '\t' + join(names, ",") + '\t' + join(addresses, ",");
}

void append_times(
    std::string& line, const std::optional<Time>& last, const ClientSightings& sightings)
{
    const bool is_seen = sightings.sessions > 0;
    line += '\t' + (last ? to_rfc3339(*last) : "") + '\t'
        + (is_seen ? to_rfc3339(sightings.first) : "") + '\t' + std::to_string(sightings.sessions);
}

void write_plain_seen(std::ostream& out, const std::vector<const SeenEntry*>& entries)
{
    for (const SeenEntry* entry : entries) {
        const ClientSightings& sightings = entry->sightings;
        std::string line = escape(entry->entry.fingerprint) + '\t' + escape(entry->entry.host);
        append_times(line, entry->last(), sightings);
        for (const std::uint64_t count :
            { sightings.permitted, sightings.denied, sightings.rejected, sightings.taken }) {
            line += '\t' + std::to_string(count);
        }
        append_outcome(line, sightings);
        append_list(line, entry->services, sightings);
        out << line << '\t' << escape(entry->table) << '\n';
    }
}

std::string in_text(const std::optional<Fingerprint>& fingerprint)
{
    return fingerprint ? fingerprint->to_string() : "";
}

void write_plain_pending(std::ostream& out, const std::vector<const PendingClient*>& clients)
{
    for (const PendingClient* client : clients) {
        const ClientSightings& sightings = client->sightings;
        std::string line = std::to_string(sightings.number) + '\t'
            + in_text(sightings.presented.certificate) + '\t' + in_text(sightings.presented.key)
            + '\t' + escape(sightings.claimed);
        append_times(line, sightings.last, sightings);
        for (const std::uint64_t count :
            { sightings.denied, sightings.rejected, sightings.taken }) {
            line += '\t' + std::to_string(count);
        }
        append_outcome(line, sightings);
        append_list(line, client->services, sightings);
        out << line << '\n';
    }
}

// Returns the beginning of a fingerprint that names the client in a command.
std::string word_for(const ClientSightings& sightings)
{
    const auto& fingerprint = sightings.presented.certificate ? sightings.presented.certificate
                                                              : sightings.presented.key;
    return fingerprint ? fingerprint->to_string().substr(0, 23) : std::to_string(sightings.number);
}

// Returns the command that lists the client. What was given by --log is no longer at hand then, so
// the whole fingerprint stands in it.
std::string command_to_list(Context& context, const ClientSightings& sightings, bool of_given_log)
{
    const Presented& presented = sightings.presented;
    const auto& fingerprint = presented.certificate ? presented.certificate : presented.key;
    const std::string words = of_given_log && fingerprint
        ? "add --fingerprint " + fingerprint->to_string()
        : (presented.certificate ? "add --pending " : "add --key --pending ") + word_for(sightings);
    return context.repair().relayctl(words + " HOST", context.options.table);
}

void write_pending_client(Context& context, const PendingClient& client, bool of_given_log)
{
    const ClientSightings& sightings = client.sightings;
    const auto write
        = [&](const std::string& text) { context.out() << fitted(context, "    " + text, 6); };
    context.out() << fitted(context,
        painted(context, std::optional<bool>(), std::to_string(sightings.number)) + "  "
            + claim_in_words(sightings),
        4);
    const std::string addresses = addresses_in_words(sightings);
    write("came " + count_of(sightings.sessions, "time", "times") + ", last "
        + ago(sightings.last, context.now()) + ", first " + to_date(sightings.first)
        + (addresses.empty() ? "" : ", from " + addresses) + "; " + outcome_in_words(sightings));
    if (sightings.presented.certificate) {
        context.out() << "    cert " << in_text(sightings.presented.certificate) << '\n';
    }
    if (sightings.presented.key) {
        context.out() << "    key  " << in_text(sightings.presented.key) << '\n';
    }
    const std::string obstacle = obstacle_to_listing(context, sightings);
    const std::string command = command_to_list(context, sightings, of_given_log);
    if (!obstacle.empty()) {
        write(obstacle);
    } else if (!command.empty()) {
        context.out() << "    " << command << '\n';
    }
}

// Writes the table with bars of so many weeks; 0: without bars, and whatever has to be cut.
// Returns false, and writes nothing, if the bars leave too little room for the rest.
bool write_with_bars(Context& context, const SeenReport& report,
    const std::vector<const SeenEntry*>& entries, bool with_table, std::size_t weeks)
{
    const Titles titles = titles_for(weeks);
    Columns table(titles);
    std::vector<Row> rows;
    for (const SeenEntry* entry : entries) {
        rows.push_back(row_of(context, *entry, report, weeks));
        table.measure(rows.back());
    }
    if (!with_table) {
        table.leave_out(column::place);
    }
    const std::size_t width = context.columns();
    if (!table.fit(width, { { column::fingerprint, 12 } }) && weeks > 0) {
        return false;
    }
    // The columns shrink first that people need least.
    table.fit(width,
        { { column::result, 12 }, { column::fingerprint, 6 }, { column::fingerprint, 0 },
            { column::sessions, 0 }, { column::place, 12 }, { column::from, 12 },
            { column::host, 20 }, { column::host, 8 }, { column::from, 0 }, { column::place, 0 },
            { column::result, 0 }, { column::last, 0 } });
    table.write_titles(context.out(), context.colored_output());
    for (const Row& row : rows) {
        table.write(context.out(), row, context.colored_output());
    }
    return true;
}

} // namespace

std::string obstacle_to_listing(Context& context, const ClientSightings& sightings)
{
    const Presented& presented = sightings.presented;
    const auto& fingerprint = presented.certificate ? presented.certificate : presented.key;
    std::optional<Digest> digest;
    try {
        digest = context.digest_of_table();
    } catch (const Error& error) { // of several tables nobody knows to which it is to be added
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
    }
    if (!fingerprint || !digest || fingerprint->size() == digest->size()) {
        return "";
    }
    const std::string_view logged = digest_of_size(fingerprint->size());
    return "the log has a fingerprint of " + std::string(logged.empty() ? "another digest" : logged)
        + ", and entries are to be of " + digest->name()
        + ": the client may be listed already, which its certificate tells: "
        + context.repair().relayctl("check CERT", context.options.table);
}

std::string ago(Time time, Time now)
{
    return time > now ? "in " + in_words(time - now) : in_words(now - time) + " ago";
}

std::string outcome_in_words(const ClientSightings& sightings)
{
    const std::string& outcome = sightings.outcome;
    return outcome == "permitted"  ? "let in"
        : outcome == "taken"       ? "mail taken"
        : sightings.answer.empty() ? "named no recipient"
                                   : escape(sightings.answer);
}

std::string claim_in_words(const ClientSightings& sightings)
{
    constexpr std::string_view between = ", issuer=";
    const std::string& claimed = sightings.claimed;
    if (claimed.empty()) {
        return "names nobody";
    }
    const std::size_t at = claimed.find(between);
    if (at == std::string::npos || at != claimed.rfind(between)) {
        return "claims to be " + quote(claimed, most_claimed_bytes);
    }
    const std::string name = claimed.substr(0, at);
    const std::string issuer = claimed.substr(at + between.size());
    return "claims to be " + quote(name, most_claimed_bytes)
        + (issuer == name ? "" : ", issued by " + quote(issuer, most_claimed_bytes));
}

void write_seen(Context& context, const SeenReport& report,
    const std::vector<const SeenEntry*>& entries, bool with_table)
{
    if (!context.for_people()) {
        write_plain_seen(context.out(), entries);
        return;
    }
    const Utf8Locale locale;
    // The bar gives way first: a client is hardly known by half its name or address.
    for (const std::size_t weeks : { weeks_shown, fewer_weeks, std::size_t{ 0 } }) {
        if (write_with_bars(context, report, entries, with_table, weeks)) {
            return;
        }
    }
}

void write_pending(
    Context& context, const std::vector<const PendingClient*>& clients, bool of_given_log)
{
    if (!context.for_people()) {
        write_plain_pending(context.out(), clients);
        return;
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
        context.out() << (i == 0 ? "" : "\n");
        write_pending_client(context, *clients[i], of_given_log);
    }
}

} // namespace relayctl
