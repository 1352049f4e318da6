#include "core/postfix/table_name.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace relayctl {

std::optional<TableName> TableName::parse_if_any(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
        return std::nullopt;
    }
    return TableName{ std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)) };
}

TableName TableName::parse(std::string_view text)
{
    auto table = parse_if_any(text);
    if (!table) {
        throw Error(ErrorKind::usage, "table " + quote(text) + ": expected TYPE:PATH",
            { "for example hash:/etc/postfix/relay_clients" });
    }
    if (text.find('\0') != std::string_view::npos) {
        throw Error(ErrorKind::usage, "table " + quote(text) + ": has a NUL byte in it");
    }
    return *std::move(table);
}

TableName TableName::behind_proxy() const
{
    const auto inner = is_proxied() ? parse_if_any(path) : std::nullopt;
    return inner.value_or(*this);
}

// The source of a text table is changed by its own name: behind a proxy it is another table.
bool TableName::is_writable() const
{
    return traits().is_changeable || (is_database() && behind_proxy().traits().is_changeable);
}

bool TableName::is_readable() const
{
    return has_source() || is_database();
}

std::string type_of(std::string_view name)
{
    return std::string(name.substr(0, name.find(':')));
}

std::vector<std::string> writable_types()
{
    std::vector<std::string> names;
    for (const TableType& type : table_types()) {
        if (type.is_changeable) {
            names.emplace_back(type.name);
        }
    }
    return names;
}

namespace {

std::string list_of(const std::vector<std::string>& names)
{
    std::string list;
    for (std::size_t i = 0; i < names.size(); ++i) {
        list += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    }
    return list;
}

} // namespace

void require_writable(const TableName& table)
{
    if (table.is_writable()) {
        return;
    }
    std::vector<Hint> hints = { "relayctl changes tables of type " + list_of(writable_types()) };
    if (table.is_proxied()) {
        hints = { "name the table behind the proxy: -t " + escape(table.path) };
    }
    throw Error(ErrorKind::usage,
        "table " + escape(table.to_string()) + ": relayctl does not change tables of type "
            + quote(table.type),
        std::move(hints));
}

void require_readable(const TableName& table)
{
    if (table.is_readable()) {
        return;
    }
    std::vector<std::string> readable;
    for (const TableType& type : table_types()) {
        if (type.is_readable()) {
            readable.emplace_back(type.name);
        }
    }
    throw Error(ErrorKind::usage,
        "table " + escape(table.to_string()) + ": type " + quote(table.type)
            + " has no entries that relayctl could read",
        { "types with such: " + list_of(readable) });
}

} // namespace relayctl
