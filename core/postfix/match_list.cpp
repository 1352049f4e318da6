// A list is read from left to right, and the first pattern that matches decides, as match_list.c
// does it. Each subject goes through the list by itself, but a table is asked once for all of them.
// What cannot be known stays open: a pattern that may be the client's host name leaves a doubt,
// which the answer only has if it would have been another one.
#include "core/postfix/match_list.hpp"

#include "core/base/text.hpp"
#include "core/postfix/address_pattern.hpp"

namespace relayctl {

namespace {

constexpr int deepest_file = 20; // of files that name each other

// Appends the patterns of a text. negated: a '!' stands in front of the file that it comes from.
// depth: how many files lead to it.
void parse_into(std::vector<MatchPattern>& patterns, std::string_view text, bool negated,
    const FileReader& read, int depth)
{
    for (std::string item : split_list(text)) {
        bool negates = negated;
        // The sign of a file holds for all that is in it.
        while (item.starts_with('!')) {
            negates = !negates;
            item.erase(0, 1);
        }
        // A name in brackets is an address of IPv6, whose colons make no table.
        if (!item.starts_with('/')) {
            const bool is_table = !item.starts_with('[') && item.find(':') != std::string::npos;
            patterns.push_back({ negates, is_table, is_table ? item : to_lower(item) });
            continue;
        }
        const auto content = depth < deepest_file ? read(item) : std::nullopt;
        if (!content) {
            patterns.push_back({ negates, true, std::string(unreadable_list_file) + ':' + item });
            continue;
        }
        for (const std::string_view line : split_lines(*content)) {
            if (!trim(line).starts_with('#')) {
                parse_into(patterns, line, negates, read, depth + 1);
            }
        }
    }
}

// How far one subject has come in the list.
struct Progress {
    bool decided = false;
    std::optional<bool> answer = false;
    bool may_be_yes = false; // an earlier pattern may have matched already
    bool may_be_no = false;
    std::string stopped_at;

    // found: true if the pattern matches; no value if nobody can tell.
    void decide(const MatchPattern& pattern, std::optional<bool> found)
    {
        decided = true;
        answer = found ? std::optional(*found != pattern.negated) : std::nullopt;
        // An earlier doubt explains more than this pattern.
        stopped_at = found || may_be_yes || may_be_no ? "" : pattern.text;
    }

    Taken result() const
    {
        const bool doubtful = answer && ((may_be_yes && !*answer) || (may_be_no && *answer));
        return { doubtful ? std::nullopt : answer, stopped_at };
    }
};

// Compares a name with a pattern as match_hostname() in util/match_ops.c does.
bool is_in_domain(const std::string& name, const std::string& pattern, const MatchRules& rules)
{
    if (name == pattern) {
        return true;
    }
    const bool below = rules.below_domains && (rules.without_dot || pattern.starts_with('.'));
    const std::string suffix = rules.without_dot ? '.' + pattern : pattern;
    return below && name.size() > suffix.size() && name.ends_with(suffix);
}

// Decides the subjects that match this pattern, or for which it is broken.
void match_literal(const MatchPattern& pattern, const std::vector<MatchSubject>& subjects,
    const std::vector<IpAddress>& addresses, const MatchRules& rules,
    std::vector<Progress>& progress)
{
    const AddressPattern network
        = rules.addresses ? parse_address_pattern(pattern.text) : AddressPattern();
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        if (progress[i].decided) {
            continue;
        }
        const auto& name = subjects[i].name;
        const auto found = name && is_in_domain(*name, pattern.text, rules)
            ? std::optional(true)
            : matches_address(network, addresses[i]);
        if (!found || *found) {
            progress[i].decide(pattern, found);
        } else if (!name && network.network.bits == 0) { // a host name, which may be the client's
            (pattern.negated ? progress[i].may_be_no : progress[i].may_be_yes) = true;
        }
    }
}

// Returns what is looked up for the subject: its name, the domains above it, its address.
std::vector<std::string> keys_of(
    const MatchSubject& subject, const MatchPattern& pattern, const MatchRules& rules)
{
    std::vector<std::string> keys;
    if (subject.name) {
        keys = rules.below_domains && !has_patterns(pattern.text)
            ? domain_keys(*subject.name, rules.without_dot)
            : std::vector<std::string>{ *subject.name };
    }
    if (rules.addresses) {
        keys.push_back(subject.address);
    }
    return keys;
}

// Looks all subjects up that are not decided yet, in one go.
void ask_table(const MatchPattern& pattern, const std::vector<MatchSubject>& subjects,
    const MatchRules& rules, const ListTableLookup& look_up, std::vector<Progress>& progress)
{
    std::vector<std::string> keys;
    // Where the keys of each subject end in the list of all keys.
    std::vector<std::size_t> ends(subjects.size());
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        // Whoever is decided needs no more lookups.
        if (!progress[i].decided) {
            const auto more = keys_of(subjects[i], pattern, rules);
            keys.insert(keys.end(), more.begin(), more.end());
        }
        ends[i] = keys.size();
    }
    const auto found
        = keys.empty() ? std::optional(std::vector<bool>()) : look_up(pattern.text, keys);
    std::size_t key = 0;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        bool any = false;
        for (; key < ends[i]; ++key) {
            any = any || (found && (*found)[key]);
        }
        if (progress[i].decided) {
            continue;
        }
        if (!found || any) {
            progress[i].decide(pattern, found ? std::optional(true) : std::nullopt);
        } else if (!subjects[i].name && !pattern.text.starts_with("cidr:")) {
            (pattern.negated ? progress[i].may_be_no : progress[i].may_be_yes) = true;
        }
    }
}

} // namespace

std::vector<MatchPattern> parse_match_list(std::string_view text, const FileReader& read)
{
    std::vector<MatchPattern> patterns;
    parse_into(patterns, text, false, read, 0);
    return patterns;
}

std::vector<Taken> match_all(const std::vector<MatchPattern>& patterns,
    const std::vector<MatchSubject>& subjects, const MatchRules& rules,
    const ListTableLookup& look_up)
{
    std::vector<Progress> progress(subjects.size());
    std::vector<IpAddress> addresses;
    for (const MatchSubject& subject : subjects) {
        addresses.push_back(parse_address(subject.address));
    }
    for (const MatchPattern& pattern : patterns) {
        if (pattern.is_table) {
            ask_table(pattern, subjects, rules, look_up, progress);
        } else {
            match_literal(pattern, subjects, addresses, rules, progress);
        }
    }
    std::vector<Taken> answers;
    for (const Progress& one : progress) {
        answers.push_back(one.result());
    }
    return answers;
}

std::vector<std::string> domain_keys(const std::string& domain, bool without_dot)
{
    std::vector<std::string> keys = { domain };
    for (std::size_t dot = domain.find('.', 1); dot != std::string::npos;
         dot = domain.find('.', dot + 1)) {
        keys.push_back(domain.substr(dot + (without_dot ? 1 : 0)));
    }
    return keys;
}

bool has_patterns(std::string_view table)
{
    if (table.starts_with("proxy:")) {
        table.remove_prefix(6);
    }
    return table.starts_with("regexp:") || table.starts_with("pcre:") || table.starts_with("cidr:");
}

} // namespace relayctl
