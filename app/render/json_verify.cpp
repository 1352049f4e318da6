#include "app/render/json.hpp"
#include "app/render/json_live.hpp"
#include "app/render/json_value.hpp"

#include <ostream>

namespace relayctl {

void write_json_verify(std::ostream& out, const std::vector<TableHealth>& tables,
    const std::string& digest, bool ok, const std::vector<Finding>& findings,
    const std::vector<LiveService>& live)
{
    Json list = Json::array();
    for (const Finding& finding : findings) {
        list.push_back({ { "severity", std::string(to_string(finding.severity)) },
            { "id", finding.id }, { "file", finding.file }, { "line", line_or_null(finding.line) },
            { "column", line_or_null(finding.column) }, { "message", finding.message },
            { "hint", or_null(finding.hint) }, { "table", or_null(finding.table) } });
    }
    Json judged = Json::array();
    for (const TableHealth& table : tables) {
        judged.push_back({ { "table", table.table }, { "ok", table.is_sound } });
    }
    const TableMeasures all = sum_of(tables).measures;
    write_json(out,
        { { "schema", 1 }, { "table", tables.front().table }, { "digest", digest }, { "ok", ok },
            { "findings", list },
            { "unknown_expiry", all.is_known ? Json(all.unknown_expiry) : Json() },
            { "tables", judged }, { "live", json_of_services(live) } });
}

} // namespace relayctl
