#include "app/render/json.hpp"

#include "app/render/lines.hpp"
#include "app/render/list_writer.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace relayctl {

namespace {

using Json = nlohmann::ordered_json;

// Bytes that are not UTF-8 become U+FFFD: a table can hold anything, JSON cannot. All else that is
// not ASCII is written as \uXXXX: among it are control characters (U+009B) that a terminal would
// obey.
std::string text_of(const Json& json, int indent)
{
    return json.dump(indent, ' ', true, Json::error_handler_t::replace);
}

Json or_null(const std::string& text)
{
    return text.empty() ? Json() : Json(text);
}

Json or_null(const std::optional<Time>& time)
{
    return time ? Json(to_rfc3339(*time)) : Json();
}

Json json_of(const EntryView& entry)
{
    const Annotation& annotation = entry.annotation;
    return { { "fingerprint", entry.fingerprint }, { "host", entry.host },
        { "line", entry.line == 0 ? Json() : Json(entry.line) },
        { "kind", or_null(annotation.kind) }, { "subject", or_null(annotation.subject) },
        { "not_after", or_null(annotation.expires) }, { "added", or_null(annotation.added) },
        { "retire_after", or_null(annotation.retire_after) }, { "note", or_null(annotation.note) },
        { "by", or_null(annotation.by) } };
}

Json json_of(const UpdatedEntry& updated)
{
    return json_of(updated.entry);
}

template <typename Item> Json list_of(const std::vector<Item>& items)
{
    Json list = Json::array();
    for (const Item& item : items) {
        list.push_back(json_of(item));
    }
    return list;
}

// The certificate that the client presents; nullptr where the file does not tell.
const Certificate* presented_if_clear(const CertificateFile& file)
{
    try {
        return file.presented();
    } catch (const Error&) {
        return nullptr;
    }
}

Json certificate_json(const CertificateFile& file, std::size_t index, const Certificate* presented,
    const Digest& digest)
{
    const Certificate& certificate = file.certificates[index];
    return { { "file", file.name }, { "index", index }, { "subject", certificate.subject },
        { "issuer", certificate.issuer }, { "serial", certificate.serial },
        { "not_before", or_null(certificate.not_before) },
        { "not_after", or_null(certificate.not_after) },
        { "cert", certificate.fingerprint(digest).to_string() },
        { "key", certificate.key_fingerprint(digest).to_string() },
        { "client", presented == nullptr ? Json() : Json(presented->der == certificate.der) } };
}

Json key_json(
    const CertificateFile& file, std::size_t index, const BareKey& key, const Digest& digest)
{
    return { { "file", file.name }, { "index", index }, { "subject", or_null(key.subject) },
        { "issuer", nullptr }, { "serial", nullptr }, { "not_before", nullptr },
        { "not_after", nullptr }, { "cert", nullptr },
        { "key", key.key_fingerprint(digest).to_string() }, { "client", nullptr } };
}

} // namespace

std::string json_library_version()
{
    std::string version;
    for (const int part :
        { NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH }) {
        version += (version.empty() ? "" : ".") + std::to_string(part);
    }
    return version;
}

namespace {

Json services_of(const std::vector<StillRelaying>& services)
{
    Json list = Json::array();
    for (const StillRelaying& one : services) {
        list.push_back(
            { { "service", one.service }, { "instance", one.instance }, { "clients", one.clients },
                { "reason", one.reason.message }, { "id", one.reason.id } });
    }
    return list;
}

} // namespace

void write_json_change(std::ostream& out, const std::vector<TableOutcome>& outcomes, bool dry_run,
    const RevocationVerdict* verdict)
{
    const auto any
        = [&](auto property) { return std::any_of(outcomes.begin(), outcomes.end(), property); };
    const auto all = [&](auto part_of) {
        Json list = Json::array();
        for (const TableOutcome& outcome : outcomes) {
            for (Json& item : list_of(part_of(outcome.report))) {
                item["table"] = outcome.table.to_string();
                list.push_back(std::move(item));
            }
        }
        return list;
    };
    Json json = { { "schema", 1 }, { "table", outcomes.front().table.to_string() },
        { "changed", any([](const TableOutcome& o) { return o.publication.changed; }) },
        { "added", all([](const ChangeReport& r) { return r.added; }) },
        { "removed", all([](const ChangeReport& r) { return r.removed; }) },
        { "map", std::string(to_string(outcomes.front().publication.map)) },
        { "reload_needed", any([](const TableOutcome& o) { return o.publication.reload_needed; }) },
        { "dry_run", dry_run },
        { "updated", all([](const ChangeReport& r) { return r.updated; }) } };
    if (outcomes.size() > 1) {
        Json tables = Json::array();
        for (const TableOutcome& outcome : outcomes) {
            tables.push_back({ { "table", outcome.table.to_string() },
                { "changed", outcome.publication.changed },
                { "removed", list_of(outcome.report.removed) },
                { "added", list_of(outcome.report.added) },
                { "updated", list_of(outcome.report.updated) },
                { "map", std::string(to_string(outcome.publication.map)) },
                { "reload_needed", outcome.publication.reload_needed },
                { "error", or_null(outcome.error) } });
        }
        json["tables"] = std::move(tables);
    }
    if (verdict != nullptr) {
        json["still_relaying"] = services_of(verdict->relaying);
        json["relaying_unknown"] = services_of(verdict->unsure);
    }
    out << text_of(json, 2) << '\n';
}

void write_json_copy(std::ostream& out, const std::string& from, const std::string& to,
    const CopyResult& result, const std::vector<std::string>& commands, bool dry_run)
{
    const Json json = { { "schema", 1 }, { "from", from }, { "table", to },
        { "changed", result.publication.changed }, { "entries", result.entries },
        { "added", result.added }, { "updated", result.updated }, { "removed", result.removed },
        { "map", std::string(to_string(result.publication.map)) },
        { "reload_needed", result.publication.reload_needed }, { "dry_run", dry_run },
        { "commands", commands }, { "not_kept", or_null(result.not_kept) } };
    out << text_of(json, 2) << '\n';
}

void write_json_init(std::ostream& out, const std::string& table, const InitResult& result)
{
    out << text_of({ { "schema", 1 }, { "table", table }, { "changed", result.created },
                       { "statements", result.done }, { "missing", result.missing } },
        2)
        << '\n';
}

void write_json_state_ids(std::ostream& out, const std::vector<TableState>& tables)
{
    Json list = Json::array();
    for (const TableState& table : tables) {
        list.push_back({ { "table", table.table }, { "state_id", table.id } });
    }
    out << text_of({ { "schema", 1 }, { "table", tables.front().table },
                       { "state_id", tables.front().id }, { "tables", list } },
        2)
        << '\n';
}

namespace {

// What nearly every entry of a large table is: a fingerprint and a host that need no escape,
// without an annotation. It is written as the library would. table: as JSON has it.
void append_bare_entry(std::string& out, std::string_view fingerprint, std::string_view host,
    std::uint32_t line, std::string_view table)
{
    out.append("{\"fingerprint\":\"")
        .append(fingerprint)
        .append("\",\"host\":\"")
        .append(host)
        .append("\",\"line\":")
        .append(line == 0 ? "null" : std::to_string(line));
    out += R"(,"kind":null,"subject":null,"not_after":null,"added":null,"retire_after":null,"note":null,"by":null,"table":)";
    out.append(table).append("}");
}

// One entry after the other: a list of a million is never in memory as a whole.
class JsonListWriter : public ListWriter {
public:
    JsonListWriter(std::ostream& out, const std::string& table, const std::string& digest)
        : lines_(out)
    {
        lines_.next() += "{\n  \"schema\": 1,\n  \"table\": " + text_of(table, -1)
            + ",\n  \"digest\": " + text_of(or_null(digest), -1) + ",\n  \"entries\": [";
    }

    void write(const std::string& table, const Document& part,
        const std::vector<const Entry*>& entries) override
    {
        if (table != table_) {
            table_ = table;
            table_json_ = text_of(table, -1);
        }
        for (const Entry* entry : entries) {
            std::string& line = lines_.next();
            line += is_first_ ? "\n    " : ",\n    ";
            is_first_ = false;
            const std::string_view key = part.key(*entry);
            const std::string_view value = part.value(*entry);
            if (is_plain(key) && is_plain(value) && !part.may_be_annotated(*entry)) {
                append_bare_entry(line, key, value, entry->line, table_json_);
            } else {
                Json json = json_of(view_of(part, *entry));
                json["table"] = table;
                line += text_of(json, -1);
            }
        }
    }

    void finish(const std::vector<ListedTable>& tables, std::size_t unknown_expiry) override
    {
        Json list = Json::array();
        for (const ListedTable& table : tables) {
            list.push_back({ { "table", table.name }, { "services", table.services },
                { "error", or_null(table.error) } });
        }
        lines_.next() += (is_first_ ? "],\n" : "\n  ],\n")
            + ("  \"unknown_expiry\": " + std::to_string(unknown_expiry))
            + ",\n  \"tables\": " + text_of(list, -1) + "\n}\n";
    }

private:
    Lines lines_;
    bool is_first_ = true;
    std::string table_; // of the last entry
    std::string table_json_;
};

} // namespace

std::unique_ptr<ListWriter> json_list_writer(
    std::ostream& out, const std::string& table, const std::string& digest)
{
    return std::make_unique<JsonListWriter>(out, table, digest);
}

void write_json_fingerprints(
    std::ostream& out, const Digest& digest, const std::vector<CertificateFile>& files)
{
    Json list = Json::array();
    for (const CertificateFile& file : files) {
        const Certificate* const presented = presented_if_clear(file);
        for (std::size_t i = 0; i < file.certificates.size(); ++i) {
            list.push_back(certificate_json(file, i, presented, digest));
        }
        for (std::size_t i = 0; file.certificates.empty() && i < file.keys.size(); ++i) {
            list.push_back(key_json(file, i, file.keys[i], digest));
        }
    }
    out << text_of({ { "schema", 1 }, { "digest", digest.name() }, { "certificates", list } }, 2)
        << '\n';
}

void write_json_verify(std::ostream& out, const std::vector<Health>& tables,
    const std::string& digest, bool ok, const std::vector<Finding>& findings)
{
    Json list = Json::array();
    for (const Finding& finding : findings) {
        list.push_back({ { "severity", std::string(to_string(finding.severity)) },
            { "id", finding.id }, { "file", finding.file },
            { "line", finding.line == 0 ? Json() : Json(finding.line) },
            { "column", finding.column == 0 ? Json() : Json(finding.column) },
            { "message", finding.message }, { "hint", or_null(finding.hint) },
            { "table", or_null(finding.table) } });
    }
    Json judged = Json::array();
    for (const Health& table : tables) {
        judged.push_back({ { "table", table.table }, { "ok", table.is_sound } });
    }
    const Measures all = sum_of(tables).measures;
    out << text_of({ { "schema", 1 }, { "table", tables.front().table }, { "digest", digest },
                       { "ok", ok }, { "findings", list },
                       { "unknown_expiry", all.is_known ? Json(all.unknown_expiry) : Json() },
                       { "tables", judged } },
        2)
        << '\n';
}

namespace {

Json or_null(std::optional<bool> answer)
{
    return answer ? Json(*answer) : Json();
}

Json line_or_null(std::uint32_t line)
{
    return line == 0 ? Json() : Json(line);
}

Json print_or_null(const Verdict& verdict, std::string_view kind)
{
    for (const Print& print : verdict.prints) {
        if (print.kind == kind) {
            return print.fingerprint.to_string();
        }
    }
    return {};
}

Json json_of(const Match& match)
{
    return { { "table", match.table }, { "kind", or_null(match.kind) },
        { "fingerprint", match.fingerprint }, { "host", match.host },
        { "file", or_null(match.file) }, { "line", line_or_null(match.line) } };
}

Json json_of(const Verdict& verdict)
{
    Json reasons = Json::array();
    for (const Finding& reason : verdict.reasons) {
        reasons.push_back(
            { { "id", reason.id }, { "message", reason.message }, { "hint", or_null(reason.hint) },
                { "severity", std::string(to_string(reason.severity)) },
                { "file", or_null(reason.file) }, { "line", line_or_null(reason.line) } });
    }
    return { { "service", verdict.service }, { "would_relay", or_null(verdict.would_relay) },
        { "matched", verdict.match ? json_of(*verdict.match) : Json() }, { "reasons", reasons },
        { "digest", or_null(verdict.digest) }, { "cert", print_or_null(verdict, "cert") },
        { "key", print_or_null(verdict, "key") }, { "tables", verdict.tables } };
}

} // namespace

void write_json_check(
    std::ostream& out, std::optional<bool> would_relay, const std::vector<Verdict>& verdicts)
{
    Json services = Json::array();
    for (const Verdict& verdict : verdicts) {
        services.push_back(json_of(verdict));
    }
    const Verdict& first = verdicts.front();
    out << text_of(
        { { "schema", 1 }, { "would_relay", or_null(would_relay) },
            { "cert", print_or_null(first, "cert") }, { "key", print_or_null(first, "key") },
            { "digest", or_null(first.digest) }, { "services", services } },
        2)
        << '\n';
}

} // namespace relayctl
