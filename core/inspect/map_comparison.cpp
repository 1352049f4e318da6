#include "core/inspect/map_comparison.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/inspect/map_difference.hpp"
#include "core/postfix/map_file.hpp"
#include "core/postfix/parse_output.hpp"

#include <unistd.h>

namespace relayctl {

MapComparison::MapComparison(Postfix& postfix, const TableName& table)
    : postfix_(postfix)
{
    facts_.table = table;
    facts_.opened = postfix.opened(table);
    facts_.map_file = map_file_of(facts_.opened);
    find_obstacle();
    if (facts_.condition == MapCondition::readable) {
        // postmap reads a large map for seconds, so it works beside the reading of the source.
        sum_ = std::async(std::launch::async, [this] {
            ContentSum sum;
            read_map([&](std::string_view record) { sum.add(record); });
            return sum;
        });
    }
}

// Finds what keeps Postfix from opening the map, without asking postmap.
void MapComparison::find_obstacle()
{
    if (!stat_of(facts_.map_file)) {
        facts_.condition = MapCondition::missing;
        return;
    }
    // postmap would only say that it cannot open the file.
    if (::access(facts_.map_file.c_str(), R_OK) != 0) {
        facts_.condition = MapCondition::forbidden;
        return;
    }
    const std::string type = map_file_type(facts_.map_file);
    const bool is_berkeley = table_type(type).is_berkeley_db;
    // Berkeley DB types share the suffix .db, so the file itself must tell which one it is.
    if ((is_berkeley || type == "unknown" || type == "empty") && type != facts_.opened.type) {
        facts_.condition = MapCondition::of_other_type;
        facts_.found_type = type;
    }
}

void MapComparison::read_map(const std::function<void(std::string_view)>& record)
{
    try {
        postfix_.dump_map(facts_.opened, record);
    } catch (const Error& error) {
        // Without Postfix nobody can read the map, which is an error and no fact about the map.
        if (!postfix_.is_installed() && facts_.opened.traits().dump != RecordDump::by_relayctl) {
            throw;
        }
        facts_.condition = MapCondition::broken;
        facts_.problem = error.what();
    }
}

// Finds out whether the map outgrew its size, which only a wrong map has done.
void MapComparison::find_size(std::size_t source_bytes)
{
    const std::string parameter(facts_.opened.traits().size_parameter);
    if (parameter.empty() || facts_.capital_count == 0 || !postfix_.is_configured()) {
        return;
    }
    if (may_outgrow(source_bytes, value_of(postfix_.effective({ parameter }, {}), parameter))) {
        facts_.size_setting = parameter + '=' + std::to_string(enough_map_size(source_bytes));
    }
}

MapFacts MapComparison::compare(
    const ContentSum& content, const std::function<Document()>& read_source)
{
    const bool is_same = sum_.valid() && content == sum_.get();
    if (facts_.condition == MapCondition::readable && !is_same) { // read it again, to say where
        const Document source = read_source();
        MapDifference difference(source);
        read_map([&](std::string_view record) { difference.record(record); });
        if (facts_.condition == MapCondition::readable) {
            difference.finish(facts_);
            find_size(source.text().size());
        }
    }
    if (is_about_missing_berkeley_db(facts_.problem)) {
        facts_.successor = postfix_.type_instead_of_berkeley_db();
    }
    return std::move(facts_);
}

} // namespace relayctl
