// Whether the server takes mail for any domain is found out by asking its lists of destinations for
// domains that nobody can have. A list that takes in one of them by chance would have to know a
// random word.
#include "core/inspect/destination_lists.hpp"

#include "core/base/text.hpp"
#include "core/inspect/list_lookup.hpp"
#include "core/postfix/parse_output.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace relayctl {

namespace {

// These two top level domains are reserved (RFC 2606), so no list has a reason to take in a random
// domain below them.
constexpr std::array<const char*, 2> invented = { ".example", ".invalid" };
// A list that takes in one of these takes in other people's domains.
constexpr std::array<const char*, 8> top_level
    = { "com", "net", "org", "info", "de", "uk", "eu", "cn" };

// The parameters that name the tables of the recipients of a list of destinations. The last one has
// the recipients themselves, the others rewrite them.
std::vector<std::string> recipient_maps(const std::string& parameter)
{
    std::vector<std::string> maps
        = { "recipient_canonical_maps", "canonical_maps", "virtual_alias_maps" };
    if (parameter != "virtual_alias_domains") {
        maps.emplace_back(parameter == "mydestination" ? "local_recipient_maps"
                : parameter == "relay_domains"         ? "relay_recipient_maps"
                                                       : "virtual_mailbox_maps");
    }
    return maps;
}

// Whether an invented recipient is listed among those of this list of destinations; no value if a
// table cannot be asked. Without a table of recipients each is taken.
std::optional<bool> has_recipient(KeyLookup& tables, const std::string& parameter,
    const ServiceFacts& facts, const std::string& label)
{
    const std::string domain = label + invented.front();
    const auto maps = recipient_maps(parameter);
    bool all_were_asked = true;
    for (const std::string& map : maps) {
        for (const std::string& table : split_list(facts.parameter(map))) {
            // The keys are those of a table of addresses: the address, "@domain", and for
            // mydestination the bare name (local_recipient_maps in postconf(5)).
            std::vector<std::string> keys = { label + '@' + domain };
            // A table of patterns gets only the address (regexp_table(5)).
            if (!has_patterns(table)) {
                keys.push_back('@' + domain);
                if (parameter == "mydestination") {
                    keys.push_back(label);
                }
            }
            const KeyValues values = tables.values_of(table, keys, facts);
            if (std::any_of(values.values.begin(), values.values.end(),
                    [](const auto& value) { return value.has_value(); })) {
                return true;
            }
            all_were_asked = all_were_asked && values.was_asked();
        }
    }
    // A list of recipients that is empty refuses none of them.
    const bool takes_all
        = parameter != "virtual_alias_domains" && facts.parameter(maps.back()).empty();
    return takes_all ? std::optional(true) : all_were_asked ? std::optional(false) : std::nullopt;
}

} // namespace

Elsewhere ask_destinations(KeyLookup& tables, const ServiceFacts& facts,
    const std::map<std::string, std::string>& resolver, const std::string& label)
{
    std::vector<MatchSubject> subjects;
    // The first subjects are the invented domains, and the top level domains follow them.
    for (const char* end : invented) {
        subjects.push_back({ label + end, "" });
    }
    for (const char* end : top_level) {
        subjects.push_back({ label + '.' + end, "" });
    }
    Elsewhere result;
    for (const char* parameter :
        { "mydestination", "virtual_alias_domains", "virtual_mailbox_domains", "relay_domains" }) {
        const std::string list = value_of(resolver, parameter);
        const bool is_relay = std::string_view(parameter) == "relay_domains";
        const auto taken = look_up_list(tables, list, subjects,
            { false, is_relay, is_relay && matches_below(facts, "relay_domains") }, facts);
        const auto all_invented = [&](std::optional<bool> wanted) {
            return std::all_of(taken.begin(), taken.begin() + invented.size(),
                [&](const Taken& one) { return one.answer == wanted; });
        };
        if (all_invented(true)) {
            return { true, parameter, has_recipient(tables, parameter, facts, label), {} };
        }
        // If not all invented domains are left out, a table cannot be asked, or it is one of
        // patterns that nobody can judge from outside.
        if (!all_invented(false)) {
            result.is_ours = std::nullopt;
            result.parameter = parameter;
        }
        for (std::size_t i = 0; i < top_level.size(); ++i) {
            if (taken[invented.size() + i].answer.value_or(false)) {
                result.wide.push_back({ parameter, list, top_level[i] });
            }
        }
    }
    return result;
}

std::string random_label()
{
    std::random_device random;
    std::string label;
    // 26 to the power of 12 words: no list has this one by chance.
    for (int i = 0; i < 12; ++i) {
        label += static_cast<char>('a' + random() % 26);
    }
    return label;
}

} // namespace relayctl
