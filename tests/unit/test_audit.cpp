#include "catch.hpp"
#include "core/audit/map_audit.hpp"
#include "core/audit/ownership_audit.hpp"
#include "core/audit/source_audit.hpp"
#include "core/inspect/map_difference.hpp"
#include "core/table/content_sum.hpp"

using namespace relayctl;
using namespace std::string_literals;

namespace {

const std::string fp = "90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72";
const std::string fp2 = "91:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72";

struct Said {
    std::string id;
    std::uint32_t line;
    std::uint32_t column;
    Severity severity = Severity::error;
    friend bool operator==(const Said&, const Said&) = default;
};

std::ostream& operator<<(std::ostream& out, const Said& said)
{
    return out << said.id << '@' << said.line << ':' << said.column << ' '
               << to_string(said.severity);
}

std::vector<Said> said(const std::string& text, const char* type = "hash")
{
    std::vector<Said> result;
    for (const Finding& finding : audit_source(text, { type, "/t" }, Digest::by_name("md5"))) {
        CHECK_FALSE(finding.message.empty());
        CHECK(finding.file == "/t");
        result.push_back({ finding.id, finding.line, finding.column, finding.severity });
    }
    return result;
}

struct Case {
    std::string text;
    std::vector<Said> findings;
};

} // namespace

TEST_CASE("the source's flaws are found with their place")
{
    const auto c = GENERATE_COPY(values<Case>({
        { fp + " a\n", {} },
        { "95:B4:G5:87:D7:34:CA:C4:27:B0:F3:8F:66:8A:77:8D zen.suse.co.uk\n",
            { { "not-hexadecimal", 1, 7 } } },
        { "\n900150983cd24fb0d6963f7d28e17f72 a\n", { { "no-colons", 2, 1 } } },
        { fp + ":00 a\n", { { "wrong-length", 1, 1 } } },
        { "sha256 Fingerprint=" + fp + " a\n", { { "pasted-label", 1, 1 } } },
        { "MD5=" + fp + " a\n", { { "pasted-label", 1, 1 } } },
        { fp + "\n", { { "source-empty", 0, 0, Severity::note }, { "missing-value", 1, 48 } } },
        { fp + " a\n" + fp + " b\n", { { "duplicate", 2, 1, Severity::warning } } },
        { fp + " a\n" + "90:01:50:98:3c:d2:4f:b0:d6:96:3f:7d:28:e1:7f:72 b\n",
            { { "duplicate", 2, 1, Severity::warning } } },
        { fp + " a\n  " + fp2 + " b\n", { { "swallowed-entry", 2, 3 } } },
        { " " + fp + " a\n",
            { { "source-empty", 0, 0, Severity::note }, { "orphan-continuation", 1, 1 } } },
        { fp + " a\n#" + fp2 + " b\n  more\n",
            { { "value-not-host", 1, 0, Severity::note }, { "left-behind-continuation", 3, 3 } } },
        { fp + " a\n# text\n  more\n",
            { { "value-not-host", 1, 0, Severity::note },
                { "left-behind-continuation", 3, 3, Severity::warning } } },
        { "\"" + fp + "\" a\n", { { "quoted-key", 1, 1 } } },
        { "\"" + fp + " a\n",
            { { "source-empty", 0, 0, Severity::note }, { "unbalanced-quote", 1, 1 } } },
        { fp + ": a\n", { { "key-ends-with-colon", 1, 48 } } },
        { "\xEF\xBB\xBF" + fp + " a\n", { { "bom", 1, 1 } } },
        { fp + " a\0b\n"s, { { "nul-byte", 1, 50 } } },
        { fp + " a\xff\n", { { "source-empty", 0, 0, Severity::note }, { "not-utf8", 1, 50 } } },
        { fp + " a b\n", { { "value-not-host", 1, 49, Severity::note } } },
        { "90:0150:98 a\n", { { "bad-grouping", 1, 6 } } },
        { "", { { "source-empty", 0, 0, Severity::note } } },
    }));
    CAPTURE(c.text);
    CHECK(said(c.text) == c.findings);
}

TEST_CASE("a duplicate breaks a texthash table")
{
    CHECK(
        said(fp + " a\n" + fp + " b\n", "texthash") == std::vector<Said>{ { "duplicate", 2, 1 } });
}

TEST_CASE("a wrong length names the digest it would fit")
{
    const auto findings
        = audit_source(fp + ":01:02:03:04 a\n", { "hash", "/t" }, Digest::by_name("sha256"));
    REQUIRE(findings.size() == 1);
    CHECK_THAT(findings.front().message, contains("it fits sha1"));
}

TEST_CASE("a map is compared by content, in both directions")
{
    const Document document("AA:01 one\nAA:02 two\naa:02 hidden\nAA:03 three\n");
    const auto compare = [&](const std::vector<std::string>& records) {
        MapDifference difference(document);
        for (const std::string& record : records) {
            difference.record(record);
        }
        MapFacts facts;
        facts.table = { "hash", "/s" };
        facts.map_file = "/m";
        difference.finish(facts);
        std::vector<std::string> files;
        for (const Finding& finding : audit_map(facts, Repair())) {
            CHECK(finding.id == "map-differs");
            files.push_back(finding.file + ":" + std::to_string(finding.line));
        }
        return files;
    };
    CHECK(compare({ "aa:03\tthree", "aa:01\tone", "aa:02\ttwo" }).empty());
    CHECK(compare({ "aa:01\tone", "aa:02\ttwo" }) == std::vector<std::string>{ "/s:4" });
    CHECK(compare({ "aa:01\tone", "aa:02\ttwo", "aa:03\tthree", "aa:04\tfour" })
        == std::vector<std::string>{ "/m:0" });
    CHECK(compare({ "aa:01\tone", "aa:02\thidden", "aa:03\tthree" })
        == std::vector<std::string>{ "/s:2", "/m:0" });
}

TEST_CASE("the sum of a map is that of its source, in whatever order, and no other's")
{
    const auto sum_of = [](const std::vector<std::string>& records) {
        ContentSum sum;
        for (const std::string& record : records) {
            sum.add(record);
        }
        return sum;
    };
    const ContentSum source
        = content_of(Document("AA:01 One\nAA:02 two\n# AA:04 four\naa:03\n  three\n"));
    CHECK(source == sum_of({ "aa:03\tthree", "aa:01\tOne", "aa:02\ttwo" }));
    CHECK(source != sum_of({ "aa:01\tOne", "aa:02\ttwo" }));
    CHECK(source != sum_of({ "aa:01\tOne", "aa:02\ttwo", "aa:03\tthree", "aa:03\tthree" }));
    CHECK(source != sum_of({ "aa:01\tone", "aa:02\ttwo", "aa:03\tthree" }));
    CHECK(source
        != sum_of({ "AA:01\tOne", "aa:02\ttwo", "aa:03\tthree" })); // smtpd asks in small letters
    CHECK(source != sum_of({ "aa:01\ttwo", "aa:02\tOne", "aa:03\tthree" }));
    CHECK(content_of(Document("")) == ContentSum());
}

TEST_CASE("the sum of many entries counts each once")
{
    std::string text;
    ContentSum map;
    for (int i = 0; i < 120'001; ++i) {
        const std::string host = "host" + std::to_string(i);
        text += "AA:" + std::to_string(10'000'000 + i) + ' ' + host + '\n';
        map.add("aa:" + std::to_string(10'000'000 + i) + '\t' + host);
    }
    CHECK(content_of(Document(std::move(text))) == map);
}

TEST_CASE("others that can write are named")
{
    OwnershipFacts facts;
    facts.source_file = "/s";
    facts.map_file = "/s.db";
    facts.source.emplace();
    facts.map.emplace();
    CHECK(audit_ownership(facts).empty());
    facts.weak_source
        = WeakPoint{ "/s", "can be written by others (mode 0666)", "chmod go-w '/s'", false };
    REQUIRE(audit_ownership(facts).size() == 1);
    CHECK(audit_ownership(facts).front().id == "source-writable");
    CHECK(audit_ownership(facts).front().hint == "chmod go-w '/s'");
    facts.weak_source.reset();
    facts.map->st_uid = 7;
    REQUIRE(audit_ownership(facts).size() == 1);
    CHECK(audit_ownership(facts).front().id == "owner-differs");
}
