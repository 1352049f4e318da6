#include "app/render/json.hpp"
#include "app/render/json_value.hpp"
#include "app/render/list_writer.hpp"
#include "core/base/bytes.hpp"
#include "core/base/text.hpp"

#include <ostream>

namespace relayctl {

void write_json_state_ids(std::ostream& out, const std::vector<TableState>& tables)
{
    Json list = Json::array();
    for (const TableState& table : tables) {
        list.push_back({ { "table", table.table }, { "state_id", table.id } });
    }
    write_json(out,
        { { "schema", 1 }, { "table", tables.front().table }, { "state_id", tables.front().id },
            { "tables", list } });
}

namespace {

// Nearly every entry of a large table is a fingerprint and a host that need no escapes, without an
// annotation. This writes it as the library would, but faster. table: as JSON.
void append_bare_entry(std::string& out, std::string_view fingerprint, std::string_view host,
    std::uint32_t line, std::string_view table)
{
    out.append("{\"fingerprint\":\"")
        .append(fingerprint)
        .append("\",\"host\":\"")
        .append(host)
        .append("\",\"line\":")
        .append(line == 0 ? "null" : std::to_string(line));
    for (const char* name : { "kind", "subject", "not_after", "added", "retire_after", "note", "by",
             "until", "owner" }) {
        out.append(",\"").append(name).append("\":null");
    }
    out.append(",\"table\":").append(table).append(",\"last_seen\":null}");
}

// Writes one entry after the other, so that a list of a million is never in memory at once.
class JsonListWriter : public ListWriter {
public:
    JsonListWriter(std::ostream& out, const std::string& table, const std::string& digest,
        LastSeenOf last_seen)
        : lines_(out)
        , last_seen_(std::move(last_seen))
    {
        // The beginning is written here by hand, in the layout of write_json(), since the entries
        // follow one by one.
        lines_.next() += "{\n  \"schema\": 1,\n  \"table\": " + text_of(table, -1)
            + ",\n  \"digest\": " + text_of(or_null(digest), -1) + ",\n  \"entries\": [";
    }

    void write(const std::string& table, const Document& part,
        const std::vector<const Entry*>& entries) override
    {
        // The name of the table is the same for many entries, so it becomes JSON only once.
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
            // An entry may have a character that JSON escapes, or an annotation; the library writes
            // those.
            const std::optional<Time> last_seen = last_seen_(table, key);
            if (is_plain(key) && is_plain(value) && !part.may_be_annotated(*entry) && !last_seen) {
                append_bare_entry(line, key, value, entry->line, table_json_);
            } else {
                Json json = json_of(view_of(part, *entry));
                json["table"] = table;
                json["last_seen"] = or_null(last_seen);
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
        // Without entries the list is "[]" in one line, as the library would write it.
        lines_.next() += (is_first_ ? "],\n" : "\n  ],\n")
            + ("  \"unknown_expiry\": " + std::to_string(unknown_expiry))
            + ",\n  \"tables\": " + text_of(list, -1) + "\n}\n";
    }

private:
    Lines lines_;
    LastSeenOf last_seen_;
    bool is_first_ = true;
    std::string table_; // of the last entry
    std::string table_json_;
};

} // namespace

std::unique_ptr<ListWriter> json_list_writer(
    std::ostream& out, const std::string& table, const std::string& digest, LastSeenOf last_seen)
{
    return std::make_unique<JsonListWriter>(out, table, digest, std::move(last_seen));
}

} // namespace relayctl
