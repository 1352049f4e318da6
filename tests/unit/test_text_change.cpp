// What is kept of a change of a text: random texts and edits, held against the plain strings.
#include "catch.hpp"
#include "core/store/history_record.hpp"
#include "core/table/line_difference.hpp"
#include "core/table/text_change.hpp"

#include <algorithm>
#include <map>
#include <random>

using namespace relayctl;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit)
{
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

std::string random_line(Random& random)
{
    static const std::vector<std::string> lines = { "# a comment\n", "\n", "AA:BB one.example\n",
        "# relayctl: note=x\n", "CC:DD two.example\n", "  continued\n", "EE:FF\r\n", "  \n",
        "\t# indented\n", "11:22 \xff\xfe\x01\n", "# relayctl: by=me\nAB:CD three.example\n" };
    return lines[below(random, lines.size())];
}

std::string random_text(Random& random)
{
    std::string text;
    for (std::size_t i = below(random, 12); i > 0; --i) {
        text += random_line(random);
    }
    if (!text.empty() && below(random, 4) == 0) {
        text.pop_back();
    }
    return text;
}

// Splices of any bytes, sorted and apart.
std::vector<Splice> random_splices(Random& random, const std::string& text)
{
    std::vector<Splice> splices;
    std::size_t at = 0;
    while (at <= text.size() && splices.size() < 4) {
        const std::size_t offset = at + below(random, text.size() - at + 1);
        const std::size_t size = below(random, std::min<std::size_t>(text.size() - offset, 40) + 1);
        splices.push_back({ offset, size, below(random, 3) == 0 ? "" : random_line(random) });
        at = offset + size + 1;
    }
    return splices;
}

// Returns how many more there are of each entry, told by its key, host and annotation.
std::map<std::string, int> balance_of(std::span<const EntryChange> changes)
{
    std::map<std::string, int> balance;
    for (const EntryChange& change : changes) {
        for (const auto& [entry, one] : { std::pair(change.before, -1), { change.after, 1 } }) {
            if (entry) {
                balance[entry->fingerprint + ' ' + entry->host + to_line(entry->annotation)] += one;
            }
        }
    }
    std::erase_if(balance, [](const auto& entry) { return entry.second == 0; });
    return balance;
}

// Returns what becomes of the entries, by reading all of both texts.
std::vector<EntryChange> all_entries(const std::string& before, const std::string& after)
{
    std::vector<EntryChange> all;
    const Document old_document(before);
    for (const Entry& entry : old_document.entries()) {
        all.push_back({ view_of(old_document, entry), std::nullopt });
    }
    const Document new_document(after);
    for (const Entry& entry : new_document.entries()) {
        all.push_back({ std::nullopt, view_of(new_document, entry) });
    }
    return all;
}

} // namespace

TEST_CASE("changes are what the splices do, whole lines apart from each other")
{
    Random random(1);
    for (int round = 0; round < 20'000; ++round) {
        const std::string text = random_text(random);
        const auto splices = random_splices(random, text);
        const std::string after = apply_splices(text, splices);
        const auto changes = text_changes(text, splices);
        REQUIRE(is_before(text, text.size(), changes));
        REQUIRE(text_after(text, changes) == after);
        REQUIRE(is_after(after, text.size(), changes));
        REQUIRE(text_after(after, reversed(changes)) == text);
        REQUIRE(reversed(reversed(changes)) == changes);
        REQUIRE(balance_of(entry_changes(changes)) == balance_of(all_entries(text, after)));
        std::size_t end = 0;
        for (const TextChange& change : changes) {
            REQUIRE(change.offset >= end);
            REQUIRE((change.offset == 0 || text[change.offset - 1] == '\n'));
            REQUIRE(change.line
                == 1
                    + static_cast<std::size_t>(std::count(text.begin(),
                        text.begin() + static_cast<std::ptrdiff_t>(change.offset), '\n')));
            end = change.offset + change.before.size();
            REQUIRE((change.before.empty() || end == text.size() || text[end - 1] == '\n'));
            const TextChange small = trimmed(change);
            REQUIRE(
                text_after(text, std::vector{ small }) == text_after(text, std::vector{ change }));
        }
    }
}

TEST_CASE("the difference of two texts makes the one of the other")
{
    Random random(2);
    for (int round = 0; round < 20'000; ++round) {
        const std::string one = random_text(random);
        const std::string other = below(random, 2) == 0
            ? random_text(random)
            : apply_splices(one, random_splices(random, one));
        const auto splices = line_difference(one, other);
        REQUIRE(apply_splices(one, splices) == other);
        REQUIRE(splices.empty() == (one == other));
        REQUIRE(text_after(one, text_changes(one, splices)) == other);
    }
}

TEST_CASE("a moved line leaves the others where they are")
{
    const auto splices = line_difference("a\nb\nc\nd\ne\n", "b\nc\nd\na\ne\n");
    REQUIRE(splices.size() == 2);
    REQUIRE(splices[0].size == 2);
    REQUIRE(splices[1].replacement == "a\n");
}

TEST_CASE("a change is taken back where later changes have moved it")
{
    Random random(3);
    int found = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string first = random_text(random);
        const auto wide = text_changes(first, random_splices(random, first));
        if (wide.empty()) {
            continue;
        }
        const TextChange change = trimmed(wide.front());
        const std::string second = text_after(first, std::vector{ change });
        const auto later = text_changes(second, random_splices(random, second));
        const std::string third = text_after(second, later);
        const TextSpan span
            = moved_by(later, { change.offset, change.offset + change.after.size() });
        REQUIRE(span.begin <= span.end);
        REQUIRE(span.end <= third.size());
        const std::size_t end = change.offset + change.after.size();
        const bool is_touched = std::any_of(later.begin(), later.end(), [&](const auto& whole) {
            const TextChange other = trimmed(whole);
            return other.offset + other.before.size() > change.offset && other.offset < end;
        });
        if (!is_touched && !change.after.empty()) {
            ++found;
            REQUIRE(third.substr(span.begin, span.end - span.begin) == change.after);
            const TextSpan back = moved_by(reversed(later), span);
            REQUIRE(back.begin == change.offset);
            REQUIRE(back.end == end);
        }
    }
    REQUIRE(found > 1000);
}

TEST_CASE("entries are told before and after, with their annotations")
{
    const std::string text = "# relayctl: note=one\nAA:BB:CC one.example\nDD:EE:FF two.example\n";
    const Document document(text);
    Editor editor(document);
    editor.set_value(document.entries()[0], "other.example");
    editor.erase(document.entries()[1]);
    editor.append("00:11:22", "three.example");
    const auto entries = entry_changes(text_changes(text, editor.splices()));
    REQUIRE(entries.size() == 3);
    REQUIRE(entries[0].before->annotation.note == "one");
    REQUIRE(entries[0].before->host == "one.example");
    REQUIRE(entries[0].after->host == "other.example");
    REQUIRE(entries[1].before->line == 3);
    REQUIRE(!entries[1].after);
    REQUIRE(!entries[2].before);
    REQUIRE(entries[2].after->host == "three.example");
}

TEST_CASE("a record is read as it was written, whatever bytes it has")
{
    Random random(4);
    for (int round = 0; round < 2'000; ++round) {
        const std::string text = random_text(random);
        HistoryRecord record;
        record.number = 1 + below(random, 1'000'000);
        record.time = Time(std::chrono::seconds(1'800'000'000));
        record.user = "r\xc3\xb6t";
        record.sudo_user = "\xf0\x9f\x98\x80";
        record.command = "add";
        record.table = "hash:/etc/\"x\\y\n";
        record.undoes = below(random, 3);
        record.size = text.size();
        record.changes = text_changes(text, random_splices(random, text));
        const std::string line = line_of(record);
        REQUIRE(line.find('\n') == line.size() - 1);
        REQUIRE(number_at_end(line) == record.number);
        const auto read = record_of(line);
        REQUIRE(read);
        REQUIRE(read->changes == record.changes);
        REQUIRE(read->user == record.user);
        REQUIRE(read->sudo_user == record.sudo_user);
        REQUIRE(read->table == record.table);
        REQUIRE(read->undoes == record.undoes);
        REQUIRE(read->time == record.time);
        const std::size_t cut = below(random, line.size() - 1);
        REQUIRE(!record_of(line.substr(0, cut)));
        REQUIRE(number_at_end(line.substr(0, cut)) == 0);
    }
}
