#include "core/table/entry_view.hpp"

#include "core/base/text.hpp"

namespace relayctl {

EntryView view_of(const Document& document, const Entry& entry)
{
    return { std::string(document.key(entry)), std::string(document.value(entry)), entry.line,
        document.annotation(entry) };
}

std::string described(const EntryView& entry)
{
    return escape(entry.fingerprint) + ' ' + escape(entry.host);
}

std::string line_in_words(const Entry& entry)
{
    return entry.line == 0 ? "" : " (line " + std::to_string(entry.line) + ')';
}

std::string places_of(const Document& document, const std::vector<const Entry*>& entries)
{
    constexpr std::size_t most = 10;
    std::vector<std::string> places;
    for (std::size_t i = 0; i < entries.size() && i < most; ++i) {
        places.push_back(entries[i]->line == 0 ? escape(document.key(*entries[i]))
                                               : std::to_string(entries[i]->line));
    }
    if (entries.size() > most) {
        places.emplace_back("...");
    }
    const bool in_lines = !entries.empty() && entries.front()->line != 0;
    return (in_lines ? entries.size() == 1 ? "line " : "lines " : "") + join(places, ", ");
}

} // namespace relayctl
