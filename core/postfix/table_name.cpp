#include "core/postfix/table_name.hpp"

#include "core/base/edit_distance.hpp"
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

// Returns the known type that was probably meant by one that nobody knows; empty if there is none.
std::string meant_type(const std::string& type)
{
    std::string best;
    std::optional<std::size_t> best_distance;
    for (const TableType& known : table_types()) {
        const auto distance = typing_distance(to_lower(type), known.name);
        if (distance && (!best_distance || *distance < *best_distance)) {
            best_distance = distance;
            best = known.name;
        }
    }
    return best;
}

// Returns the name of the table with its type as it was probably meant, as a hint; nothing if the
// type is known, or like none.
std::vector<Hint> hints_at_type(const TableName& table)
{
    const TableName inner = table.behind_proxy();
    const std::string meant
        = inner.traits().family == TableFamily::unknown ? meant_type(inner.type) : "";
    if (meant.empty()) {
        return {};
    }
    return { "did you mean: "
        + escape((table.is_proxied() ? "proxy:" : "") + meant + ':' + inner.path) };
}

} // namespace

void require_writable(const TableName& table)
{
    if (table.is_writable()) {
        return;
    }
    std::vector<Hint> hints = hints_at_type(table);
    if (table.is_proxied() && hints.empty()) {
        hints = { "name the table behind the proxy: -t " + escape(table.path) };
    } else {
        hints.emplace_back("relayctl changes tables of type " + list_of(writable_types()));
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
    std::vector<Hint> hints = hints_at_type(table);
    hints.emplace_back("types with such: " + list_of(readable));
    throw Error(ErrorKind::usage,
        "table " + escape(table.to_string()) + ": type " + quote(table.type)
            + " has no entries that relayctl could read",
        std::move(hints));
}

} // namespace relayctl
