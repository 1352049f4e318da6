#include "core/postfix/table_name.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

constexpr std::array<std::string_view, 4> compiled = { "hash", "btree", "lmdb", "cdb" };

} // namespace

TableName TableName::parse(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
        throw Error(ErrorKind::usage, "table " + quote(text) + ": expected TYPE:PATH",
            { "for example hash:/etc/postfix/relay_clients" });
    }
    if (text.find('\0') != std::string_view::npos) {
        throw Error(ErrorKind::usage, "table " + quote(text) + ": has a NUL byte in it");
    }
    return { std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)) };
}

bool TableName::has_map() const noexcept
{
    return std::find(compiled.begin(), compiled.end(), type) != compiled.end();
}

bool TableName::has_source() const noexcept
{
    return has_map() || type == "texthash";
}

bool TableName::is_database() const
{
    return behind_proxy().type == "pgsql";
}

TableName TableName::behind_proxy() const
{
    const std::size_t colon = type == "proxy" ? path.find(':') : std::string::npos;
    return colon == std::string::npos ? *this
                                      : TableName{ path.substr(0, colon), path.substr(colon + 1) };
}

std::vector<std::string> writable_types()
{
    std::vector<std::string> types(compiled.begin(), compiled.end());
    types.insert(types.end(), { "texthash", "pgsql" });
    return types;
}

namespace {

constexpr const char* types_in_words = "hash, btree, lmdb, cdb, texthash and pgsql";

} // namespace

void require_writable(const TableName& table)
{
    if (table.is_writable()) {
        return;
    }
    std::vector<Hint> hints = { "relayctl changes tables of type " + std::string(types_in_words) };
    if (table.type == "proxy") {
        hints = { "name the table behind the proxy: -t " + escape(table.path) };
    }
    throw Error(ErrorKind::usage,
        "table " + escape(table.to_string()) + ": relayctl does not change tables of type "
            + quote(table.type),
        std::move(hints));
}

void require_readable(const TableName& table)
{
    if (!table.is_writable()) {
        throw Error(ErrorKind::usage,
            "table " + escape(table.to_string()) + ": type " + quote(table.type)
                + " has no entries that relayctl could read",
            { "types with such: " + std::string(types_in_words) });
    }
}

} // namespace relayctl
