// Reads what a map has, beside the reading of its source, and compares the two.
#pragma once

#include "core/inspect/map_facts.hpp"
#include "core/postfix/postfix.hpp"
#include "core/table/content_sum.hpp"
#include "core/table/document.hpp"

#include <functional>
#include <future>

namespace relayctl {

// The comparison of one map with its source. Equal sums end it at once; only otherwise the map is
// read again, record by record.
class MapComparison {
public:
    // Begins at once to read the map, in a thread of its own, since postmap takes its time. postfix
    // must outlive it. Asks postconf first, which must not be asked by two threads at a time.
    // Spawns "postmap -s".
    MapComparison(Postfix& postfix, const TableName& table);

    // Returns how the map differs from its source, or what keeps Postfix from reading it. content:
    // content_of() the source. read_source: is called if the map has another sum. Call it once.
    // Errors: ErrorKind::postfix if there is no Postfix that could read the map; those of
    // read_source.
    MapFacts compare(const ContentSum& content, const std::function<Document()>& read_source);

private:
    // Notes in the facts that the map is missing, forbidden, or of another type.
    void find_obstacle();
    void find_size(std::size_t source_bytes);
    // Hands each record of the map to `record`; a failure of postmap makes the map a broken one.
    void read_map(const std::function<void(std::string_view)>& record);

    Postfix& postfix_;
    MapFacts facts_;
    std::future<ContentSum> sum_; // the last member: its thread ends before the others go
};

} // namespace relayctl
