// verify reads a source part by part, in several threads. Wherever the parts end, it must say what
// it says of the same text as one part.
#include "catch.hpp"
#include "core/audit/source_audit.hpp"
#include "core/base/error.hpp"
#include "core/operations/verify_source.hpp"
#include "core/table/source_part.hpp"
#include "temp_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <random>

using namespace relayctl;
using namespace std::string_literals;

namespace {

const std::string fp = "90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:";

// Returns lines of all kinds that matter to where a part may end, in a random order.
std::string odd_text(unsigned seed, std::size_t lines)
{
    std::mt19937 rng(seed);
    const std::vector<std::string> kinds = { "", " ", "#", "# comment", "  # indented", "\t",
        fp + "72 host.example", fp + "72 other.example", "\"" + fp + "72\" quoted",
        fp + "73 reject", fp + "74\tm\xc3\xbcnchen.de", fp + "75 \xff", fp + "76", " folded",
        "  " + fp + "77 swallowed", "# relayctl: cert CN=a expires=2020-01-01",
        "# relayctl: cert expires=soon for=" + fp + "72", "# relayctl: key for=AA:BB:CC:DD",
        "\"unbalanced", "a\\ b c", "nul\0nul nul"s, fp + "78 " + std::string(90, 'x'),
        fp + "79 crlf.example\r", "\xEF\xBB\xBF" + fp + "7A bom" };
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) {
        text += kinds[rng() % kinds.size()];
        text += i + 1 < lines || rng() % 2 == 0 ? "\n" : "";
    }
    return text;
}

// What was found, as text that a failing test shows.
std::string shown(const SourceExamination& examination)
{
    std::string text;
    for (const Finding& finding : examination.findings) {
        text += finding.id + ' ' + std::to_string(finding.line) + ':'
            + std::to_string(finding.column) + ' ' + finding.message + '\n';
    }
    const TableMeasures& measures = examination.measures;
    return text + std::to_string(measures.entries) + ' ' + std::to_string(measures.expired) + ' '
        + std::to_string(measures.unknown_expiry) + ' '
        + std::to_string(examination.content.count());
}

// Examines the file with parts of this size.
SourceExamination examined(const std::string& path, std::size_t part_bytes)
{
    VerifyOptions options;
    options.counts_entries = true;
    options.now = *parse_time("2026-11-28");
    return examine_source(*open_if_any(path, max_table_bytes), path, { "hash", path },
        Digest::by_name("md5"), options, true, part_bytes);
}

} // namespace

TEST_CASE("verify says the same wherever the parts of a source end")
{
    const TempDir dir;
    for (unsigned seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        const std::string text = odd_text(seed, seed);
        const std::string path = dir.write("table", text);
        const SourceExamination all = examined(path, text.size() + 1);
        const Document document(text);
        CHECK(all.content == content_of(document));
        CHECK(all.measures.entries == document.entries().size());
        const auto of_lines = audit_source(text, { "hash", path }, Digest::by_name("md5"));
        REQUIRE(of_lines.size() <= all.findings.size());
        for (std::size_t i = 0; i < of_lines.size(); ++i) {
            CHECK(of_lines[i].message == all.findings[i].message);
        }
        for (std::size_t part_bytes = 1; part_bytes < 200; part_bytes += 1 + part_bytes / 8) {
            CAPTURE(part_bytes);
            const SourceExamination in_parts = examined(path, part_bytes);
            CHECK(shown(in_parts) == shown(all));
            CHECK(in_parts.content == all.content);
        }
    }
}

TEST_CASE("the parts of a source are the source, and each begins with a logical line")
{
    const TempDir dir;
    for (unsigned seed = 0; seed < 60; ++seed) {
        const std::string text = odd_text(seed, seed);
        const std::string path = dir.write("table", text);
        const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        for (std::size_t about = 1; about < 300; about += 1 + about / 8) {
            CAPTURE(seed, about);
            PartReader reader(fd.get(), path, text.size(), about);
            std::string all;
            for (SourcePart part; reader.next(part);) {
                CHECK(part.begin == all.size());
                CHECK(part.lines_before
                    == static_cast<std::uint32_t>(std::count(all.begin(), all.end(), '\n')));
                // A part may begin with the comments above its first entry.
                CHECK(
                    (part.begin == 0 || std::string(" \t\n").find(part.text[0]) == std::string::npos
                        || part.text.find('#') != std::string::npos));
                all += part.text;
            }
            CHECK(all == text);
            CHECK(reader.has_read_all());
        }
    }
}

TEST_CASE("a source that is shorter than it was when it was opened is examined as it is now")
{
    const TempDir dir;
    const std::string text = odd_text(1, 400);
    const std::string path = dir.write("table", text);
    const auto file = open_if_any(path, max_table_bytes);
    REQUIRE(file);
    REQUIRE(::truncate(path.c_str(), static_cast<off_t>(text.size() / 2)) == 0);
    VerifyOptions options;
    options.counts_entries = true;
    options.now = *parse_time("2026-11-28");
    const SourceExamination shortened = examine_source(
        *file, path, { "hash", path }, Digest::by_name("md5"), options, true, 1000);
    CHECK(shown(shortened) == shown(examined(path, text.size())));
}
