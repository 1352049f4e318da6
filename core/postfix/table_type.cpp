#include "core/postfix/table_type.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

using Family = TableFamily;

// hash and btree are kept in files of one format, which tells them apart by its magic (db_page.h).
constexpr TableType berkeley_db(std::string_view name, std::uint32_t magic)
{
    return { .name = name,
        .family = Family::index,
        .has_source = true,
        .map_suffix = ".db",
        .is_changeable = true,
        .updates = MapUpdates::few_keys,
        .dump = RecordDump::by_postmap,
        .is_berkeley_db = true,
        .magic_at = 12,
        .magic = magic };
}

constexpr std::array types = std::to_array<TableType>({
    berkeley_db("hash", 0x061561),
    berkeley_db("btree", 0x053162),
    { .name = "lmdb",
        .family = Family::index,
        .has_source = true,
        .map_suffix = ".lmdb",
        .is_changeable = true,
        .updates = MapUpdates::one_key,
        .dump = RecordDump::by_postmap,
        .is_live = true,
        .size_parameter = "lmdb_map_size",
        .magic_at = 16,
        .magic = 0xBEEFC0DE }, // lmdb.h
    // "postmap -s cdb:" says "sequence operation is not supported" (Postfix 3.7).
    { .name = "cdb",
        .family = Family::index,
        .has_source = true,
        .map_suffix = ".cdb",
        .temporary_suffix = ".cdb.tmp", // dict_cdb.c
        .is_changeable = true,
        .dump = RecordDump::by_relayctl },
    { .name = "texthash",
        .family = Family::index,
        .has_source = true,
        .is_changeable = true,
        .dump = RecordDump::by_postmap,
        .is_read_once = true },
    { .name = "pgsql",
        .family = Family::server,
        .is_changeable = true,
        .is_database = true,
        .is_live = true },
    { .name = "dbm", .family = Family::index, .has_two_files = true },
    { .name = "sdbm", .family = Family::index, .has_two_files = true },
    { .name = "regexp", .family = Family::expressions },
    { .name = "pcre", .family = Family::expressions },
    { .name = "cidr", .family = Family::networks },
    { .name = "static", .family = Family::computed },
    { .name = "inline", .family = Family::computed, .dump = RecordDump::by_postmap },
    { .name = "fail", .family = Family::computed },
    { .name = "pipemap", .family = Family::computed },
    { .name = "unionmap", .family = Family::computed },
    { .name = "randmap", .family = Family::computed },
    { .name = "mysql", .family = Family::server },
    { .name = "ldap", .family = Family::server },
    { .name = "memcache", .family = Family::server },
    { .name = "socketmap", .family = Family::server },
    { .name = "tcp", .family = Family::server },
    { .name = "proxy", .family = Family::wrapper },
    { .name = "debug", .family = Family::wrapper },
});

constexpr TableType unknown;

} // namespace

const TableType& table_type(std::string_view name) noexcept
{
    const auto* found = std::find_if(
        types.begin(), types.end(), [&](const TableType& type) { return type.name == name; });
    return found == types.end() ? unknown : *found;
}

std::span<const TableType> table_types() noexcept
{
    return types;
}

} // namespace relayctl
