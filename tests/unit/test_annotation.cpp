#include "catch.hpp"
#include "core/table/annotation.hpp"
#include "core/table/content_sum.hpp"
#include "core/table/document.hpp"
#include "core/table/editor.hpp"
#include "core/table/entry_index.hpp"

#include <random>

using namespace relayctl;
using namespace std::string_literals;

namespace {

const std::string key = "80:74:F3:A8:39:DC:06:8D:53:7E:47:3C:9B:53:64:C2";

Annotation full()
{
    Annotation annotation;
    annotation.kind = "cert";
    annotation.subject = "CN=zen.suse.co.uk";
    annotation.expires = parse_time("2027-11-22");
    annotation.added = parse_time("2026-11-22T10:11:12Z");
    annotation.by = "root";
    annotation.retire_after = parse_time("2027-01-01T00:00:01Z");
    annotation.note = "leaves in May";
    annotation.for_fingerprint = "80:74:F3:A8";
    annotation.others = { "colour=blue" };
    return annotation;
}

std::string with_annotation(
    const std::string& text, std::size_t index, const Annotation& annotation)
{
    const Document document(text);
    Editor editor(document);
    editor.set_annotation(document.entries()[index], annotation);
    return apply_splices(text, editor.splices());
}

std::string without(const std::string& text, std::size_t index)
{
    const Document document(text);
    Editor editor(document);
    editor.erase(document.entries()[index]);
    return apply_splices(text, editor.splices());
}

} // namespace

TEST_CASE("an annotation is a line that people can read")
{
    CHECK(to_line(full())
        == "# relayctl: cert CN=zen.suse.co.uk expires=2027-11-22 added=2026-11-22T10:11:12Z "
           "by=root "
           "retire-after=2027-01-01T00:00:01Z note=\"leaves in May\" for=80:74:F3:A8 colour=blue");
    CHECK(parse_annotation(to_line(full())) == full());
    CHECK(parse_annotation(
              "# relayctl: cert CN=zen.suse.co.uk expires=2027-11-22 added=2026-11-22 by=root")
              ->subject
        == "CN=zen.suse.co.uk");
}

TEST_CASE("it is read as people may have left it")
{
    CHECK(parse_annotation("  #relayctl:   key\tby=x \r")->kind == "key");
    CHECK(parse_annotation("#relayctl:") == Annotation());
    CHECK(parse_annotation("# relayctl: \"O=Foo bar,CN=x\"")->subject == "O=Foo bar,CN=x");
    CHECK(parse_annotation("# relayctl: cert expires=soon")->others
        == std::vector<std::string>{ "expires=soon" });
    CHECK(malformed_time(*parse_annotation("# relayctl: cert expires=soon")) == "expires=soon");
    CHECK(malformed_time(*parse_annotation("# relayctl: expires=2027-01-01 expires=2028-01-01"))
        == "expires=2028-01-01");
    CHECK_FALSE(malformed_time(full()));
    CHECK(parse_annotation("# relayctl: note=\"never closed")->note == "\"never");
    for (const char* other : { "", "# relay", "# relayctl", "# relayctl/2: cert", "relayctl: cert",
             "## relayctl: x", "# for relayctl: see below" }) {
        CAPTURE(other);
        CHECK_FALSE(parse_annotation(other));
    }
}

TEST_CASE("any subject and any note come back as they were")
{
    const std::string text = GENERATE("CN=a,O=b"s, "CN=a b"s, "CN=a\\, b"s, "CN=\"q\""s,
        "CN=a\\0Ab"s, "CN=a\nb\r\tc"s, "CN=\xc3\xbcml\xc3\xa4ut"s, "CN=\xff\xfe"s, "CN=a\0b"s,
        "expires=2027-01-01"s, "dc=example"s, "x"s, "cert"s, "key"s, "\""s, "\\"s, "\\x41"s, " "s,
        "#"s, "CN=" + std::string(2048, 'x'), "CN=" + std::string(1000, '\n'),
        "CN=\xe2\x80\xae gnp"s, "2.5.4.3=#0c01"s, "for=AA"s);
    CAPTURE(text);
    Annotation annotation = full();
    annotation.subject = text;
    annotation.note = text;
    annotation.by = text;
    const std::string line = to_line(annotation);
    CHECK(parse_annotation(line) == annotation);
    CHECK(line.find_first_of("\n\r"s + '\0') == std::string::npos);
    annotation.kind.clear();
    CHECK(parse_annotation(to_line(annotation)) == annotation);
}

TEST_CASE("random bytes come back, and a line read and written stays what it is")
{
    std::minstd_rand engine(20261123);
    const std::string alphabet = "ab= \"\\x41#:,\xc3\xbc\n\0\t-certkyfo"s;
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (auto length = (engine() >> 8) % 40; length > 0; --length) {
            text += alphabet[(engine() >> 8) % alphabet.size()];
        }
        CAPTURE(text);
        Annotation annotation;
        annotation.subject = text;
        annotation.note = text;
        REQUIRE(parse_annotation(to_line(annotation)) == annotation);
        const auto read = parse_annotation("# relayctl:" + text);
        if (read) {
            REQUIRE(parse_annotation(to_line(*read)) == read);
        }
    }
}

TEST_CASE("an end is the last second of its day, and a time stays one")
{
    Annotation annotation;
    annotation.until = parse_time("2027-05-31T23:59:59Z");
    annotation.owner = "Anna Smith";
    CHECK(to_line(annotation) == "# relayctl: until=2027-05-31 owner=\"Anna Smith\"");
    CHECK(parse_annotation(to_line(annotation)) == annotation);
    CHECK_FALSE(has_ended(annotation, *annotation.until));
    CHECK(has_ended(annotation, *annotation.until + std::chrono::seconds(1)));
    CHECK_FALSE(has_ended(Annotation(), Time::max()));
    // Midnight has to be written as a time, since the date alone would be its last second.
    for (const char* text : { "2027-06-01T00:00:00Z", "2027-05-31T21:59:59Z" }) {
        CAPTURE(text);
        annotation.until = parse_time(text);
        CHECK(to_line(annotation).find("until=" + std::string(text)) != std::string::npos);
        CHECK(parse_annotation(to_line(annotation)) == annotation);
    }
    CHECK(malformed_time(*parse_annotation("# relayctl: until=soon")) == "until=soon");
}

TEST_CASE("expiry is after the last valid second, retirement from its second on")
{
    Annotation annotation;
    CHECK_FALSE(is_expired(annotation, Time::max()));
    CHECK_FALSE(is_retired(annotation, Time::max()));
    const Time then = *parse_time("2028-02-29T12:00:00Z");
    annotation.expires = annotation.retire_after = then;
    CHECK_FALSE(is_expired(annotation, then));
    CHECK(is_expired(annotation, then + std::chrono::seconds(1)));
    CHECK_FALSE(is_retired(annotation, then - std::chrono::seconds(1)));
    CHECK(is_retired(annotation, then));
}

TEST_CASE("only the line directly above belongs to an entry, and only if it was written for it")
{
    const std::string line = "# relayctl: cert CN=x for=80:74:f3:a8\n";
    const auto subject_in = [](const std::string& text, std::size_t index = 0) {
        const Document document(text);
        return document.annotation(document.entries()[index]).subject;
    };
    CHECK(subject_in(line + key + " host\n") == "CN=x");
    CHECK(subject_in("other x\n" + line + key + " host\n", 1) == "CN=x");
    CHECK(subject_in("# relayctl: cert CN=x\n" + key + " host")
        == "CN=x"); // by hand, for whatever is below
    CHECK(subject_in("# relayctl: cert CN=x\r\n" + key + " host\r\n") == "CN=x");
    CHECK(subject_in(line + "\n" + key + " host\n").empty());
    CHECK(subject_in(line + "# mine\n" + key + " host\n").empty());
    CHECK(subject_in(line + "81" + key.substr(2) + " host\n").empty());
    CHECK(subject_in(line + "other host\n").empty());
    CHECK(subject_in(key + " host\n").empty());
    CHECK(subject_in("\n" + key + " host\n").empty());
    CHECK(subject_in(line + key + "\n  host\n# relayctl: cert CN=y\n  more\n") == "CN=x");
}

TEST_CASE("an entry takes its own annotation with it, and nothing else")
{
    const std::string line = "# relayctl: cert CN=x for=80:74:F3:A8\n";
    const std::string entry = key + " host\n";
    CHECK(without("# mine\n" + line + entry + "a b\n", 0) == "# mine\na b\n");
    CHECK(without("a b\n" + line + entry, 1) == "a b\n");
    CHECK(without("a b\n# relayctl: cert CN=y for=99\n" + entry, 1)
        == "a b\n# relayctl: cert CN=y for=99\n");
    CHECK(without(line + "\n" + entry, 0) == line + "\n");
    // A comment does not end an entry: what follows it is the entry's, and goes with it.
    CHECK(without("a b\n" + line + key + "\n# inside\n  host\nc d\n", 1) == "a b\n# inside\nc d\n");
}

TEST_CASE("an annotation is put above its entry or in the place of the old one")
{
    Annotation annotation;
    annotation.kind = "key";
    CHECK(with_annotation("a b\n" + key + " host", 1, annotation)
        == "a b\n# relayctl: key\n" + key + " host");
    CHECK(with_annotation("# relayctl: cert CN=x\n" + key + " host\n", 0, annotation)
        == "# relayctl: key\n" + key + " host\n");
    CHECK(with_annotation("# relayctl: cert CN=x\r\n" + key + " host\r\n", 0, annotation)
        == "# relayctl: key\r\n" + key + " host\r\n");
    CHECK(with_annotation("# relayctl: for=99\n" + key + " host\n", 0, annotation)
        == "# relayctl: for=99\n# relayctl: key\n" + key + " host\n");
    // What is above a folded entry stays one entry.
    const std::string folded = with_annotation("a b\n  c\n" + key + "\n host\n", 1, annotation);
    CHECK(Document(folded).value(Document(folded).entries()[0]) == "b  c");
}

TEST_CASE("written lines are those of the replacements, not their neighbours")
{
    const auto lines_of = [](const std::string& text, const std::vector<Splice>& splices) {
        std::string result;
        for (const LineRange& range : written_lines(apply_splices(text, splices), splices)) {
            result += std::to_string(range.first) + '-' + std::to_string(range.last) + ' ';
        }
        return result;
    };
    CHECK(lines_of("a\nb\nc\n", { { 2, 0, "# x\n" } }) == "2-2 ");
    CHECK(lines_of("a\nb\nc", { { 5, 0, "\nd\ne" } }) == "4-5 ");
    CHECK(lines_of("a\r\nb", { { 4, 0, "\r\nd" } }) == "3-3 ");
    CHECK(
        lines_of("a\nb\nc\n", { { 0, 2, "" }, { 2, 1, "bb" }, { 6, 0, "d\ne\n" } }) == "1-1 3-4 ");
    CHECK(lines_of("a\n", { { 0, 2, "" } }).empty());
}

TEST_CASE("the index finds what the document finds")
{
    const std::string other
        = "80:74:F3:A8:39:DC:06:8D:00:00:00:00:00:00:00:00"; // the same beginning
    const Document document(key + " one\nbad two\n" + key + " three\n" + other + " four\n");
    EntryIndex index(document);
    for (int time = 0; time < 2; ++time) { // the first look is without the index
        CHECK(index.find(*Fingerprint::from_key(key)) == &document.entries()[0]);
        CHECK(index.find(*Fingerprint::from_key(other)) == &document.entries()[3]);
        CHECK(index.find(*Fingerprint::from_key("81" + key.substr(2))) == nullptr);
    }
}

TEST_CASE("the state of a table is what Postfix finds in it")
{
    const std::string lower = "80:74:f3:a8:39:dc:06:8d:53:7e:47:3c:9b:53:64:c2";
    const std::string state = state_id(Document(key + " one\nAA:BB two\n"));
    // printf '80:74:...:c2 one\naa:bb two\n' | openssl dgst -sha256, sixteen digits of it
    CHECK(state == "a6332c1a16f29979");
    CHECK(state_id(Document("# c\nAA:BB\t two \n\n# relayctl: cert\n" + lower + "\n  one\n" + key
              + " never seen\n"))
        != "");
    CHECK(state_id(Document(
              "# c\nAA:BB\t two \n\n# relayctl: cert\n" + lower + " one\n" + key + " never seen\n"))
        == state);
    CHECK(state_id(Document(key + " One\nAA:BB two\n")) != state);
    CHECK(state_id(Document(key + " one\n")) != state);
}

TEST_CASE("the sum of entries tells what differs, in whatever order they come")
{
    const Annotation noted = full();
    ContentSum sum;
    sum.add("AA:01", "one", noted);
    sum.add("AA:02", "two", {});
    const auto sum_of_two
        = [](std::string_view first, std::string_view second, const Annotation& annotation) {
              ContentSum other;
              other.add("aa:02", second, {});
              other.add("aa:01", first, annotation);
              return other;
          };
    Annotation bound = noted;
    bound.for_fingerprint = "AA:BB:CC:DD";
    CHECK(sum_of_two("one", "two", bound) == sum);
    CHECK(sum_of_two("two", "one", noted) != sum);
    CHECK(sum_of_two("one", "two", {}) != sum);
    ContentSum twice = sum;
    twice.add(sum);
    CHECK(twice.count() == 4);
    CHECK(twice != sum);
}
