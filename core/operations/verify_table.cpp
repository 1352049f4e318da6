#include "core/operations/verify_table.hpp"

#include "core/audit/annotation_audit.hpp"
#include "core/audit/database_audit.hpp"
#include "core/audit/leftover_audit.hpp"
#include "core/audit/map_audit.hpp"
#include "core/audit/ownership_audit.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/inspect/ask_database.hpp"
#include "core/inspect/ask_files.hpp"
#include "core/inspect/map_comparison.hpp"
#include "core/operations/verify_source.hpp"
#include "core/postfix/source_file.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace relayctl {

namespace {

// Judges the rows part by part, so that a table of any size fits into memory.
void read_rows(const TableName& table, Store& store, const VerifyOptions& options, RowAudit& rows,
    TableExamination& result)
{
    // By key, so that entries with the same key come one behind the other.
    const auto parts = store.stream(EntryOrder::key);
    while (const auto part = parts->next()) {
        rows.add(*part);
        append(result.findings, audit_annotations(*part, table, options.now, options.repair));
        count_entries(*part, options.now, result.measures);
    }
    if (const std::string missing = store.missing_columns(); !missing.empty()) {
        result.findings.push_back(columns_missing(table, missing, options.repair));
    }
    if (const std::string hidden = store.hidden_columns(); !hidden.empty()) {
        result.findings.push_back(columns_hidden(table, hidden));
    }
}

// Judges the file of the table, what its servers answer, and the rows.
TableExamination verify_database(Postfix& postfix, const TableName& table, const StoreOpener& store,
    const Digest& digest, const VerifyOptions& options)
{
    const DatabaseFacts facts = ask_database(postfix, table, digest, options.asks_postfix);
    TableExamination result;
    result.findings = audit_database(facts, options.repair);
    if (!facts.shape) {
        result.measures.is_known = false;
        return result;
    }
    RowAudit rows(table, digest, facts.mail_version, options.repair);
    try {
        read_rows(table, store(table), options, rows, result);
    } catch (const Error& error) {
        result.measures.is_known = false;
        // Of servers that do not answer there is a finding already.
        const bool any_answers = std::any_of(facts.probes.begin(), facts.probes.end(),
            [](const HostProbe& probe) { return probe.is_connected; });
        if (any_answers && !has_error(result.findings)) { // else a finding says why already
            result.findings.push_back({ Severity::warning, "unseen", facts.file.path, 0, 0,
                "the rows cannot be read: " + std::string(error.what()), "" });
        }
    }
    append(result.findings, rows.take());
    return result;
}

// Judges the source, then what has been found out about its map meanwhile.
TableExamination verify_text_table(
    Postfix& postfix, const TableName& table, const Digest& digest, const VerifyOptions& options)
{
    TableExamination result;
    const TablePaths paths = resolve_paths(table, postfix.opened(table));
    auto file = open_source_if_any(table);
    if (!file) {
        result.findings.push_back(
            { Severity::error, "source-missing", table.path, 0, 0, "the table does not exist",
                "make it with its first client: "
                    + options.repair.relayctl("add CERT HOST", table.to_string()) });
        return result;
    }
    const struct stat status = file->status;
    const bool reads_map = table.has_map() && options.reads_map;
    std::optional<MapComparison> map;
    if (reads_map) {
        map.emplace(postfix, table);
    }
    SourceExamination source
        = examine_source(*file, paths.source, table, digest, options, reads_map);
    result.findings = std::move(source.findings);
    result.measures = source.measures;
    if (map) {
        const auto read_source = [&] { return Document(read_open_file(*file, paths.source)); };
        std::vector<Finding> differences
            = audit_map(map->compare(source.content, read_source), options.repair);
        result.measures.map_is_current = differences.empty();
        append(result.findings, std::move(differences));
    }
    append(result.findings, audit_leftovers(ask_leftovers(paths), options.repair));
    append(result.findings, audit_ownership(ask_ownership(paths, status, reads_map)));
    return result;
}

} // namespace

TableExamination verify_table(Postfix& postfix, const TableName& table, const StoreOpener& store,
    const Digest& digest, const VerifyOptions& options)
{
    // A change that is published meanwhile would show as a difference between map and source.
    for (int attempt = 1;; ++attempt) {
        const auto before = stat_of(table.path);
        TableExamination result = table.is_database()
            ? verify_database(postfix, table, store, digest, options)
            : verify_text_table(postfix, table, digest, options);
        const auto after = stat_of(table.path);
        const bool changed
            = before && after && FileIdentity::of(*before) != FileIdentity::of(*after);
        if (!changed || attempt == 5) {
            return result;
        }
    }
}

std::vector<Finding> verify_map(
    Postfix& postfix, const TableName& table, const Document& source, const Repair& repair)
{
    return audit_map(
        MapComparison(postfix, table).compare(content_of(source), [&] { return source; }), repair);
}

} // namespace relayctl
