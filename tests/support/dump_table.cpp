// Prints what the scanner makes of a table, one "key<TAB>value" a line, key folded and only the
// first of duplicates: what "postmap -s" prints of the map that postmap makes of it.
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/table/document.hpp"

#include <iostream>
#include <set>

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: relayctl_dump_table FILE\n";
        return 2;
    }
    const relayctl::Document document(relayctl::read_file(argv[1], relayctl::max_table_bytes).text);
    std::set<std::string> seen;
    for (const relayctl::Entry& entry : document.entries()) {
        const std::string key = relayctl::to_lower(document.key(entry));
        if (seen.insert(key).second) {
            std::cout << key << '\t' << document.value(entry) << '\n';
        }
    }
    return 0;
}
