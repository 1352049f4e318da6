// What is known of each type of lookup table (DATABASE_README): one row of traits each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace relayctl {

// Where a type has its answers from.
enum class TableFamily : std::uint8_t {
    unknown,
    index, // it finds the keys that somebody listed in a file, and no other
    expressions, // regular expressions, in a file or in braces
    networks, // addresses and networks, in a file or in braces
    computed, // the name itself, or other tables, say all
    server, // a server is asked
    wrapper, // another table behind it is asked
};

// How postmap changes a map that is there ("postmap -i", "postmap -d -").
enum class MapUpdates : std::uint8_t {
    none, // it only makes whole maps
    one_key, // in one transaction for each key, which smtpd sees at once
    few_keys, // on a copy, which is quicker than making the map anew if few keys change
};

// Who can read all records of a map from end to end.
enum class RecordDump : std::uint8_t { none, by_postmap, by_relayctl };

// The traits of one type. What is not said of a type is false or empty.
struct TableType {
    std::string_view name = {};
    TableFamily family = TableFamily::unknown;
    bool has_source = false; // a text in the format of postmap(1), whose entries relayctl reads
    std::string_view map_suffix = {}; // of what postmap makes of the source; "" if it makes no map
    bool has_two_files = false; // its map is two files, neither of which has the name alone
    // Of the file that postmap makes first and then renames to the map; "" if it writes the map
    // itself.
    std::string_view temporary_suffix = {};
    bool is_changeable = false; // relayctl changes it
    bool is_database = false; // its entries are rows, and its name is that of a file about a server
    MapUpdates updates = MapUpdates::none;
    RecordDump dump = RecordDump::none;
    // Sessions that are open see a change at once. Observed on a real smtpd: it looks at other
    // types anew before the next session (dict_changed_name() in util/dict.c).
    bool is_live = false;
    bool is_read_once = false; // smtpd reads it when it starts, and needs a reload after a change
    // Berkeley DB, whose maps Postfix 3.11 can redirect to another type (NON_BERKELEYDB_README).
    bool is_berkeley_db = false;
    std::string_view size_parameter = {}; // of main.cf, that says how large a map can be
    std::size_t magic_at = 0; // by which its map is known: four bytes at this offset
    std::uint32_t magic = 0; // in the byte order of the machine; 0: the map has no magic

    bool has_map() const noexcept { return !map_suffix.empty(); }
    // Returns true if relayctl can read its entries.
    bool is_readable() const noexcept { return has_source || is_database; }
    // Returns true if its answers do not depend on who asks, or from where.
    bool answers_anywhere() const noexcept
    {
        return family == TableFamily::index || family == TableFamily::expressions
            || family == TableFamily::networks || family == TableFamily::computed;
    }
};

// Returns the traits of a type; those of a type that nobody knows are all false.
const TableType& table_type(std::string_view name) noexcept;

// Returns all types that are known. Those that relayctl changes come first, in the order in which
// they are shown.
std::span<const TableType> table_types() noexcept;

} // namespace relayctl
