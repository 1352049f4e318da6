#include "core/audit/source_audit.hpp"

#include "core/audit/key_audit.hpp"
#include "core/base/bytes.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"
#include "core/table/refusing_value.hpp"

#include <algorithm>
#include <iterator>

namespace relayctl {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Returns whether a physical line would be an entry if it did not begin with white space.
bool looks_like_entry(std::string_view line)
{
    line = trim(line);
    const std::string_view word = line.substr(0, std::min(line.find_first_of(" \t"), line.size()));
    return word.size() >= 2 * Fingerprint::min_size && Fingerprint::from_any(word).has_value();
}

// Returns the number of blanks at the beginning of the line, in bytes.
std::size_t indentation(std::string_view line)
{
    return static_cast<std::size_t>(
        std::find_if_not(line.begin(), line.end(), is_blank) - line.begin());
}

// Scans one part of a source and collects what it has.
class LineAudit {
public:
    LineAudit(const SourcePart& part, const TableName& table, const Digest& digest)
        : part_(part)
        , table_(table)
        , digest_(digest)
        , scanner_(part.text, 0, part.lines_before)
    {
        // A line with a sha256 fingerprint and a short host has about this many bytes.
        constexpr std::size_t usual_line = 110;
        result_.keys.reserve(part.text.size() / usual_line);
    }

    PartAudit run(const EntryLineVisitor& visit_entry)
    {
        if (begins_with_mark()) {
            add(Severity::error, "bom", 1, 1,
                "a byte order mark, which becomes part of the first key",
                "save the file as UTF-8 without BOM");
        }
        LogicalLine line;
        while (scanner_.next(line)) {
            examine(line);
            if (visit_entry && line.problem == LineProblem::none) {
                visit_entry(line);
            }
        }
        result_.has_comments = scanner_.has_comments();
        return std::move(result_);
    }

private:
    bool begins_with_mark() const
    {
        return part_.begin == 0 && part_.text.starts_with(byte_order_mark);
    }

    void add(Severity severity, std::string id, std::size_t line, std::size_t column,
        std::string message, std::string hint)
    {
        result_.findings.push_back(
            { severity, std::move(id), table_.path, static_cast<std::uint32_t>(line),
                static_cast<std::uint32_t>(column), std::move(message), std::move(hint) });
    }

    std::string_view text_of(const PhysicalLine& line) const
    {
        return std::string_view(part_.text).substr(line.begin, line.end - line.begin);
    }

    // Judges one logical line. What is wrong with its bytes and its continuations is said even if
    // postmap ignores the line.
    void examine(const LogicalLine& line)
    {
        examine_bytes(line);
        examine_continuations(line);
        const PhysicalLine& first = scanner_.pieces().front();
        switch (line.problem) {
        case LineProblem::orphan_continuation:
            add(Severity::error, "orphan-continuation", first.number, 1,
                "begins with white space, but there is no line before it to continue: postmap "
                "ignores it",
                "remove the white space at its beginning");
            return;
        case LineProblem::not_utf8:
            return; // examine_bytes() has said it
        case LineProblem::unbalanced_quote:
            add(Severity::error, "unbalanced-quote", first.number, line.key.find('"') + 1,
                "a quote that is never closed: postmap ignores this line", "remove the '\"'");
            return;
        case LineProblem::missing_value:
            // With a NUL byte postmap does not see the value; examine_bytes() has said so.
            if (!line.has_nul) {
                examine_lone_key(line.key, first.number);
            }
            return;
        case LineProblem::none:
            examine_entry(line, first);
        }
    }

    void examine_lone_key(std::string_view key, std::size_t line)
    {
        if (const auto joined = host_joined_to(key)) {
            add(Severity::error, "missing-value", line, joined->at + 1,
                quote(joined->by)
                    + " joins the host to the fingerprint, so the line has no value: "
                      "postmap ignores it",
                "put only a blank between fingerprint and host");
        } else {
            add(Severity::error, "missing-value", line, key.size() + 1,
                "no value behind the key " + quote(key) + ": postmap ignores this line",
                "write the client's host name behind it");
        }
    }

    // Adds a finding for bytes that postmap reads otherwise than an editor shows them.
    void examine_bytes(const LogicalLine& line)
    {
        if (!line.has_nul && line.problem != LineProblem::not_utf8) {
            return;
        }
        for (const PhysicalLine& piece : scanner_.pieces()) {
            const std::string_view text = text_of(piece);
            if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
                add(Severity::error, "nul-byte", piece.number, nul + 1,
                    "a NUL byte: postmap does not see the rest of the line", "remove the NUL byte");
            }
            if (line.problem != LineProblem::not_utf8) {
                continue;
            }
            // The first bad byte of the line is where utf8_length() stops.
            std::size_t good = 0;
            while (const std::size_t length = utf8_length(text.substr(good))) {
                good += length;
            }
            if (good < text.size()) {
                add(Severity::error, "not-utf8", piece.number, good + 1,
                    "byte " + escape(text.substr(good, 1))
                        + " is not UTF-8: postmap ignores the whole line",
                    "save the file as UTF-8");
                return;
            }
        }
    }

    // Adds a finding for lines that were meant as entries of their own, or that lost the line that
    // they continued.
    void examine_continuations(const LogicalLine& line)
    {
        const auto& pieces = scanner_.pieces();
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            const std::string_view text = text_of(pieces[i]);
            const std::size_t column = indentation(text) + 1;
            const std::string above = "line " + std::to_string(pieces.front().number);
            if (looks_like_entry(text)) {
                add(Severity::error, "swallowed-entry", pieces[i].number, column,
                    "an entry that begins with white space: postmap takes it as part of " + above
                        + ", this client is not authorised",
                    "remove the white space at its beginning");
            } else if (line.behind_comment) {
                // A comment between the lines does not end an entry (readlline.c, readllines()), so
                // what continues behind it belongs to the line above the comment.
                examine_left_behind(pieces[i - 1], pieces[i], column, above);
            }
        }
    }

    // Says of a continuation behind a comment what it once belonged to. If the comment looks like
    // an entry, somebody has commented that entry out and left its second line.
    void examine_left_behind(const PhysicalLine& before, const PhysicalLine& piece,
        std::size_t column, const std::string& above)
    {
        const std::string_view gap
            = std::string_view(part_.text).substr(before.next, piece.begin - before.next);
        for (std::string_view comment : split_lines(gap)) {
            comment = trim(comment);
            if (comment.empty()) {
                continue;
            }
            comment.remove_prefix(std::min(comment.find_first_not_of('#'), comment.size()));
            const bool was_entry = looks_like_entry(comment);
            add(was_entry ? Severity::error : Severity::warning, "left-behind-continuation",
                piece.number, column,
                std::string(was_entry ? "continues an entry that is commented out"
                                      : "continues across a comment")
                    + ": a comment does not end an entry, so postmap adds this to the value of "
                    + above,
                "comment this line out as well, or join it to the line it belongs to");
            return;
        }
    }

    void examine_entry(const LogicalLine& line, const PhysicalLine& first)
    {
        result_.keys.push_back({ hash_ignoring_case(line.key), first.number,
            static_cast<std::uint32_t>(part_.begin + first.begin) });
        // A byte order mark is part of the first key, and run() has said so.
        bool has_problem = first.begin == 0 && begins_with_mark();
        if (!has_problem) {
            if (auto problem = problem_with_key(line.key, line.value, digest_)) {
                has_problem = true;
                add(Severity::error, problem->id, first.number, problem->column,
                    std::move(problem->message), std::move(problem->hint));
            }
        }
        has_problem = examine_line_ends(line.value, first.number) || has_problem
            || (line.folded && swallows_entry());
        if (means_refusal(line.value)) {
            add(Severity::warning, "value-means-refusal", first.number,
                line.folded ? 0 : value_column(line), refusal_in_words(line.value),
                "remove the entry to revoke the client");
        } else if (!has_problem && problem_with_host(line.value)) {
            add(Severity::note, "value-not-host", first.number,
                line.folded ? 0 : value_column(line),
                "the value " + quote(line.value) + " is no host name; Postfix does not mind", "");
        }
    }

    // Returns true if a line that continues this one looks like an entry of its own, which
    // examine_continuations() says.
    bool swallows_entry() const
    {
        const auto& pieces = scanner_.pieces();
        return std::any_of(pieces.begin() + 1, pieces.end(),
            [&](const PhysicalLine& piece) { return looks_like_entry(text_of(piece)); });
    }

    // Adds a finding if entries stand behind carriage returns, which end no line. Returns whether
    // there was one.
    bool examine_line_ends(std::string_view value, std::size_t line)
    {
        const std::size_t at = value.find('\r');
        if (at == std::string_view::npos || !looks_like_entry(value.substr(at))) {
            return false;
        }
        add(Severity::error, "swallowed-entry", line, 0,
            "a carriage return ends no line: postmap takes the entries behind it as part of this "
            "one, and their clients are not authorised",
            "save the file with the line ends of Unix");
        return true;
    }

    static std::size_t value_column(const LogicalLine& line)
    {
        return static_cast<std::size_t>(line.value.data() - line.text.data()) + 1;
    }

    const SourcePart& part_;
    const TableName& table_;
    const Digest& digest_;
    LineScanner scanner_;
    PartAudit result_;
};

} // namespace

PartAudit audit_part(const SourcePart& part, const TableName& table, const Digest& digest,
    const EntryLineVisitor& visit_entry)
{
    return LineAudit(part, table, digest).run(visit_entry);
}

std::vector<Finding> audit_source(
    std::vector<PartAudit> parts, const TableName& table, const TextFrom& text_from)
{
    std::vector<Finding> findings;
    std::vector<std::vector<ListedKey>> keys;
    if (std::all_of(
            parts.begin(), parts.end(), [](const PartAudit& part) { return part.keys.empty(); })) {
        findings.push_back({ Severity::note, "source-empty", table.path, 0, 0,
            "has no entries: nobody may relay by this table", "" });
    }
    for (PartAudit& part : parts) {
        append(findings, std::move(part.findings));
        keys.push_back(std::move(part.keys));
    }
    // Duplicates are found by the whole table, so they come last and are sorted in.
    append(findings, audit_duplicates(keys, table, text_from));
    sort_stably(findings, [](const Finding& a, const Finding& b) { return a.line < b.line; });
    return findings;
}

std::vector<Finding> audit_source(
    const std::string& text, const TableName& table, const Digest& digest)
{
    std::vector<PartAudit> parts;
    parts.push_back(audit_part({ text, 0, 0 }, table, digest, {}));
    return audit_source(
        std::move(parts), table, [&](std::size_t begin) { return text.substr(begin); });
}

} // namespace relayctl
