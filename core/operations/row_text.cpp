#include "core/operations/row_text.hpp"

#include "core/base/error.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns the row as it stands in a source. The annotation says for which fingerprint it was
// written, so that another one put in by hand does not inherit its dates.
std::string lines_of_row(const Document& rows, const Entry& row)
{
    Annotation annotation = rows.annotation(row);
    const auto fingerprint = rows.meant_fingerprint(row);
    std::string lines;
    if (annotation != Annotation()) {
        annotation.for_fingerprint = fingerprint ? beginning_of(*fingerprint) : "";
        lines = to_line(annotation) + '\n';
    }
    return lines.append(rows.key(row)).append(" ").append(rows.value(row)) + '\n';
}

// Returns true if the lines are read as this row again.
bool reads_as(const std::string& lines, const Document& rows, const Entry& row)
{
    const Document document(lines);
    return document.entries().size() == 1
        && document.key(document.entries().front()) == rows.key(row)
        && document.value(document.entries().front()) == rows.value(row);
}

} // namespace

std::string text_of_rows(const Document& rows, const TableName& table)
{
    std::vector<std::pair<std::string, std::string>> texts; // host and lines
    std::size_t left_out = 0;
    for (const Entry& row : rows.entries()) {
        std::string lines = lines_of_row(rows, row);
        if (row.is_never_found || !reads_as(lines, rows, row)) {
            ++left_out;
        } else {
            texts.emplace_back(to_lower(rows.value(row)), std::move(lines));
        }
    }
    sort_stably(texts);
    std::string text = "# " + escape(table.to_string())
        + ": a row a line, FINGERPRINT HOST.\n"
          "# Of the comments only those are kept that begin with \"relayctl:\", as annotations of "
          "the row below.\n";
    if (left_out > 0) {
        text += "# Not here: " + count_of(left_out, "row", "rows")
            + " that Postfix does not find, or that no line can have.\n";
    }
    for (const auto& [host, lines] : texts) {
        text += lines;
    }
    return text;
}

RowEdits::RowEdits(const Document& rows)
    : editor_(rows)
{
    for (const Entry& row : rows.entries()) {
        if (!row.is_never_found) {
            rows_.emplace(
                std::pair(std::string(rows.key(row)), std::string(rows.value(row))), &row);
        }
    }
}

const Entry& RowEdits::row_of(const EntryView& entry)
{
    const auto found = rows_.find({ entry.fingerprint, entry.host });
    if (found == rows_.end()) {
        throw Error(ErrorKind::refused, described(entry) + ": there is no such row any more");
    }
    const Entry& row = *found->second;
    rows_.erase(found);
    return row;
}

void RowEdits::add(const EntryChange& change)
{
    if (change.before && change.after && change.before->fingerprint == change.after->fingerprint) {
        const Entry& row = row_of(*change.before);
        if (change.before->annotation != change.after->annotation) {
            editor_.set_annotation(row, change.after->annotation);
        }
        if (change.before->host != change.after->host) {
            editor_.set_value(row, change.after->host);
        }
        return;
    }
    if (change.before) {
        editor_.erase(row_of(*change.before));
        ++removed_;
    }
    if (change.after) {
        editor_.append(change.after->fingerprint, change.after->host, change.after->annotation);
        ++added_;
    }
}

} // namespace relayctl
