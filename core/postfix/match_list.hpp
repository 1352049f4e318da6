// Lists of patterns that a client, host or domain may match: mynetworks, relay_domains,
// mydestination and the like.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One pattern: an address, a network, a domain, or a table in which the subject is looked up.
struct MatchPattern {
    bool negated = false; // "!" stands in front
    bool is_table = false;
    std::string text;

    bool operator==(const MatchPattern&) const = default;
};

// Returns the content of a file that a list names. Has no value if it cannot be read.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

// The type of the table that stands for a file of a list that cannot be read.
inline constexpr const char* unreadable_list_file = "nofile";

// Parses a list. A file ("/path") is replaced by the patterns in it, and "!" in front of it negates
// each of them. A file that cannot be read becomes the table "nofile:/path", in which nothing can
// be looked up. Source: match_list_parse() in util/match_list.c.
std::vector<MatchPattern> parse_match_list(std::string_view text, const FileReader& read);

// How a list takes its patterns.
struct MatchRules {
    // Addresses are patterns, not only names of domains: the list is a namadr_list(3).
    bool addresses = false;
    // A domain also matches the domains below it: the list is a domain_list(3), no string_list(3).
    bool below_domains = false;
    // It does so without a dot in front of it: parent_domain_matches_subdomains names the list.
    bool without_dot = false;
};

// The client, host or domain that may match.
struct MatchSubject {
    std::optional<std::string> name; // of a domain or a host; no value if it is not known
    std::string address; // empty for a domain
};

// Returns, for each key, true if the table has it. Has no value if the table cannot be asked.
using ListTableLookup = std::function<std::optional<std::vector<bool>>(
    const std::string& table, const std::vector<std::string>& keys)>;

// Whether a list takes a subject in.
struct Taken {
    std::optional<bool> answer; // true if the subject matches; no value if nobody can tell
    // The pattern that smtpd cannot read, or the table that cannot be asked, if the search
    // certainly comes to it; else empty.
    std::string stopped_at;
};

// Matches each subject with a list. The first pattern that matches decides. Each table is asked
// once. Source: match_list_match() in util/match_list.c, match_hostname() and match_hostaddr() in
// util/match_ops.c.
std::vector<Taken> match_all(const std::vector<MatchPattern>& patterns,
    const std::vector<MatchSubject>& subjects, const MatchRules& rules,
    const ListTableLookup& look_up);

// Returns a domain and those above it, as they are looked up in tables: "a.b.c", ".b.c", ".c", or
// without_dot "a.b.c", "b.c", "c".
std::vector<std::string> domain_keys(const std::string& domain, bool without_dot);

// Returns true if a table (TYPE:NAME) compares keys with patterns, so that Postfix does not ask it
// for parts of names and addresses.
bool has_patterns(std::string_view table);

} // namespace relayctl
