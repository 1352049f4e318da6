#include "catch.hpp"
#include "core/table/scanner.hpp"

using namespace relayctl;
using namespace std::string_literals;

namespace {

struct Line {
    std::string key;
    std::string value;
    std::uint32_t number;
    LineProblem problem = LineProblem::none;
    friend bool operator==(const Line&, const Line&) = default;
};

std::ostream& operator<<(std::ostream& out, const Line& line)
{
    return out << line.number << ": '" << line.key << "' '" << line.value << "' problem "
               << static_cast<int>(line.problem);
}

std::vector<Line> scan(const std::string& text)
{
    std::vector<Line> lines;
    LineScanner scanner(text);
    LogicalLine line;
    while (scanner.next(line)) {
        lines.push_back({ std::string(line.key), std::string(line.value),
            scanner.pieces().front().number, line.problem });
    }
    return lines;
}

struct Case {
    std::string text;
    std::vector<Line> lines;
};

} // namespace

// Each of these was given to postmap 3.7.11; tests/cli/test_differential.py does it anew with
// hundreds of random ones.
TEST_CASE("physical lines become logical lines as in readllines()")
{
    const auto c = GENERATE(values<Case>({
        { "", {} },
        { "\n \n# x\n   # y\n", {} },
        { "a b", { { "a", "b", 1 } } },
        { "a b\n", { { "a", "b", 1 } } },
        { "a b\r\nc d\r\n", { { "a", "b", 1 }, { "c", "d", 2 } } },
        { "a\t b  c \t\n", { { "a", "b  c", 1 } } },
        { "a b # no comment\n", { { "a", "b # no comment", 1 } } },
        { "a b\n c\n", { { "a", "b c", 1 } } },
        { "a b\n# x\n c\n", { { "a", "b c", 1 } } }, // a comment does not end it
        { "a b\n\n c\n", { { "a", "b c", 1 } } }, // nor does a blank line
        { "a b\n# x\n# y\nd e\n", { { "a", "b", 1 }, { "d", "e", 4 } } },
        { "a\n b\n", { { "a", "b", 1 } } }, // the value on the next line, as postconf(5) shows it
        { "a b\n  # x\nc d\n", { { "a", "b", 1 }, { "c", "d", 3 } } },
        { "\v a b\n", { { "", "", 1, LineProblem::orphan_continuation } } },
        { " a b\nc d\n", { { "", "", 1, LineProblem::orphan_continuation }, { "c", "d", 2 } } },
        { " a b\n c d\n", { { "", "", 1, LineProblem::orphan_continuation } } },
        { "a\n", { { "a", "", 1, LineProblem::missing_value } } },
        { "a \r\n", { { "a", "", 1, LineProblem::missing_value } } },
    }));
    CAPTURE(c.text);
    CHECK(scan(c.text) == c.lines);
}

TEST_CASE("the key ends at the first white space outside quotes")
{
    const auto c = GENERATE(values<Case>({
        { "\"a b\" c\n", { { "\"a b\"", "c", 1 } } },
        { "a\\ b c\n", { { "a\\ b", "c", 1 } } },
        { "\"a b c\n", { { "\"a b c", "", 1, LineProblem::unbalanced_quote } } },
        { "a b\"c\n", { { "a", "b\"c", 1 } } },
        { "a\\\n", { { "a\\", "", 1, LineProblem::missing_value } } },
        { "a: b\n", { { "a:", "b", 1 } } },
    }));
    CAPTURE(c.text);
    CHECK(scan(c.text) == c.lines);
}

TEST_CASE("NUL ends what postmap sees, bad UTF-8 drops the line")
{
    CHECK(scan("a b\0c\nd e\n"s) == std::vector<Line>{ { "a", "b", 1 }, { "d", "e", 2 } });
    CHECK(scan("a\0b c\n"s) == std::vector<Line>{ { "a", "", 1, LineProblem::missing_value } });
    CHECK(scan("a b\xff\n") == std::vector<Line>{ { "", "", 1, LineProblem::not_utf8 } });
    CHECK(scan("a gr\xc3\xbc\xc3\x9f\n") == std::vector<Line>{ { "a", "gr\xc3\xbc\xc3\x9f", 1 } });
    CHECK(scan("a b\0\xff\n"s)
        == std::vector<Line>{ { "a", "b", 1 } }); // allascii() stops at the NUL
}

TEST_CASE("pieces are the lines that contribute, comments left out")
{
    const std::string text = "x y\na b\n# c\n  d\n\n  e";
    LineScanner scanner(text);
    LogicalLine line;
    REQUIRE(scanner.next(line));
    REQUIRE(scanner.next(line));
    CHECK(line.folded);
    CHECK(line.behind_comment);
    CHECK(line.text == "a b  d  e");
    REQUIRE(scanner.pieces().size() == 3);
    CHECK(scanner.pieces()[1].number == 4);
    CHECK(text.substr(scanner.pieces()[2].begin) == "  e");
    CHECK(scanner.pieces()[2].next == text.size());
    CHECK_FALSE(scanner.next(line));
}
