#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/table/document.hpp"
#include "core/table/editor.hpp"
#include "core/table/host.hpp"
#include "core/table/scanner.hpp"
#include "core/table/source_reader.hpp"
#include "core/table/unified_diff.hpp"
#include "temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <random>

using namespace relayctl;
using namespace std::string_literals;

namespace {

std::string key_of(unsigned number)
{
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = static_cast<std::uint8_t>(number >> 8);
    bytes[1] = static_cast<std::uint8_t>(number);
    return Fingerprint(bytes).to_string();
}

std::string with_added(const std::string& text, const std::string& key, const std::string& value)
{
    const Document document(text);
    Editor editor(document);
    editor.append(key, value);
    return apply_splices(text, editor.splices());
}

std::string without(const std::string& text, const std::vector<std::size_t>& indexes)
{
    const Document document(text);
    Editor editor(document);
    for (const std::size_t index : indexes) {
        editor.erase(document.entries()[index]);
    }
    return apply_splices(text, editor.splices());
}

std::string renamed(const std::string& text, std::size_t index, const std::string& value)
{
    const Document document(text);
    Editor editor(document);
    editor.set_value(document.entries()[index], value);
    return apply_splices(text, editor.splices());
}

} // namespace

TEST_CASE("a folded entry gets another value and another annotation at once")
{
    const std::string key = key_of(7);
    Annotation annotation;
    annotation.note = "new";
    const std::string line = to_line(annotation);
    struct Row {
        std::string before, after;
    };
    for (const Row& row : { Row{ key + "\n  old\n", line + '\n' + key + " other\n" },
             Row{ "# c\n" + key + " o\n# inside\n  ld\nrest x\n",
                 "# c\n" + line + '\n' + key + " other\n# inside\nrest x\n" },
             Row{ "# relayctl: note=old\n" + key + "\n  old\n", line + '\n' + key + " other\n" },
             Row{ key + "\r\n  old\r\n", line + "\r\n" + key + " other\r\n" },
             Row{ key + "\n  old", line + '\n' + key + " other" } }) {
        CAPTURE(row.before);
        const Document document(row.before);
        Editor editor(document);
        editor.set_value(document.entries()[0], "other");
        editor.set_annotation(document.entries()[0], annotation);
        CHECK(apply_splices(row.before, editor.splices()) == row.after);
    }
}

TEST_CASE("entries keep their place and their text")
{
    const Document document("# head\nAA:01 one\nAA:02\n  two\n  more\nbad\nAA:03\tthree \r\n");
    REQUIRE(document.entries().size() == 3);
    CHECK(document.value(document.entries()[0]) == "one");
    CHECK(document.entries()[0].line == 2);
    CHECK(document.key(document.entries()[1]) == "AA:02");
    CHECK(document.value(document.entries()[1]) == "two  more");
    CHECK(document.value(document.entries()[2]) == "three");
    CHECK(document.entries()[2].line == 7);
}

TEST_CASE("of duplicates the first is found, whatever the case of its key")
{
    const std::string upper = key_of(0xabcd);
    const Document document(
        "aa" + upper.substr(2) + " first\n" + "AA" + upper.substr(2) + " second\n");
    const auto fingerprint = Fingerprint::from_key("AA" + upper.substr(2));
    REQUIRE(document.find(*fingerprint) != nullptr);
    CHECK(document.value(*document.find(*fingerprint)) == "first");
    CHECK(Document("").find(*fingerprint) == nullptr);
}

TEST_CASE("an added entry keeps the way the text ends")
{
    CHECK(with_added("", "K", "v") == "K v\n");
    CHECK(with_added("a b\n", "K", "v") == "a b\nK v\n");
    CHECK(with_added("a b", "K", "v") == "a b\nK v");
    CHECK(with_added("a b\r\n", "K", "v") == "a b\r\nK v\r\n");
    CHECK(with_added("a b\r\nc d", "K", "v") == "a b\r\nc d\r\nK v");
    CHECK(with_added("# only a comment", "K", "v") == "# only a comment\nK v");
}

TEST_CASE("an erased entry takes its own lines and nothing else")
{
    CHECK(without("a b\n", { 0 }) == "");
    CHECK(without("# x\na b\n\nc d\n", { 0 }) == "# x\n\nc d\n");
    CHECK(without("a b\nc d", { 1 }) == "a b");
    CHECK(without("a b\r\nc d", { 1 }) == "a b");
    CHECK(without("a b\nc d", { 0 }) == "c d");
    CHECK(without("a b\nc d\ne f", { 1, 2 }) == "a b");
    CHECK(without("a b\nc d", { 0, 1 }) == "");
    CHECK(without("a b\n# inside\n  more\n\n  most\nc d\n", { 0 }) == "# inside\n\nc d\n");
}

TEST_CASE("a value is replaced, odd spacing stays")
{
    CHECK(renamed("a \t b \r\n", 0, "new") == "a \t new \r\n");
    CHECK(renamed("a\n  b\n# c\n  d\ne f\n", 0, "new") == "a new\n# c\ne f\n");
    CHECK(renamed("a\r\n  b\r\ne f\r\n", 0, "new") == "a new\r\ne f\r\n");
}

TEST_CASE("add, then remove what was added, gives the same bytes")
{
    std::minstd_rand engine(20261123);
    const auto random = [&] { return static_cast<unsigned>(engine() >> 8); };
    const std::vector<std::string> lines = { "# comment", "", "   ", "  # indented", "  continued",
        "junk", "\"q", "\xff\xfe x", "a\0b c"s, "\tswallowed host" };
    for (int round = 0; round < 500; ++round) {
        std::string text;
        const unsigned count = random() % 12;
        const std::string newline = random() % 4 == 0 ? "\r\n" : "\n";
        for (unsigned i = 0; i < count; ++i) {
            text += random() % 2 == 0 ? key_of(random() % 1000) + (random() % 2 == 0 ? " " : " \t ")
                    + "host" + std::to_string(i)
                                      : lines[random() % lines.size()];
            text += i + 1 == count && random() % 2 == 0 ? "" : newline;
        }
        const std::string added = with_added(text, key_of(5000), "new.example.org");
        const Document document(added);
        const std::size_t before = Document(text).entries().size();
        CAPTURE(text);
        REQUIRE(document.entries().size() == before + 1);
        REQUIRE(document.find(*Fingerprint::from_key(key_of(5000))) == &document.entries().back());
        REQUIRE(without(added, { document.entries().size() - 1 }) == text);
    }
}

TEST_CASE("a diff shows whole lines with context")
{
    const std::string text = "1\n2\n3\n4\n5 x\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15 y\n";
    const auto at = [&](const std::string& what) { return text.find(what); };
    const std::vector<Splice> splices = { { at("5 x"), 4, "" }, { at("y\n"), 1, "new" } };
    CHECK(unified_diff(text, splices, "old", "new")
        == "--- old\n+++ new\n@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5 x\n 6\n 7\n 8\n@@ -12,4 +11,4 @@\n "
           "12\n 13\n 14\n-15 y\n+15 new\n");
    CHECK(unified_diff(text, {}, "old", "new").empty());
    CHECK(unified_diff("", std::vector<Splice>{ { 0, 0, "a b\n" } }, "o", "n")
        == "--- o\n+++ n\n@@ -0,0 +1 @@\n+a b\n");
    CHECK(unified_diff("a b", std::vector<Splice>{ { 3, 0, "\nc d" } }, "o", "n")
        == "--- o\n+++ n\n@@ -1 +1,2 @@\n-a b\n\\ No newline at end of file\n+a b\n+c d\n\\ No "
           "newline at end of file\n");
}

TEST_CASE("hosts are RFC 1123 names or addresses")
{
    const std::string good = GENERATE("zen.suse.co.uk", "ZEN", "a-b.c", "3com.example",
        "xn--mnchen-3ya.de", "192.0.2.7", "2001:db8::1", "1.2.3.4.example");
    CAPTURE(good);
    CHECK_FALSE(problem_with_host(good));
}

TEST_CASE("other hosts are refused with the reason")
{
    const std::string bad = GENERATE(""s, "a b", "a\nb", "#a", "a..b", ".a", "a.", "-a.b", "a-.b",
        "a_b", "1.2.3.999", "m\xc3\xbcnchen.de", "a\tb", "a\033b", std::string(64, 'a'),
        std::string(254, 'a'), "a\0b"s);
    CAPTURE(bad);
    CHECK(problem_with_host(bad));
    CHECK_FALSE(problem_with_label("any text # with things"));
    check_each({ " x", "x ", "x\ny", "\xff", "" }, true, problem_with_label);
}

namespace {

// Returns some MiB of entries, folded entries with comments inside them, orphans, and lines without
// a value.
std::string large_text(std::size_t size)
{
    std::mt19937 rng(7);
    std::string text = " an orphan\n";
    for (unsigned number = 0; text.size() < size; ++number) {
        switch (rng() % 8) {
        case 0:
            text += key_of(number) + "\n # inside\n\n  folded" + std::to_string(number)
                + ".example\n";
            break;
        case 1:
            text += "# comment " + std::to_string(number) + "\n\n";
            break;
        case 2:
            text += "without-value" + std::to_string(number) + "\n";
            break;
        default:
            text += key_of(number) + " host" + std::to_string(number) + "\r\n";
            break;
        }
    }
    return text;
}

} // namespace

TEST_CASE("a large text is divided where logical lines begin")
{
    const std::string text = large_text(5'000'000);
    const auto begins = sections_of(text);
    REQUIRE(begins.size() == 5);
    CHECK(begins.front() == 0);
    CHECK(begins.back() == text.size());
    for (std::size_t i = 1; i + 1 < begins.size(); ++i) {
        CHECK(begins[i] > begins[i - 1]);
        CHECK(text[begins[i] - 1] == '\n');
        CHECK(std::string("# \t\r\n").find(text[begins[i]]) == std::string::npos);
    }
    CHECK(sections_of("a b\n") == std::vector<std::size_t>{ 0, 4 });
    CHECK(sections_of("") == std::vector<std::size_t>{ 0, 0 });
    // One logical line is larger than the parts.
    const std::string folded = "a b\n" + std::string(3'000'000, ' ') + "c\n";
    CHECK(sections_of(folded + folded).back() == 2 * folded.size());
    CHECK(Document(folded + folded).entries().size() == 2);
}

TEST_CASE("a document read in parts is the one read as a whole")
{
    const std::string text = large_text(5'000'000);
    const Document document(text, 10);
    LineScanner scanner(text, 0, 10);
    LogicalLine line;
    std::size_t number = 0;
    std::size_t dropped = 0;
    bool same = true;
    while (scanner.next(line)) {
        if (line.problem != LineProblem::none) {
            ++dropped;
            continue;
        }
        REQUIRE(number < document.entries().size());
        const Entry& entry = document.entries()[number++];
        same = same && document.key(entry) == line.key && document.value(entry) == line.value
            && entry.line == scanner.pieces().front().number
            && entry.begin == scanner.pieces().front().begin
            && entry.end == scanner.pieces().back().next && entry.folded == line.folded;
    }
    CHECK(same);
    CHECK(number == document.entries().size());
    CHECK(dropped == document.dropped_lines());
    CHECK(scanner.lines()
        == 10 + static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')));

    const auto found
        = document.entries_where([](const Entry& entry) { return entry.line % 1000 == 0; });
    REQUIRE(found.size() > 50);
    CHECK(std::is_sorted(found.begin(), found.end()));
    CHECK(static_cast<std::ptrdiff_t>(found.size())
        == std::count_if(document.entries().begin(), document.entries().end(),
            [](const Entry& entry) { return entry.line % 1000 == 0; }));
}

TEST_CASE("a large file is read whole, and a shortened one up to its end")
{
    const TempDir dir;
    const std::string text = large_text(17'000'001);
    const std::string path = dir.write("table", text);
    const auto file = open_if_any(path, 1U << 30);
    REQUIRE(file);
    CHECK((read_open_file(*file, path) == text)); // in parentheses: it would be printed for minutes
    // Somebody shortens the file after we have learned its size: it is read again, and the result
    // is one state of it.
    for (const std::size_t size : { 16'777'217u, 9'000'000u, 4'194'304u, 5u, 0u }) {
        REQUIRE(::truncate(path.c_str(), static_cast<off_t>(size)) == 0);
        CHECK((read_open_file(*file, path) == text.substr(0, size)));
    }
}

TEST_CASE("of a table that is written to between two parts no more is given")
{
    const TempDir dir;
    for (const off_t size : { 16'000'000, 18'000'000, 17'000'000 }) {
        const std::string path = dir.write("table", large_text(17'000'000));
        SourceReader parts(std::move(*open_if_any(path, 1U << 30)), path, 1U << 20);
        REQUIRE(parts.next());
        const struct timespec later[2] = { { 0, UTIME_OMIT }, { 1'000'000'000, 0 } };
        REQUIRE(::truncate(path.c_str(), size) == 0);
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), later, 0) == 0);
        CHECK_THROWS_WITH(parts.next(), contains("another program is changing it"));
    }
}

TEST_CASE("whatever a text ends with, add and remove give the same bytes")
{
    const std::vector<std::string> ends
        = { "\r", "\n", "\r\n", " ", "#", std::string(1, '\0'), "x", "\t", "01:02 a\r", "01:02 a" };
    for (const std::string start :
        { "", "01:01 one\n", "01:01 one\r\n", "# mine\r\n01:01 one\r\n" }) {
        for (std::size_t number = 0; number < ends.size() * ends.size() * ends.size(); ++number) {
            const std::string text
                = start + ends[number / 100] + ends[number / 10 % 10] + ends[number % 10];
            CAPTURE(text);
            const Document document(text);
            Editor add(document);
            Annotation annotation;
            annotation.by = "tester";
            add.append("09:09", "new", number % 2 == 0 ? annotation : Annotation());
            const Document added(apply_splices(text, add.splices()));
            REQUIRE(added.text().starts_with(text));
            const auto found = added.entries_where(
                [&](const Entry& entry) { return added.key(entry) == "09:09"; });
            REQUIRE(found.size() == 1);
            Editor remove(added);
            remove.erase(*found.front());
            CHECK(apply_splices(added.text(), remove.splices()) == text);
        }
    }
}
