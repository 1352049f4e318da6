#include "core/inspect/list_lookup.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace relayctl {

namespace {

// Returns the text of a file that a list names; no value if smtpd could not read it either.
std::optional<std::string> read_list_file(const std::string& path)
{
    constexpr std::uint64_t most_bytes = 16U << 20;
    try {
        const auto content = read_file_if_any(path, most_bytes);
        return content ? std::optional(content->text) : std::nullopt;
    } catch (const Error&) { // it is no file, or this user may not read it
        return std::nullopt;
    }
}

} // namespace

std::vector<MatchPattern> read_match_list(const std::string& list)
{
    return parse_match_list(list, read_list_file);
}

std::vector<Taken> look_up_list(KeyLookup& tables, const std::string& list,
    const std::vector<MatchSubject>& subjects, const MatchRules& rules, const ServiceFacts& facts)
{
    // The tables that this user cannot ask.
    std::set<std::string> unseen;
    const auto look_up
        = [&](const std::string& table,
              const std::vector<std::string>& keys) -> std::optional<std::vector<bool>> {
        const KeyValues values = tables.values_of(table, keys, facts);
        if (!values.was_asked()) {
            if (values.status == LookupStatus::unseen) {
                unseen.insert(table);
            }
            return std::nullopt;
        }
        std::vector<bool> found;
        std::transform(values.values.begin(), values.values.end(), std::back_inserter(found),
            [](const auto& value) { return value.has_value(); });
        return found;
    };
    auto taken = match_all(read_match_list(list), subjects, rules, look_up);
    // An entry that could not be asked here says nothing of smtpd, so it is not where smtpd stops.
    for (Taken& one : taken) {
        one.stopped_at = unseen.contains(one.stopped_at) ? "" : one.stopped_at;
    }
    return taken;
}

bool matches_below(const ServiceFacts& facts, const char* list)
{
    const auto names = split_list(facts.parameter("parent_domain_matches_subdomains"));
    return std::find(names.begin(), names.end(), list) != names.end();
}

} // namespace relayctl
