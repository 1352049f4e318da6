#include "core/audit/source_audit.hpp"

#include "core/audit/key_audit.hpp"
#include "core/base/bytes.hpp"
#include "core/base/duplicates.hpp"
#include "core/base/huge_pages.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>
#include <numeric>

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

// Scans one part of the text and collects its findings. A text of a million lines is cut into
// parts, which run in parallel and are joined in their order; only then are duplicates looked for.
class SourceAudit {
public:
    // Of the part from `begin` to `end`, both places where a logical line begins, with lines_before
    // in front of it.
    SourceAudit(std::string_view text, std::size_t begin, std::size_t end,
        std::uint32_t lines_before, const TableName& table, const Digest& digest)
        : text_(text)
        , table_(table)
        , digest_(digest)
        , scanner_(text.substr(0, end), begin, lines_before)
        , is_first_(begin == 0)
    {
    }

    void run()
    {
        if (is_first_ && text_.starts_with(byte_order_mark)) {
            add(Severity::error, "bom", 1, 1,
                "a byte order mark, which becomes part of the first key",
                "save the file as UTF-8 without BOM");
        }
        LogicalLine line;
        while (scanner_.next(line)) {
            examine(line);
        }
    }

    // Makes room for what all parts have found.
    void reserve(std::span<const SourceAudit> parts)
    {
        std::size_t count = 0;
        for (const SourceAudit& part : parts) {
            count += part.places_.size();
        }
        reserve_large(hashes_, count);
        reserve_large(places_, count);
    }

    // Takes in the part behind this one.
    void append(SourceAudit&& next)
    {
        hashes_.insert(hashes_.end(), next.hashes_.begin(), next.hashes_.end());
        places_.insert(places_.end(), next.places_.begin(), next.places_.end());
        findings_.insert(findings_.end(), std::make_move_iterator(next.findings_.begin()),
            std::make_move_iterator(next.findings_.end()));
    }

    // Returns the findings of all parts that were appended.
    std::vector<Finding> findings()
    {
        if (places_.empty()) {
            add(Severity::note, "source-empty", 0, 0,
                "has no entries: nobody may relay by this table", "");
        }
        // Duplicates are found by the whole table, so they come last and are sorted in.
        report_duplicates();
        std::stable_sort(findings_.begin(), findings_.end(),
            [](const Finding& a, const Finding& b) { return a.line < b.line; });
        return std::move(findings_);
    }

private:
    void add(Severity severity, std::string id, std::size_t line, std::size_t column,
        std::string message, std::string hint)
    {
        findings_.push_back(
            { severity, std::move(id), table_.path, static_cast<std::uint32_t>(line),
                static_cast<std::uint32_t>(column), std::move(message), std::move(hint) });
    }

    std::string_view text_of(const PhysicalLine& line) const
    {
        return text_.substr(line.begin, line.end - line.begin);
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
                add(Severity::error, "missing-value", first.number, line.key.size() + 1,
                    "no value behind the key " + quote(line.key) + ": postmap ignores this line",
                    "write the client's host name behind it");
            }
            return;
        case LineProblem::none:
            examine_entry(line, first);
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
        const std::string_view gap = text_.substr(before.next, piece.begin - before.next);
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
        hashes_.push_back(hash_ignoring_case(line.key));
        places_.push_back({ first.number, static_cast<std::uint32_t>(first.begin) });
        const bool behind_mark = first.begin == 0 && text_.starts_with(byte_order_mark);
        // A byte order mark is part of the first key, and run() has said so.
        if (!behind_mark) {
            if (auto problem = problem_with_key(line.key, line.value, digest_)) {
                add(Severity::error, problem->id, first.number, problem->column,
                    std::move(problem->message), std::move(problem->hint));
            }
        }
        if (problem_with_host(line.value)) {
            // In a folded line the value may stand in another physical line, so no column is given.
            add(Severity::note, "value-not-host", first.number,
                line.folded ? 0 : value_column(line, first),
                "the value " + quote(line.value) + " is no host name; Postfix does not mind", "");
        }
    }

    static std::size_t value_column(const LogicalLine& line, const PhysicalLine&)
    {
        return static_cast<std::size_t>(line.value.data() - line.text.data()) + 1;
    }

    // Where an entry begins; its key is read again from there only for the few keys whose hashes
    // are equal.
    struct Place {
        std::uint32_t line;
        std::uint32_t begin; // of the line, in the text
    };

    static LogicalLine line_at(LineScanner& scanner)
    {
        LogicalLine line;
        scanner.next(line);
        return line;
    }

    bool have_same_key(const Place& first, const Place& later) const
    {
        LineScanner first_scanner(text_.substr(first.begin));
        LineScanner later_scanner(text_.substr(later.begin));
        return equal_ignoring_case(line_at(first_scanner).key, line_at(later_scanner).key);
    }

    void report_duplicates()
    {
        for (const auto [first, later] :
            find_duplicates(hashes_, [&](std::uint32_t a, std::uint32_t b) {
                return have_same_key(places_[a], places_[b]);
            })) {
            report_duplicate(places_[first], places_[later]);
        }
    }

    void report_duplicate(const Place& first, const Place& later)
    {
        const std::string where = "line " + std::to_string(first.line);
        // smtpd opens a texthash table without the flags that make a duplicate a warning, so
        // dict_thash.c fails for the whole table; postmap -q only warns (observed on 3.7.11).
        if (table_.traits().is_read_once) {
            add(Severity::error, "duplicate", later.line, 1,
                "the same key as " + where
                    + ": smtpd refuses the whole texthash table and answers 451 to every client "
                      "with a certificate",
                "remove one of the two lines");
            return;
        }
        LineScanner first_scanner(text_.substr(first.begin));
        LineScanner later_scanner(text_.substr(later.begin));
        const LogicalLine winner = line_at(first_scanner);
        const LogicalLine loser = line_at(later_scanner);
        // The first of two equal keys stays: postmap only warns of the second one.
        add(Severity::warning, "duplicate", later.line, 1,
            "the same key as " + where + ", which wins: Postfix sees " + quote(winner.value)
                + " and never " + quote(loser.value),
            "remove one of the two lines");
    }

    std::string_view text_;
    const TableName& table_;
    const Digest& digest_;
    LineScanner scanner_;
    bool is_first_;
    std::vector<std::uint64_t> hashes_; // of the keys, in the order of the entries
    std::vector<Place> places_; // likewise
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> audit_source(
    std::string_view text, const TableName& table, const Digest& digest)
{
    // Parts begin where a logical line begins, so that each can be scanned alone. The number of
    // lines in front of each is counted first.
    const std::vector<std::size_t> begins = sections_of(text);
    const std::size_t count = begins.size() - 1;
    std::vector<std::uint32_t> lines_before(count + 1);
    in_parallel(
        count,
        [&](std::size_t i) {
            lines_before[i + 1] = static_cast<std::uint32_t>(
                count_newlines(text.substr(begins[i], begins[i + 1] - begins[i])));
        },
        1);
    std::partial_sum(lines_before.begin(), lines_before.end(), lines_before.begin());
    std::vector<SourceAudit> parts;
    for (std::size_t i = 0; i < count; ++i) {
        parts.emplace_back(text, begins[i], begins[i + 1], lines_before[i], table, digest);
    }
    in_parallel(
        count, [&](std::size_t i) { parts[i].run(); }, 1);
    SourceAudit whole(text, 0, 0, 0, table, digest);
    whole.reserve(parts);
    for (SourceAudit& part : parts) {
        whole.append(std::move(part));
    }
    return whole.findings();
}

} // namespace relayctl
