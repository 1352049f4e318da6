// The table of entries for people, which `list` writes.
#include "app/render/columns.hpp"
#include "app/render/display_width.hpp"
#include "app/render/seen.hpp"
#include "app/render/text.hpp"
#include "core/base/text.hpp"
#include "core/table/entry_view.hpp"
#include "core/x509/first_digits.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ostream>
#include <string>

namespace relayctl {

namespace {

constexpr std::size_t column_count = 11;
// The date stands under EXPIRES as well.
constexpr std::array<std::string_view, column_count> list_titles = { "HOST", "EXPIRES", "", "KIND",
    "NOTE", "LAST SEEN", "SUBJECT", "ADDED", "OWNER", "TABLE", "FINGERPRINT" };
// The numbers are those of list_titles.
enum Column : std::size_t {
    host,
    expires,
    date,
    kind,
    note,
    seen,
    subject,
    added,
    owner,
    place,
    fingerprint
};

// Returns "in 3 days" or "expired 3 days ago". It is red if it has expired and yellow within 30
// days.
Cell expiry_cell(const Annotation& annotation, Time now)
{
    if (!annotation.expires) {
        return {};
    }
    // It is negative for what has expired; in_words() takes the distance.
    const auto left = *annotation.expires - now;
    if (is_expired(annotation, now)) {
        return { "expired " + in_words(left) + " ago", "\033[1;31m" };
    }
    return { "in " + in_words(left), left < std::chrono::days(30) ? "\033[1;33m" : "" };
}

// Returns what is to become of the entry: "retires in 3 days", "retired 3 days ago", and the same
// of the end that the administrator has set: "ends in 3 days". Empty if it is to stay.
std::string fate(const Annotation& annotation, Time now)
{
    std::string words;
    if (annotation.retire_after) {
        const std::string distance = in_words(*annotation.retire_after - now);
        words = is_retired(annotation, now) ? "retired " + distance + " ago"
                                            : "retires in " + distance;
    }
    if (annotation.until) {
        const std::string distance = in_words(*annotation.until - now);
        words += (words.empty() ? "" : "; ")
            + (has_ended(annotation, now) ? "ended " + distance + " ago" : "ends in " + distance);
    }
    return words;
}

// What stands before the note is never cut away with it.
Cell note_cell(const Annotation& annotation, Time now)
{
    const std::string ends = fate(annotation, now);
    const std::string between = ends.empty() || annotation.note.empty() ? "" : "; ";
    return { ends + between + escape(annotation.note), ends.empty() ? "" : "\033[33m" };
}

// What is shown of each entry.
struct Shown {
    const LastSeenOf& last_seen;
    Time now;
    bool everything; // nothing is left out or cut
    std::size_t digits; // of a fingerprint that are enough to know it by
};

// Returns the subject where it says more than the host does.
std::string subject_text(const EntryView& entry, const Shown& shown)
{
    const std::string_view subject = entry.annotation.subject;
    const bool is_host = equal_ignoring_case(subject, entry.host)
        || (subject.starts_with("CN=") && equal_ignoring_case(subject.substr(3), entry.host));
    return is_host && !shown.everything ? "" : escape(subject);
}

// Returns as much of the fingerprint as a command needs. A key that is none is shown as it is.
std::string fingerprint_text(const EntryView& entry, const Shown& shown)
{
    const bool is_cut = !shown.everything && Fingerprint::from_key(entry.fingerprint).has_value();
    return escape(is_cut ? first_digits(entry.fingerprint, shown.digits)
                         : std::string_view(entry.fingerprint));
}

// Returns "2027-11-22 by anna", as much of it as is known.
std::string added_text(const Annotation& annotation)
{
    return (annotation.added ? to_date(*annotation.added) : "")
        + (annotation.by.empty() ? "" : " by " + escape(annotation.by));
}

// Returns "3 days ago", as it was saved; empty where it is not known.
std::string last_seen_text(const ListedEntry& listed, const LastSeenOf& last_seen, Time now)
{
    const auto last = last_seen(listed.table->to_string(), listed.document->key(*listed.entry));
    return last ? ago(*last, now) : "";
}

// Returns the cells of one entry. Whatever comes from the table is escaped, since a terminal obeys
// control characters.
Row row_of(const ListedEntry& listed, const Shown& shown)
{
    const EntryView entry = view_of(*listed.document, *listed.entry);
    const Annotation& annotation = entry.annotation;
    const Cell left = expiry_cell(annotation, shown.now);
    return { Cell{ escape(entry.host) }, left,
        Cell{ annotation.expires ? to_date(*annotation.expires) : "", left.color },
        Cell{ annotation.kind }, note_cell(annotation, shown.now),
        Cell{ last_seen_text(listed, shown.last_seen, shown.now) },
        Cell{ subject_text(entry, shown) }, Cell{ added_text(annotation) },
        Cell{ escape(annotation.owner) }, Cell{ escape(listed.table->to_string()) },
        Cell{ fingerprint_text(entry, shown) } };
}

} // namespace

void write_table(Context& context, const CollectedEntries& collected, bool everything,
    bool with_table, const LastSeenOf& last_seen)
{
    const Utf8Locale locale;
    const std::vector<ListedEntry>& entries = collected.entries;
    const Shown shown{ last_seen, context.now(), everything, enough_digits(collected) };
    // Two passes make the rows: one measures them, the other writes them, so that the cells of all
    // are never in memory at once.
    Columns table(list_titles);
    for (const ListedEntry& entry : entries) {
        table.measure(row_of(entry, shown));
    }
    if (!everything) {
        table.leave_out(added);
    }
    if (!with_table) {
        table.leave_out(place);
    }
    // Those shrink first that people need least: the date says what the days do, and a host is
    // hardly known by its beginning. The host is never left out.
    table.fit(everything ? 0 : context.columns(),
        { { date, 0 }, { fingerprint, 17 }, { subject, 12 }, { owner, 12 }, { place, 12 },
            { subject, 0 }, { kind, 0 }, { host, 20 }, { note, 12 }, { owner, 8 }, { note, 8 },
            { owner, 0 }, { seen, 0 }, { note, 0 }, { fingerprint, 9 }, { expires, 8 },
            { expires, 0 }, { fingerprint, 0 }, { place, 0 }, { host, 4 } });
    table.write_titles(context.out(), context.colored_output());
    for (const ListedEntry& entry : entries) {
        table.write(context.out(), row_of(entry, shown), context.colored_output());
    }
}

} // namespace relayctl
