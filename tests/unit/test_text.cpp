#include "catch.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"

using namespace relayctl;
using namespace std::string_literals;

struct InAndOut {
    std::string in;
    std::string out;
};

TEST_CASE("escape leaves printable text alone and shows everything that could steer a terminal")
{
    const auto c = GENERATE(values<InAndOut>({
        { "zen.suse.co.uk", "zen.suse.co.uk" },
        { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
        { "a\033[31mb", "a\\x1b[31mb" },
        { "a\nb\tc", "a\\x0ab\\x09c" },
        { "back\\slash", "back\\\\slash" },
        { "\xc2\x9b"s, "\\xc2\\x9b" }, // CSI as one character
        { "\xe2\x80\xae"s + "x", "\\xe2\\x80\\xaex" }, // right-to-left override
        { "\xff\xfe", "\\xff\\xfe" },
        { "\xc3", "\\xc3" },
        { "nul\0!"s, "nul\\x00!" },
        { "\x7f", "\\x7f" },
    }));
    CHECK(escape(c.in) == c.out);
}

TEST_CASE("UTF-8 is what RFC 3629 says")
{
    const std::string last = "\xf4\x8f\xbf\xbf"; // U+10FFFF
    check_each({ last, "" }, true, is_utf8);
    const std::string beyond = "\xf4\x90\x80\x80";
    const std::string surrogate = "\xed\xa0\x80";
    check_each({ beyond, surrogate, "a\x80", "\xe2\x82" }, false, is_utf8);
    check_each({ "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf" }, false, is_utf8); // overlong
}

TEST_CASE("quote cuts long text")
{
    CHECK(quote("abc", 2) == "'ab...'");
    CHECK(quote("ab", 2) == "'ab'");
}

TEST_CASE("a list is split at commas and blanks, braces protect")
{
    CHECK(split_list("hash:/a, btree:/b\tlmdb:/c,,")
        == std::vector<std::string>{ "hash:/a", "btree:/b", "lmdb:/c" });
    CHECK(split_list("inline:{ a=b, c=d } hash:/x")
        == std::vector<std::string>{ "inline:{ a=b, c=d }", "hash:/x" });
    CHECK(split_list("  ").empty());
}

TEST_CASE("times are UTC in RFC 3339")
{
    using namespace std::chrono;
    CHECK(to_rfc3339(Time(seconds(0))) == "1970-01-01T00:00:00Z");
    CHECK(to_rfc3339(Time(seconds(951782399))) == "2000-02-28T23:59:59Z"); // date -u -d @951782399
    CHECK(to_rfc3339(Time(seconds(951782400))) == "2000-02-29T00:00:00Z");
    CHECK(to_rfc3339(Time(seconds(-1))) == "1969-12-31T23:59:59Z");
    CHECK(to_rfc3339(Time(seconds(253402300799))) == "9999-12-31T23:59:59Z");
}

TEST_CASE("a word is quoted for sh, bash, zsh and fish at once")
{
    const auto c = GENERATE(values<InAndOut>({
        { "zen.suse.co.uk", "zen.suse.co.uk" }, { "", "''" }, { "a b", "'a b'" },
        { "$(touch x)", "'$(touch x)'" }, { "it's", R"('it'"'"'s')" },
        { R"(back\slash)", R"('back'"\\"'slash')" }, // within single quotes fish reads \\ and \'
        { "=ls", "'=ls'" }, // zsh would look for the program
        { "%self", "'%self'" }, { "a=b", "a=b" },
        { "a\nb", R"('a'"\\"'x0ab')" }, // harmless, and another text
    }));
    CHECK(shell_quote(c.in) == c.out);
}

TEST_CASE("a command line has no word that a terminal would obey")
{
    CHECK(command_line({ "relayctl", "add", "a b.pem", "HOST" }) == "relayctl add 'a b.pem' HOST");
    CHECK(command_line({ "relayctl", "add", "a\033[2J.pem" }).empty());
    CHECK(command_line({ "relayctl", "add", "\xff" }).empty());
    CHECK(both_commands("a", "b") == "a && b");
    CHECK(both_commands("", "b").empty());
    CHECK(both_commands("a", "").empty());
    CHECK(file_operand("-x.pem") == "./-x.pem");
    CHECK(file_operand("-") == "-");
    CHECK(file_operand("x.pem") == "x.pem");
}
