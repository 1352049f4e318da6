// Lines are written here and not by the JSON library: the record of a million entries must not cost
// more than writing the table again. They are read by the library, since anybody may have edited
// them.
#include "core/store/history_record.hpp"

#include "core/base/text.hpp"
#include "core/store/sql/annotation_columns.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace relayctl {

namespace {

using Json = nlohmann::json;

constexpr std::string_view number_member = ",\"number\":";

void append_code_unit(std::string& out, unsigned unit)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (const int shift : { 12, 8, 4, 0 }) {
        out += digits[(unit >> shift) & 15U];
    }
}

// A character beyond U+FFFF becomes two code units (RFC 8259, 7).
void append_code_point(std::string& out, char32_t point)
{
    if (point < 0x10000) {
        append_code_unit(out, point);
        return;
    }
    append_code_unit(out, 0xD800U + ((point - 0x10000U) >> 10U));
    append_code_unit(out, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
}

constexpr bool needs_no_escape(char c) noexcept
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

// Writes a text in quotes. is_utf8: else each byte becomes the character of its number.
void append_quoted(std::string& out, std::string_view text, bool is_utf8)
{
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && needs_no_escape(text[plain])) {
            ++plain;
        }
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        char32_t point = static_cast<unsigned char>(text[0]);
        const std::size_t size = is_utf8 ? utf8_length(text, &point) : 1;
        if (text[0] == '\n') {
            out += "\\n";
        } else if (text[0] == '"' || text[0] == '\\') {
            (out += '\\') += text[0];
        } else {
            append_code_point(out, point);
        }
        text.remove_prefix(size);
    }
    out += '"';
}

// Writes any bytes: a text as it is, and what is no UTF-8 as {"latin1":"..."}.
void append_text(std::string& out, std::string_view text)
{
    if (is_utf8(text)) {
        append_quoted(out, text, true);
        return;
    }
    out += "{\"latin1\":";
    append_quoted(out, text, false);
    out += '}';
}

void append_member(std::string& out, std::string_view name, std::string_view text)
{
    if (!text.empty()) {
        out.append(",\"").append(name).append("\":");
        append_text(out, text);
    }
}

void append_number(std::string& out, std::string_view name, std::uint64_t number)
{
    out.append(",\"").append(name).append("\":").append(std::to_string(number));
}

void append_entry(std::string& out, std::string_view name, const std::optional<EntryView>& entry)
{
    if (entry) {
        out.append("\"").append(name).append("\":{\"fingerprint\":");
        append_text(out, entry->fingerprint);
        append_member(out, "host", entry->host);
        for (std::size_t i = 0; i < annotation_column::names.size(); ++i) {
            append_member(
                out, annotation_column::names[i], column_value(entry->annotation, i).value_or(""));
        }
        out += '}';
    }
}

// Returns what append_text() has written. Errors: those of the library, if it is something else.
std::string text_at(const Json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end()) {
        return {};
    }
    if (!found->is_object()) {
        return found->get<std::string>();
    }
    std::string bytes;
    std::string_view text = found->at("latin1").get_ref<const std::string&>();
    while (!text.empty()) {
        char32_t point = 0;
        const std::size_t size = utf8_length(text, &point);
        bytes += static_cast<char>(point);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return bytes;
}

std::optional<EntryView> entry_at(const Json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end()) {
        return std::nullopt;
    }
    EntryView entry{ text_at(*found, "fingerprint"), text_at(*found, "host"), 0, {} };
    for (std::size_t i = 0; i < annotation_column::names.size(); ++i) {
        const std::string value = text_at(*found, std::string(annotation_column::names[i]).c_str());
        const auto time = annotation_column::is_time(i) ? parse_time(value) : std::nullopt;
        if (!value.empty() && (time || !annotation_column::is_time(i))) {
            set_column(entry.annotation, i,
                time ? std::to_string(time->time_since_epoch().count()) : value);
        }
    }
    return entry;
}

HistoryRecord record_of_json(const Json& json)
{
    HistoryRecord record;
    record.number = json.at("number").get<std::uint64_t>();
    record.time = parse_time(json.at("time").get<std::string>()).value_or(Time());
    record.user = text_at(json, "user");
    record.sudo_user = text_at(json, "sudo_user");
    record.command = text_at(json, "command");
    record.table = text_at(json, "table");
    record.undoes = json.value("undoes", std::uint64_t{ 0 });
    record.is_unknown = json.value("unknown", false);
    record.size = json.at("size").get<std::size_t>();
    for (const Json& change : json.at("changes")) {
        record.changes.push_back(
            { change.at("offset").get<std::size_t>(), change.at("line").get<std::size_t>(),
                text_at(change, "before"), text_at(change, "after") });
    }
    return record;
}

} // namespace

std::vector<EntryChange> HistoryRecord::entries() const
{
    return changes.empty() ? rows : entry_changes(changes);
}

HistoryRecord record_on(const Occasion& occasion, const std::string& table)
{
    const Caller caller = occasion.caller();
    HistoryRecord record;
    record.time = occasion.now;
    record.user = caller.user;
    record.sudo_user = caller.before_sudo;
    record.command = occasion.command;
    record.table = table;
    return record;
}

std::string line_of(const HistoryRecord& record)
{
    std::string line = "{\"time\":\"" + to_rfc3339(record.time) + '"';
    append_member(line, "user", record.user);
    append_member(line, "sudo_user", record.sudo_user);
    append_member(line, "command", record.command);
    append_member(line, "table", record.table);
    if (record.undoes != 0) {
        append_number(line, "undoes", record.undoes);
    }
    if (record.is_unknown) {
        line += ",\"unknown\":true";
    }
    append_number(line, "size", record.size);
    line += ",\"changes\":[";
    for (const TextChange& change : record.changes) {
        line += &change == record.changes.data() ? "{" : ",{";
        line += "\"offset\":" + std::to_string(change.offset);
        append_number(line, "line", change.line);
        append_member(line, "before", change.before);
        append_member(line, "after", change.after);
        line += '}';
    }
    line += ']';
    append_number(line, "number", record.number);
    line += "}\n";
    return line;
}

std::optional<HistoryRecord> record_of(std::string_view line)
{
    try {
        return record_of_json(Json::parse(line));
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

std::uint64_t number_at_end(std::string_view line) noexcept
{
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    const std::size_t at = line.rfind(number_member);
    if (at == std::string_view::npos) {
        return 0;
    }
    std::uint64_t number = 0;
    const char* const begin = line.data() + at + number_member.size();
    const char* const end = line.data() + line.size();
    const auto [behind, error] = std::from_chars(begin, end, number);
    return error == std::errc() && std::string_view(behind, end) == "}" ? number : 0;
}

std::string mark_line(std::uint64_t number, Time until)
{
    std::string line = std::string(mark_begin) + '"' + to_rfc3339(until) + '"';
    append_number(line, "number", number);
    return line + "}\n";
}

std::string text_of_rows(std::span<const EntryChange> rows)
{
    std::string text = "[";
    for (const EntryChange& row : rows) {
        text += &row == rows.data() ? "{" : ",{";
        append_entry(text, "before", row.before);
        text += row.before && row.after ? "," : "";
        append_entry(text, "after", row.after);
        text += '}';
    }
    return text + ']';
}

std::optional<std::vector<EntryChange>> rows_of_text(std::string_view text)
{
    try {
        std::vector<EntryChange> rows;
        for (const Json& row : Json::parse(text)) {
            rows.push_back({ entry_at(row, "before"), entry_at(row, "after") });
        }
        return rows;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

} // namespace relayctl
